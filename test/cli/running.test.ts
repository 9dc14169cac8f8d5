/** Commands next to a `watch` that runs, and what a person is asked before anything is sent: whole command lines in this process. */
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { takeLock } from '../../src/state/lock.js';
import { needs } from '../support/needs.js';
import { type PlayedHere, type PlayOptions, play } from '../support/play.js';
import { configFor, entry, makeProject, runEmulator, running, uploads } from '../support/rig.js';

async function scene(
  config: Readonly<Record<string, unknown>> = {},
  cloud: Partial<EmulatorOptions> = {},
  functions: readonly string[] = ['pay'],
) {
  const emulator = await runEmulator({ envs: ['dev', 'test'], ...cloud });
  const project = await makeProject(Object.fromEntries(functions.map((name) => [name, entry('1')])), {
    ...configFor(emulator),
    ...config,
  });
  const env = { TEST_TOKEN: emulator.token, TCB_WATCH_TIME_SCALE: '0.3', TCB_WATCH_TIMESTAMPS: '0' };
  const run = (args: readonly string[], options: Partial<PlayOptions> = {}): PlayedHere =>
    play(runCommand, args, { cwd: project.folder, env, plain: !args.includes('--json'), ...options });
  /** To its end. */
  const done = async (args: readonly string[], options: Partial<PlayOptions> = {}) => {
    const played = run(args, options);
    const { code } = await played.exit;
    return {
      code,
      out: played.stdout(),
      err: played.stderr(),
      events: played.events,
      asked: played.questions,
    };
  };
  const watch = async (...args: string[]): Promise<PlayedHere> => {
    const watching = run(['watch', '--json', ...args]);
    await watching.waitFor(({ event }) => event === 'watching');
    return watching;
  };
  const save = (text: string, name = 'pay'): Promise<void> =>
    project.write(`functions/${name}/index.js`, `exports.main = async () => '${text}';\n`);
  const inCloud = async (where: string): Promise<string> =>
    (await running(emulator, where, 'pay')).get('index.js') ?? '';
  return { emulator, project, run, done, watch, save, inCloud };
}

const started = (function_: string, env: string) => [function_, env] as const;
const both = [started('pay', 'dev'), started('pay', 'test')];

describe('watch', () => {
  it('begins with what it has, sends each save, and ends with a sum when it is interrupted', async () => {
    const { watch, save, inCloud } = await scene();
    const watching = await watch();
    await watching.waitForLive(both);
    expect(watching.events[0]).toMatchObject({
      ...{ event: 'started', pid: process.pid, envs: ['dev', 'test'], functions: ['pay'] },
    });
    const from = watching.events.length;
    await save('2');
    await watching.waitForLive(both, from);
    expect(await inCloud('test')).toContain('2');
    expect(await watching.stop()).toBe(0);
    expect(watching.events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pushed: 2, pending: [] });
    expect(watching.stderr()).toMatch(/^stopping/i);
  });

  it('goes on beside no other one: the second says who runs', async () => {
    const { watch, done } = await scene();
    const watching = await watch();
    const second = await done(['watch', '--json']);
    expect([second.code, second.events]).toEqual([3, []]);
    expect(second.err).toContain(`${process.pid}`);
    expect(await watching.stop()).toBe(0);
  });

  it('of a function or an environment that is not there is 4, of a configuration with mistakes 3', async () => {
    const { done, project } = await scene();
    expect((await done(['watch', '-e', 'dve'])).err).toContain('Did you mean dev?');
    expect((await done(['watch', '-e', 'dve'])).code).toBe(4);
    await project.configure({ envs: [] });
    expect(await done(['watch', '--problems'])).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^watch\.config\.json:\d+:\d+: error: /m),
      err: expect.stringContaining('watch.config.json'),
    });
  });

  it('that is stopped by a command has let go of everything when that ends', async () => {
    const { watch, done } = await scene();
    const watching = await watch();
    expect(await done(['stop'])).toMatchObject({ code: 0, err: expect.stringContaining(`${process.pid}`) });
    expect((await watching.exit).code).toBe(0);
    expect((await done(['status', '--json'])).events[0]).toMatchObject({ daemon: null });
  });

  it('takes a change of its configuration at once', async () => {
    const { watch, project, emulator } = await scene();
    const watching = await watch();
    await watching.waitForLive(both);
    await project.configure({ ...configFor(emulator), envs: ['dev'] });
    await watching.waitFor(({ event, state }) => event === 'config' && state === 'reloaded');
    await project.configure({ ...configFor(emulator), envs: 'dev' });
    const wrong = await watching.waitFor(({ event, state }) => event === 'config' && state === 'invalid');
    expect(wrong['problems']).toMatchObject([{ path: 'envs' }]);
  });

  it('says in lines that it stops, and what waits', async () => {
    const { run, emulator } = await scene({ envs: ['dev'] });
    emulator.faults.add({ call: 'batchuploadscf', errcode: -1 });
    const watching = run(['watch', '--plain']);
    await watching.waitForText('watching');
    await watching.waitForText('-1');
    expect(await watching.stop()).toBe(0);
    expect(watching.stdout()).toMatch(/stopped.* 1 |stopped[\s\S]*pay/);
  });
});

describe('the lock', () => {
  it('watch says that nobody can reach it, and why, and goes on', async () => {
    needs('sockets');
    const { done, watch, project } = await scene({ envs: ['dev'] });
    await done(['push']);
    await mkdir(join(project.folder, '.tcb-watch', 'daemon.sock', 'in-the-way'), { recursive: true });
    const watching = await watch();
    expect(watching.events).toContainEqual(expect.objectContaining({ event: 'notice', kind: 'no-socket' }));
    expect(await watching.stop()).toBe(0);
  });

  it.each([['push'], ['watch']])(
    'that another process has taken ends %s: 3, and whose it is',
    async (command) => {
      const { run, save, project, emulator, inCloud, done } = await scene({ envs: ['dev'] });
      await done(['push']);
      await save('2');
      emulator.faults.add({ call: 'batchuploadscfcode', errcode: -1 });
      const played = run([command, '--json']);
      await played.waitFor(({ event }) => event === 'push-failed');
      const folder = join(project.folder, '.tcb-watch');
      await rename(folder, `${folder}-away`);
      await mkdir(folder);
      const other = await takeLock(folder, {
        ...{ v: 1, pid: 4711, role: 'push', socket: null, endpoint: 'x', config: null, version: '1' },
      });
      if (other.type !== 'taken') throw new Error(other.type);
      onTestFinished(() => other.lock.release());
      emulator.faults.clear();
      expect((await played.exit).code).toBe(3);
      expect(played.stderr()).toContain('4711');
      expect(played.events.at(-1)).toMatchObject({ event: 'stopped', code: 3 });
      expect(await inCloud('dev')).toContain('"1"');
    },
  );
});

describe('while watch runs', () => {
  it('status is what that says: with its process, and live', async () => {
    const { watch, done } = await scene();
    const watching = await watch();
    await watching.waitForLive(both);
    const { code, events } = await done(['status', '--json']);
    expect(code).toBe(0);
    expect(events).toMatchObject(
      both.map(([name, env]) => ({ function: name, env, state: 'live', daemon: { pid: process.pid } })),
    );
    expect((await done(['status'])).out).toContain(`${process.pid}`);
  });

  it('push prints what that does for its targets, and ends with 0 when they are live', async () => {
    const { watch, done, save, emulator } = await scene({}, {}, ['login', 'pay']);
    const watching = await watch();
    await watching.waitForLive([...both, started('login', 'dev'), started('login', 'test')]);
    const before = uploads(emulator);
    await save('2');
    const { code, events } = await done(['push', 'pay', '-e', 'test', '--json']);
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({ event: 'started', functions: ['pay'], envs: ['test'] });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pending: [] });
    expect(JSON.stringify(events)).not.toContain('login');
    expect(uploads(emulator)).toBe(before + 1);
    const forced = await done(['push', 'pay', '-e', 'dev', '--force', '--json']);
    expect(forced.events).toContainEqual(expect.objectContaining({ event: 'pushing', cause: 'forced' }));
    expect(uploads(emulator)).toBe(before + 2);
  });

  it.each<readonly [string, readonly string[], number, string]>([
    ['another endpoint', ['push', '--endpoint', 'http://127.0.0.1:9'], 3, 'http://127.0.0.1:9'],
    ['another configuration', ['push', '--config', 'other.json'], 3, 'other.json'],
    ['what it was started without', ['push', '-e', 'test'], 3, 'test'],
    ['what is not there', ['push', 'pya'], 4, 'Did you mean pay?'],
    ['an acceptance of another endpoint', ['accept', '--endpoint', 'http://127.0.0.1:9'], 3, '127.0.0.1:9'],
    ['an acceptance of what is not there', ['accept', 'pya'], 4, 'Did you mean pay?'],
    ['the status of another endpoint', ['status', '--endpoint', 'http://127.0.0.1:9'], 3, '127.0.0.1:9'],
    ['the end of another configuration', ['stop', '--config', 'other.json'], 3, 'other.json'],
    ['its history, by another configuration', ['history', '--forget', '--config', 'other.json'], 3, 'other'],
  ])('refuses %s', async (_, args, code, text) => {
    const { watch, done, project, emulator } = await scene();
    await project.write('other.json', JSON.stringify({ functionsRoot: 'functions', ...configFor(emulator) }));
    const watching = await watch('-e', 'dev');
    await watching.waitForLive([started('pay', 'dev')]);
    const before = uploads(emulator);
    const found = await done(args);
    expect([found.code, found.out]).toEqual([code, '']);
    expect(found.err).toContain(text);
    expect(uploads(emulator)).toBe(before);
    expect(await watching.stop()).toBe(0);
  });

  it.each([['push'], ['accept']])('%s of another version is refused', async (command) => {
    const { watch, done } = await scene();
    await watch();
    const other = await done([command], { version: '0.0.1' });
    expect(other).toMatchObject({ code: 3, out: '', err: expect.stringContaining('0.0.1') });
  });

  it('a push that is interrupted is no success, and the watch goes on', async () => {
    const { watch, run, save, emulator, inCloud } = await scene({ envs: ['dev'] });
    const watching = await watch();
    await watching.waitForLive([started('pay', 'dev')]);
    emulator.faults.add({ call: 'batchuploadscfcode', errcode: -1 });
    await save('2');
    const push = run(['push', '--json']);
    await push.waitFor(({ event }) => event === 'push-failed');
    expect(await push.stop()).not.toBe(0);
    expect(push.stderr()).toMatch(/^stopping/i);
    const from = watching.events.length;
    emulator.faults.clear();
    await watching.waitForLive([started('pay', 'dev')], from);
    expect(await inCloud('dev')).toContain('2');
    expect(await watching.stop()).toBe(0);
  });

  it('a push whose watch is stopped says so, and is no success', async () => {
    const { watch, run, save, emulator } = await scene({ envs: ['dev'] });
    const watching = await watch();
    await watching.waitForLive([started('pay', 'dev')]);
    emulator.faults.add({ call: 'batchuploadscfcode', errcode: -1 });
    await save('2');
    const push = run(['push', '--json']);
    await push.waitFor(({ event }) => event === 'push-failed');
    expect(await watching.stop()).toBe(0);
    expect((await push.exit).code).not.toBe(0);
    expect(push.events.at(-1)).toMatchObject({
      event: 'stopped',
      pending: [{ function: 'pay', env: 'dev' }],
    });
  });

  it('history is forgotten by it, and undo goes through it', async () => {
    const { watch, done, save, inCloud } = await scene({ envs: ['dev'] });
    const watching = await watch();
    await watching.waitForLive([started('pay', 'dev')]);
    const from = watching.events.length;
    await save('2');
    await watching.waitForLive([started('pay', 'dev')], from);
    expect((await done(['history', 'pay', '--json'])).events).toHaveLength(2);
    expect((await done(['undo', 'pay', '--json'])).code).toBe(0);
    expect(await inCloud('dev')).toContain('"1"');
    expect(await done(['history', 'pay', '--forget'])).toMatchObject({ code: 0, out: '' });
    expect((await done(['history', 'pay', '--json'])).events).toEqual([]);
  });

  it('a protected environment is asked about by the push, and sent to after a yes', async () => {
    const { watch, done, inCloud } = await scene({ protectedEnvs: ['test'] });
    const watching = await watch();
    await watching.waitFor(({ event, reason }) => event === 'held' && reason === 'protected');
    const no = await done(['push'], { answers: ['n'] });
    expect(no.asked).toEqual([expect.stringContaining('test')]);
    expect([no.code, await inCloud('test').catch(() => '')]).toEqual([1, '']);
    expect((await done(['push'], { answers: ['yes'] })).code).toBe(0);
    expect(await inCloud('test')).toContain('1');
    expect((await done(['push', '-e', 'dev'], { answers: ['y'] })).asked).toEqual([]);
  });
});

describe('push by itself', () => {
  it('waits for another one, says so once, and gives up in time', async () => {
    const { done, project } = await scene();
    await done(['push']);
    const lock = await takeLock(join(project.folder, '.tcb-watch'), {
      ...{ v: 1, pid: 4711, role: 'push', socket: null, endpoint: 'x', config: null, version: '1' },
    });
    if (lock.type !== 'taken') throw new Error(lock.type);
    onTestFinished(() => lock.lock.release());
    const vain = await done(['push', '--timeout', '1']);
    expect(vain.code).toBe(3);
    expect(vain.err.split('\n').filter((line) => line.includes('4711'))).toHaveLength(2);
  });

  it('goes on when the other one has ended', async () => {
    const { done, run, project } = await scene();
    await done(['push']);
    const lock = await takeLock(join(project.folder, '.tcb-watch'), {
      ...{ v: 1, pid: 4711, role: 'push', socket: null, endpoint: 'x', config: null, version: '1' },
    });
    if (lock.type !== 'taken') throw new Error(lock.type);
    const push = run(['push']);
    await push.waitForText('4711');
    lock.lock.release();
    expect((await push.exit).code).toBe(0);
  });

  it('stops to retry when its time is over, and says which time that was', async () => {
    const { done, emulator } = await scene({ envs: ['dev'] });
    emulator.faults.add({ call: 'batchuploadscf', errcode: -1 });
    const late = await done(['push', '--timeout', '1', '--json']);
    expect(late.code).not.toBe(0);
    expect(late.err).toMatch(/\b1 s/);
    expect(late.events.at(-1)).toMatchObject({ event: 'stopped', pushed: 0, pending: [{ function: 'pay' }] });
  });

  it.each([['0'], ['3000000']])('has all the time that it is given: --timeout %s', async (seconds) => {
    const { done } = await scene({ envs: ['dev'] });
    expect(await done(['push', '--timeout', seconds])).toMatchObject({ code: 0, err: '' });
  });

  it('that is interrupted while the cloud deploys is no success', async () => {
    const { run } = await scene({ envs: ['dev'] }, { deployMs: 600_000 });
    const push = run(['push', '--json']);
    await push.waitFor(({ event }) => event === 'pushed');
    expect(await push.stop()).toBe(1);
    expect(push.stderr()).toMatch(/^stopping/i);
    expect(push.events.at(-1)).toMatchObject({ event: 'stopped', code: 1, pending: [{ function: 'pay' }] });
  });

  it('--dry-run says what would be sent, and leaves nothing', async () => {
    const { done, project, emulator } = await scene();
    const { code, events } = await done(['push', '--dry-run', '--json'], { answers: [] });
    expect(code).toBe(0);
    expect(events.map(({ event }) => event)).toEqual(['started', 'token', 'planned', 'stopped']);
    expect(events[2]).toMatchObject({ function: 'pay', envs: ['dev', 'test'], cause: 'startup' });
    expect(uploads(emulator)).toBe(0);
    expect(await readdir(project.folder)).not.toContain('.tcb-watch');
  });

  it('--dry-run is a success also where not all could be sent', async () => {
    const { done } = await scene({ protectedEnvs: ['test'] });
    const { code, events } = await done(['push', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ event: 'held', reason: 'protected' }));
    expect(events.at(-1)).toMatchObject({ event: 'stopped', code: 0 });
  });

  it('--dry-run adds nothing to what an earlier run left', async () => {
    const { done, project, save } = await scene();
    await done(['push']);
    const folder = join(project.folder, '.tcb-watch');
    const files = async (): Promise<unknown> =>
      Promise.all(
        ['log', 'ledger.json'].map(async (name) => [name, await readFile(join(folder, name), 'utf8')]),
      );
    const [before, names] = [await files(), await readdir(folder)];
    await save('2');
    expect((await done(['push', '--dry-run', '--json'])).events).toContainEqual(
      expect.objectContaining({ event: 'planned' }),
    );
    expect([await files(), await readdir(folder)]).toEqual([before, names]);
  });

  it('--yes sends to protected environments; else they are held, and the rest goes', async () => {
    const { done } = await scene({ protectedEnvs: ['test'] });
    const held = await done(['push', '--json']);
    expect(held.code).toBe(1);
    expect(held.events.at(-1)).toMatchObject({ pushed: 1, pending: [{ env: 'test', reason: 'protected' }] });
    expect((await done(['push', '--json', '--yes'])).events.at(-1)).toMatchObject({ pushed: 1, pending: [] });
  });
});

describe('a first start over what somebody else has deployed', () => {
  const first = async () => {
    const made = await scene({ envs: ['dev'] }, { envs: ['dev'] });
    await made.emulator.deploy('dev', 'pay', entry('theirs'));
    return made;
  };

  it.each<readonly [string, string, number, string]>([
    ['y', 'is replaced', 0, '"1"'],
    ['是', 'is replaced', 0, '"1"'],
    ['a', 'stays', 0, 'theirs'],
    [' Adopt ', 'stays', 0, 'theirs'],
    ['采用', 'stays', 0, 'theirs'],
    ['n', 'stays, and nothing is done', 1, 'theirs'],
    ['', 'stays, and nothing is done', 1, 'theirs'],
  ])('asks: at %j it %s', async (answer, _, code, text) => {
    const { done, inCloud } = await first();
    const ended = await done(['push'], { answers: [answer] });
    expect(ended.asked).toEqual([expect.stringMatching(/pay[\s\S]*dev[\s\S]*\[y\/a\/N\]/)]);
    expect(ended.code).toBe(code);
    expect(await inCloud('dev')).toContain(text);
    if (code === 1) expect(ended.err).not.toBe('');
  });

  it('asks nobody with --yes, --json or --adopt', async () => {
    for (const option of ['--yes', '--json', '--adopt']) {
      const { done, inCloud } = await first();
      const ended = await done(['push', option], { answers: ['n'] });
      expect([ended.code, ended.asked]).toEqual([0, []]);
      expect(await inCloud('dev')).toContain(option === '--adopt' ? 'theirs' : '"1"');
    }
  });

  it.each<readonly [string, number, readonly string[]]>([
    ['y', 0, ['"1"', '"1"']],
    ['n', 1, ['"1"', 'theirs']],
  ])('asks later about an environment that could not be looked at: %s', async (answer, code, texts) => {
    const { emulator, run, inCloud } = await scene();
    for (const env of ['dev', 'test']) await emulator.deploy(env, 'pay', entry('theirs'));
    emulator.faults.add({ call: 'getscflist', env: 'test', errcode: -1 });
    const push = run(['push'], { answers: ['y', answer] });
    await push.waitForOutput((out) => /live +pay +dev/.test(out));
    expect(push.questions).toEqual([expect.stringMatching(/pay[^\n]*dev/)]);
    expect(await inCloud('test')).toContain('theirs');
    emulator.faults.clear();
    expect((await push.exit).code).toBe(code);
    expect(push.questions).toEqual([expect.anything(), expect.stringMatching(/pay[^\n]*test/)]);
    expect(await Promise.all(['dev', 'test'].map(inCloud))).toEqual(
      texts.map((text) => expect.stringContaining(text)),
    );
  });

  it('asks once: the second start knows', async () => {
    const { done } = await first();
    expect((await done(['push'], { answers: ['a'] })).asked).toHaveLength(1);
    expect((await done(['push'], { answers: ['n'] })).asked).toEqual([]);
  });

  it('watch asks, too; no ends it, and it keeps what is there', async () => {
    const { done, inCloud } = await first();
    const ended = await done(['watch', '--plain'], { answers: ['n'] });
    expect([ended.code, ended.asked.length]).toEqual([1, 1]);
    expect(await inCloud('dev')).toContain('theirs');
  });
});
