/** The requests of others to a running sync: daemon and commands in this process, over the real socket. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CommonOptions } from '../../src/cli/options.js';
import { runPush } from '../../src/cli/push.js';
import { runStatus } from '../../src/cli/status.js';
import { createSync, type RunningSync } from '../../src/index.js';
import { type Desk, type DeskOptions, deskIn } from '../support/init-rig.js';
import { packageVersion } from '../support/package-version.js';
import { configFor, entry, makeProject, runEmulator, running, type Seen, uploads } from '../support/rig.js';

async function scene(config: Readonly<Record<string, unknown>> = {}) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const functions = { login: entry('1'), pay: entry('1') };
  const project = await makeProject(functions, { ...configFor(emulator), ...config });
  const environment = { TEST_TOKEN: emulator.token };
  const daemon = async (options: Parameters<typeof createSync>[0] = {}): Promise<RunningSync> => {
    const created = await createSync({ cwd: project.folder, environment, ...options });
    if (!created.ok) throw new Error(created.message);
    onTestFinished(async () => void (await created.sync.stop()));
    return created.sync;
  };
  const push = async (
    names: readonly string[],
    options: Partial<CommonOptions> = {},
    desk: DeskOptions = {},
    timeoutSeconds = 600,
  ): Promise<{ code: number; events: Seen[]; desk: Desk }> => {
    // The library's own version is that of this package.
    const made = deskIn(project.folder, { environment, ...desk });
    const context = { ...made.context, version: packageVersion };
    const code = await runPush({ ...unset, ...options }, names, timeoutSeconds, context);
    const lines = made.out().split('\n');
    return { code, events: lines.filter((line) => line !== '').map((line) => JSON.parse(line)), desk: made };
  };
  return { emulator, project, environment, daemon, push };
}

const unset: CommonOptions = {
  ...{ envId: [], only: [], json: true, plain: false, ascii: false, dryRun: false, force: false },
  ...{ yes: false, adopt: false, trust: false, stdinEnds: false, verbose: false, problems: false },
};

describe('push', () => {
  it('is done by the running sync, for its targets alone', async () => {
    const { push, daemon, emulator, project } = await scene();
    const sync = await daemon();
    await sync.push();
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await project.write('functions/login/index.js', 'exports.main = async () => 2;\n');
    const { code, events } = await push(['pay'], { envId: ['dev'] });
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({
      event: 'started',
      pid: process.pid,
      envs: ['dev'],
      functions: ['pay'],
    });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pending: [] });
    const others = events.filter((seen) => seen['function'] !== undefined && seen['function'] !== 'pay');
    expect(others).toEqual([]);
    expect((await running(emulator, 'dev', 'pay')).get('index.js')).toContain('2');
    expect((await running(emulator, 'dev', 'login')).get('index.js')).toContain('1');
  });

  it('that may take longer than a timer of Node holds does not end at once', async () => {
    const { push } = await scene();
    const { code, desk } = await push([], {}, {}, 3_000_000);
    expect([code, desk.err()]).toEqual([0, '']);
  });

  it('a function that came since is found, though nobody watches', async () => {
    const { push, daemon, emulator, project } = await scene();
    await (await daemon()).push();
    await project.write('functions/order/index.js', 'exports.main = async () => 1;\n');
    expect(await push(['order'])).toMatchObject({ code: 0 });
    expect(emulator.functions('dev').map(({ name }) => name)).toContain('order');
  });

  it.each<readonly [string, readonly string[], Partial<CommonOptions>, number, string]>([
    ['a name that is not there', ['lgin'], {}, 4, 'Did you mean login?'],
    ['an environment that is not there', [], { envId: ['dve'] }, 4, 'Did you mean dev?'],
    ['another endpoint', [], { endpoint: 'http://127.0.0.1:1' }, 3, 'http://127.0.0.1:1'],
  ])('%s', async (_, names, options, code, said) => {
    const { push, daemon, emulator } = await scene();
    const sync = await daemon();
    await sync.push();
    const before = uploads(emulator);
    const pushed = await push(names, options);
    expect(pushed.code).toBe(code);
    expect(pushed.desk.err()).toContain(said);
    expect(pushed.events).toEqual([]);
    expect(uploads(emulator)).toBe(before);
  });

  it('a narrower daemon says what it was started without', async () => {
    const { push, daemon } = await scene();
    await (await daemon({ envIds: ['dev'], only: ['p*'] })).push();
    const { code, desk } = await push([]);
    expect(code).toBe(3);
    expect(desk.err()).toContain('login → dev');
    expect(desk.err()).toContain('pay → test');
    expect(await push(['pay'], { envId: ['dev'] })).toMatchObject({ code: 0 });
  });

  it('of another version is refused', async () => {
    const { push, daemon, environment, project } = await scene();
    await (await daemon()).push();
    const desk = deskIn(project.folder, { environment });
    expect(await runPush(unset, [], 600, { ...desk.context, version: '9.9.9' })).toBe(3);
    expect(desk.err()).toContain('9.9.9');
    expect(await push([])).toMatchObject({ code: 0 });
  });
});

describe('consent', () => {
  const config = { protectedEnvs: ['test'] };

  it('--yes opens protected environments for that push and these functions, and no longer', async () => {
    const { push, daemon, emulator, project } = await scene(config);
    const sync = await daemon();
    await sync.push();
    expect(emulator.functions('test')).toEqual([]);
    const { code, events } = await push(['pay'], { yes: true });
    expect(code).toBe(0);
    expect(events.filter((seen) => seen.event === 'live').map((seen) => seen['env'])).toContain('test');
    expect(emulator.functions('test').map(({ name }) => name)).toEqual(['pay']);
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await project.write('functions/login/index.js', 'exports.main = async () => 2;\n');
    const after = await sync.push();
    expect(after.pending.map(({ function: name, env, reason }) => [name, env, reason])).toEqual([
      ['login', 'test', 'protected'],
      ['pay', 'test', 'protected'],
    ]);
    expect((await running(emulator, 'test', 'pay')).get('index.js')).toContain('1');
    expect((await running(emulator, 'dev', 'pay')).get('index.js')).toContain('2');
  });

  it('without it they are held, and the rest goes on', async () => {
    const { push, daemon, emulator } = await scene(config);
    await (await daemon()).push();
    const { code, events } = await push(['pay']);
    expect(code).toBe(1);
    expect(events.at(-1)).toMatchObject({ pending: [{ function: 'pay', env: 'test', reason: 'protected' }] });
    expect(emulator.functions('test')).toEqual([]);
  });
});

describe('status', () => {
  it('is what the running sync knows, and that of the disk for the rest', async () => {
    const { daemon, environment, project } = await scene();
    await (await daemon({ only: ['pay'] })).push();
    const desk = deskIn(project.folder, { environment });
    const options = { envId: [], only: [], json: true, trust: false, verbose: false };
    expect(await runStatus(options, desk.context)).toBe(1);
    const rows: unknown[] = desk
      .out()
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rows).toMatchObject([
      { event: 'target', function: 'login', env: 'dev', state: 'queued', daemon: null },
      { event: 'target', function: 'login', env: 'test', daemon: null },
      { event: 'target', function: 'pay', env: 'dev', state: 'live', daemon: { pid: process.pid } },
      { event: 'target', function: 'pay', env: 'test', state: 'live' },
    ]);
  });
});
