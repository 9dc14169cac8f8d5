/** A colleague deploys to the same environments: `accept`, `--adopt`, the question of a first start, and exit codes. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAccept } from '../../src/cli/accept.js';
import { overwriteQuestion } from '../../src/cli/consent.js';
import type { AcceptOptions, CommonOptions } from '../../src/cli/options.js';
import { runPush } from '../../src/cli/push.js';
import { runStatus } from '../../src/cli/status.js';
import { createSync, type RunningSync } from '../../src/index.js';
import { columnsOf } from '../../src/text/text.js';
import { deskIn } from '../support/init-rig.js';
import { packageVersion } from '../support/package-version.js';
import { configFor, entry, makeProject, runEmulator, running, uploads } from '../support/rig.js';

const none: CommonOptions = {
  ...{ envId: [], only: [], json: false, plain: false, ascii: false, dryRun: false, force: false },
  ...{ yes: false, adopt: false, trust: false, stdinEnds: false, verbose: false, problems: false },
};

async function scene(config: Readonly<Record<string, unknown>> = {}) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const functions = { login: entry('1'), pay: entry('1') };
  const project = await makeProject(functions, { ...configFor(emulator), ...config });
  const environment = { TEST_TOKEN: emulator.token, TCB_WATCH_TIMESTAMPS: '0' };
  const desk = () => {
    const made = deskIn(project.folder, { environment });
    return { ...made, context: { ...made.context, version: packageVersion } };
  };
  const push = (options: Partial<CommonOptions> = {}) =>
    runPush({ ...none, ...options }, [], 600, desk().context);
  const accept = async (names: readonly string[], options: Partial<AcceptOptions> = {}) => {
    const made = desk();
    const code = await runAccept({ ...none, ...options }, names, made.context);
    return { code, out: made.out(), err: made.err() };
  };
  const status = () => runStatus({ ...none }, desk().context);
  const daemon = async (): Promise<RunningSync> => {
    const created = await createSync({ cwd: project.folder, environment });
    if (!created.ok) throw new Error(created.message);
    onTestFinished(async () => void (await created.sync.stop()));
    await created.sync.push();
    return created.sync;
  };
  /** A colleague's deployment. The cloud's times have whole seconds: another content is another time. */
  const colleague = (env: string, name: string) => emulator.deploy(env, name, entry('theirs'));
  const theirs = async (env: string, name: string): Promise<boolean> =>
    ((await running(emulator, env, name)).get('index.js') ?? '').includes('theirs');
  return { emulator, project, desk, push, accept, status, daemon, colleague, theirs };
}

describe('without a running tcb-watch', () => {
  it('asks the cloud, sends nothing, and is kept: exit codes are 0 again', async () => {
    const { emulator, push, accept, status, colleague, theirs, project } = await scene();
    expect(await push()).toBe(0);
    await colleague('dev', 'pay');
    const before = uploads(emulator);
    const { code, out } = await accept(['pay'], { envId: ['dev'] });
    expect(code).toBe(0);
    expect(out).toBe(
      '· adopted   pay               dev                         what somebody else deployed stays; only the next change here is uploaded\n',
    );
    expect([await status(), await push(), uploads(emulator)]).toEqual([0, 0, before]);
    expect(await theirs('dev', 'pay')).toBe(true);
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    expect(await push()).toBe(0);
    expect(await theirs('dev', 'pay')).toBe(false);
  });

  it('takes all that others deployed where nothing is named, and says it once', async () => {
    const { push, accept, colleague } = await scene();
    await push();
    for (const env of ['dev', 'test']) for (const name of ['login', 'pay']) await colleague(env, name);
    expect(await push()).toBe(1);
    const { code, out } = await accept([]);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toContain('2 functions       dev, test');
    expect(await push()).toBe(0);
    expect(await accept([])).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringMatching(/nothing to accept.*or you have accepted it already/),
    });
  });

  it('an event for each function with --json; a wrong name is 4, a refused token 2, a cloud that fails 5', async () => {
    const { emulator, push, accept, colleague } = await scene();
    await push();
    await colleague('dev', 'pay');
    expect(await accept(['pya'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Did you mean pay?'),
    });
    const { out } = await accept([], { json: true });
    expect(JSON.parse(out)).toMatchObject({ v: 1, event: 'adopted', function: 'pay', envs: ['dev'] });
    emulator.faults.add({ call: 'getscflist', env: 'test', errcode: -1 });
    expect((await accept([])).code).toBe(5);
    emulator.faults.clear();
    emulator.faults.add({ call: 'getscflist', errcode: 40001 });
    expect((await accept([])).code).toBe(2);
  });

  it('takes a function that is gone off the list for good', async () => {
    const { push, accept, project } = await scene({ functions: { old: {} } });
    expect(await push()).toBe(6);
    expect((await accept([])).out).toBe('');
    const { code, out } = await accept(['old']);
    expect([code, out]).toEqual([0, expect.stringContaining('dismissed')]);
    expect(await push()).toBe(0);
    await project.write('functions/old/index.js', 'exports.main = async () => 1;\n');
    expect(await push()).toBe(0);
  });
});

it('takes environments by the names that the monitor shows', async () => {
  const { emulator, project, desk } = await scene();
  await project.write(
    'watch.config.json',
    JSON.stringify({
      functionsRoot: 'functions',
      ...configFor(emulator),
      envs: ['dev-3gewtf9c10f60c76', 'test'],
    }),
  );
  const context = desk().context;
  expect(await runStatus({ ...none, envId: ['dev'] }, context)).toBe(1);
  expect(await runStatus({ ...none, envId: ['dve'] }, context)).toBe(4);
});

describe('while tcb-watch runs', () => {
  it('the running one takes note', async () => {
    const { push, accept, status, daemon, colleague, theirs } = await scene();
    await push();
    await colleague('test', 'login');
    const sync = await daemon();
    expect(await status()).toBe(1);
    expect(await accept(['login'])).toMatchObject({ code: 0, out: expect.stringContaining('adopted') });
    expect([await status(), await push()]).toEqual([0, 0]);
    expect(sync.status().find(({ env, function: name }) => env === 'test' && name === 'login')).toMatchObject(
      {
        state: 'adopted',
        hold: null,
      },
    );
    expect(await theirs('test', 'login')).toBe(true);
    expect(await accept(['lgin'])).toMatchObject({ code: 4, err: expect.stringContaining('login?') });
  });

  it('dismisses what it saw going', async () => {
    const { accept, status, daemon, project } = await scene();
    const sync = await daemon();
    await sync.watch();
    await rm(join(project.folder, 'functions/login'), { recursive: true });
    await sync.push();
    expect(await status()).toBe(1);
    expect(await accept(['login'])).toMatchObject({ code: 0, out: expect.stringContaining('dismissed') });
    expect(await status()).toBe(0);
  });
});

describe('a first start', () => {
  it('--adopt keeps what is there, creates what is not, and sends what changes later', async () => {
    const { emulator, push, colleague, theirs, project } = await scene();
    await colleague('dev', 'pay');
    expect(await push({ adopt: true })).toBe(0);
    expect(await theirs('dev', 'pay')).toBe(true);
    expect(emulator.functions('dev')).toHaveLength(2);
    expect(emulator.functions('test')).toHaveLength(2);
    const before = uploads(emulator);
    expect([await push(), uploads(emulator)]).toEqual([0, before]);
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    expect(await push({ adopt: true })).toBe(0);
    expect(await theirs('dev', 'pay')).toBe(false);
  });

  it('--adopt with --json asks nothing and sends nothing over it', async () => {
    const { push, colleague, theirs } = await scene();
    await colleague('dev', 'pay');
    expect(await push({ adopt: true, json: true, yes: true })).toBe(0);
    expect(await theirs('dev', 'pay')).toBe(true);
  });

  it('a question names eight functions; more of them share a line where their environments are the same', () => {
    const rowsOf = (targets: readonly (readonly [string, ...string[]])[]): readonly string[] =>
      overwriteQuestion(
        targets.flatMap(([name, ...envs]) => envs.map((env) => ({ function: name, env }))),
        'en',
        null,
      )
        .split('\n')
        .slice(1)
        .filter((line) => /^ {2}(f|\d|and)/.test(line));
    const eight = Array.from({ length: 8 }, (_, at) => [`f${10 - at}`, 'dev', 'test'] as const);
    expect(rowsOf(eight)).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((at) => `  f${at}: dev, test`));
    expect(rowsOf([...eight, ['f1', 'dev'], ['f2', 'a', 'b', 'c', 'd', 'e']])).toEqual([
      expect.stringMatching(/^ {2}8 functions in dev, test: f3, f4, /),
      '  1 function in dev: f1',
      expect.stringMatching(/^ {2}1 function in a, b, c.+: f2$/),
    ]);
    const apart = Array.from({ length: 9 }, (_, at) => [`f${at}`, `env${at}`] as const);
    expect(rowsOf(apart)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((at) => `  1 function in env${at}: f${at}`),
      '  and 3 other combinations of functions and environments',
    ]);
  });

  it.each(['en', 'zh-CN'] as const)('a question of 300 targets fits 80 × 24 (%s)', (language) => {
    const envs = [
      'dev-3gewtf9c10f60c76',
      'mytestenv-7gniuaq95b51dcdc',
      'staging-1a2b3c4d5e6f7',
      'four',
      'five',
    ];
    const targets = Array.from({ length: 60 }, (_, index) =>
      envs.slice(0, 1 + (index % 5)).map((env) => ({ function: `function-with-a-name-${index}`, env })),
    ).flat();
    for (const count of [1, 8, 12, targets.length]) {
      const question = overwriteQuestion(targets.slice(0, count), language, 80);
      const rows = question.split('\n');
      expect(Math.max(...rows.map(columnsOf))).toBeLessThanOrEqual(80);
      expect(rows.length).toBeLessThanOrEqual(23);
      expect(question).toContain('[y/a/N]');
    }
  });
});
