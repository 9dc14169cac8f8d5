/** One daemon for a configuration, and what other commands ask of it. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Played,
  type Program,
  type Project,
  run,
  runEmulator,
  running,
  runWith,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test'];
/** The scheduler's own waits, shortened; by more, a loaded machine's listing would come too late to distinguish create from update. */
const quick = { TCB_WATCH_TIME_SCALE: '0.4' };

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
}

async function scene(names: readonly string[] = ['login', 'pay']): Promise<Scene> {
  const emulator = await runEmulator({ envs });
  const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));
  return { emulator, project: await makeProject(functions, configFor(emulator)) };
}

/** In a process of its own. */
function daemonIn({ emulator, project }: Scene, ...args: string[]): Promise<Program> {
  return settled(runWith(emulator, project, ['watch', ...args], quick));
}

/** Where it does not matter in which process. */
function daemonInside({ emulator, project }: Scene): Promise<Played> {
  return settled(insideWith(emulator, project, ['watch'], quick));
}

async function settled<P extends Played>(daemon: P): Promise<P> {
  await daemon.waitFor((seen) => seen.event === 'watching');
  await daemon.waitForLive([
    ['login', 'dev'],
    ['login', 'test'],
    ['pay', 'dev'],
    ['pay', 'test'],
  ]);
  return daemon;
}

const stateOf = (project: Project): string => join(project.folder, '.tcb-watch');

async function holderIn(project: Project): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await readFile(join(stateOf(project), 'daemon.lock'), 'utf8'));
  return { ...(typeof value === 'object' ? value : {}) };
}

describe('one daemon', () => {
  it.each(['en', 'zh-CN'])('a second watch ends with 3 and names the process (%s)', async (language) => {
    const place = await scene();
    const daemon = await daemonIn(place);
    const second = run(['watch'], {
      cwd: place.project.folder,
      env: { TEST_TOKEN: place.emulator.token, TCB_WATCH_LANG: language },
      plain: true,
    });
    expect((await second.exit).code).toBe(3);
    expect(second.stderr()).toContain(`${daemon.pid}`);
    expect(second.stderr()).toContain(language === 'en' ? 'already running' : '已有 tcb-watch 在运行');
    expect(await daemon.stop()).toBe(0);
  });

  it('a killed one keeps nothing: what it left is cleaned, and nothing is sent twice', async () => {
    const place = await scene();
    const daemon = await daemonIn(place);
    await insideWith(place.emulator, place.project, ['status']).exit;
    daemon.signal('SIGKILL');
    await daemon.exit;
    const before = uploads(place.emulator);
    await writeFile(join(stateOf(place.project), 'ledger.json.123456'), 'half');
    expect(await readdir(stateOf(place.project))).toEqual(
      expect.arrayContaining(['daemon.lock', 'daemon.sock']),
    );
    const push = insideWith(place.emulator, place.project, ['push'], quick);
    expect((await push.exit).code).toBe(0);
    const lasting = ['.gitignore', 'files.json', 'history', 'ledger.json', 'log'];
    const left = await readdir(stateOf(place.project));
    expect(left.filter((name) => !lasting.includes(name))).toEqual([]);
    expect(uploads(place.emulator)).toBe(before);
  });

  it.skipIf(process.platform === 'win32')('its socket and folder are its owner’s alone', async () => {
    const place = await scene();
    const daemon = await daemonIn(place);
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await mode(stateOf(place.project))).toBe(0o700);
    expect(await mode(join(stateOf(place.project), 'daemon.sock'))).toBe(0o600);
    expect(await mode(join(stateOf(place.project), 'daemon.lock'))).toBe(0o600);
    expect(await holderIn(place.project)).toMatchObject({ pid: daemon.pid, endpoint: place.emulator.url });
    await daemon.stop();
  });

  it.skipIf(process.platform === 'win32')('a path too long for a socket is named in the lock', async () => {
    const emulator = await runEmulator({ envs });
    const outer = await makeProject({}, {});
    const folder = join(outer.folder, 'a-rather-long-name-'.repeat(5));
    await mkdir(join(folder, 'functions', 'pay'), { recursive: true });
    await writeFile(join(folder, 'functions', 'pay', 'index.js'), 'exports.main = 1;\n');
    await writeFile(join(folder, 'watch.config.json'), JSON.stringify(configFor(emulator)));
    const project = { ...outer, folder };
    await writeFile(
      join(folder, 'watch.config.json'),
      JSON.stringify({ functionsRoot: 'functions', ...configFor(emulator) }),
    );
    const places = { TMPDIR: outer.folder };
    const daemon = runWith(emulator, project, ['watch'], places);
    await daemon.waitFor((seen) => seen.event === 'watching');
    const socket = String((await holderIn(project))['socket']);
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(100);
    expect((await stat(join(socket, '..'))).mode & 0o777).toBe(0o700);
    const status = runWith(emulator, project, ['status'], places);
    await status.exit;
    expect(status.events[0]).toMatchObject({ event: 'target', daemon: { pid: daemon.pid } });
    const second = runWith(emulator, project, ['watch'], places);
    expect((await second.exit).code).toBe(3);
    await daemon.stop();
    const left = await readdir(outer.folder);
    expect(left.filter((name) => name.startsWith('tcb-watch'))).toEqual([]);
  });

  it('goes on when somebody says what it does not understand', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    const socket = connect(String((await holderIn(place.project))['socket']));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('{"v":1,"ask":"everything"}\n');
    await closed;
    const status = insideWith(place.emulator, place.project, ['status'], quick);
    expect((await status.exit).code).toBe(0);
    expect(await daemon.stop()).toBe(0);
  });
});

describe('push beside a daemon', () => {
  it('tells the daemon’s events for its targets, and ends when they rest', async () => {
    const place = await scene();
    const daemon = await daemonIn(place);
    const before = uploads(place.emulator);
    await place.project.write('functions/login/index.js', 'exports.main = 2;\n');
    await place.project.write('functions/pay/index.js', 'exports.main = 2;\n');
    const push = insideWith(place.emulator, place.project, ['push', 'pay', '-e', 'test'], quick);
    expect((await push.exit).code).toBe(0);
    expect([...(await running(place.emulator, 'test', 'pay')).values()]).toEqual(['exports.main = 2;\n']);
    expect(push.events[0]).toMatchObject({
      event: 'started',
      pid: daemon.pid,
      functions: ['pay'],
      envs: ['test'],
    });
    expect(push.events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pending: [] });
    expect(push.events.some((seen) => seen['function'] === 'login')).toBe(false);
    await daemon.waitForLive([['login', 'test']], 0);
    await daemon.waitFor((seen) => seen.event === 'live' && seen['function'] === 'login', 0);
    expect(uploads(place.emulator)).toBeLessThanOrEqual(before + 2);
    expect(await daemon.stop()).toBe(0);
  });

  it('--force sends what is live, the named function only', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    const before = uploads(place.emulator);
    const push = insideWith(place.emulator, place.project, ['push', 'pay', '--force'], quick);
    expect((await push.exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(before + 1);
    expect(push.events.find((seen) => seen.event === 'pushing')).toMatchObject({
      function: 'pay',
      envs,
      cause: 'forced',
    });
    await daemon.stop();
  });

  it('--ascii counts for what the daemon writes', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    const env = { TEST_TOKEN: place.emulator.token, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
    const push = run(['push', '--force', '--ascii'], { cwd: place.project.folder, env, plain: true });
    expect((await push.exit).code).toBe(0);
    expect(push.stdout()).toContain(' + live ');
    await daemon.stop();
  });

  it('tries again what the cloud had refused', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', env: 'dev', times: 1, updateFailed: 'broken' });
    await place.project.write('functions/pay/index.js', 'exports.main = 3;\n');
    await daemon.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'refused');
    const push = insideWith(place.emulator, place.project, ['push'], quick);
    expect((await push.exit).code).toBe(0);
    expect([...(await running(place.emulator, 'dev', 'pay')).values()]).toEqual(['exports.main = 3;\n']);
    await daemon.stop();
  });

  it('finds a function that was made a moment ago', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    await place.project.write('functions/fresh/index.js', 'exports.main = 1;\n');
    const push = insideWith(place.emulator, place.project, ['push', 'fresh'], quick);
    expect((await push.exit).code).toBe(0);
    expect([...(await running(place.emulator, 'dev', 'fresh')).keys()]).toEqual(['index.js']);
    await daemon.stop();
  });

  it('ends with 3 for another endpoint, another configuration, and what the daemon leaves out', async () => {
    const place = await scene();
    const daemon = await daemonIn(place, '--only', 'login', '--only', 'pay', '-e', 'dev', '-e', 'test');
    const other = await runEmulator({ envs });
    const push = async (...args: string[]): Promise<[number | null, string]> => {
      const program = insideWith(place.emulator, place.project, ['push', ...args], quick);
      return [(await program.exit).code, program.stderr()];
    };
    const before = uploads(place.emulator);
    expect(await push('--endpoint', other.url)).toEqual([3, expect.stringContaining(`${daemon.pid}`)]);
    const config = await readFile(join(place.project.folder, 'watch.config.json'), 'utf8');
    await place.project.write('other.json', config);
    expect(await push('--config', 'other.json')).toEqual([3, expect.stringContaining('other.json')]);
    await place.project.write('functions/more/index.js', 'exports.main = 1;\n');
    expect(await push('more')).toEqual([3, expect.stringContaining('more → dev')]);
    expect(await push('none')).toEqual([4, expect.stringContaining('none')]);
    expect(uploads(place.emulator)).toBe(before);
    await daemon.stop();
  });

  it('says what waits when the daemon is stopped, and does not call it success', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', errcode: -1 });
    await place.project.write('functions/pay/index.js', 'exports.main = 4;\n');
    const push = insideWith(place.emulator, place.project, ['push', 'pay'], quick);
    await push.waitFor((seen) => seen.event === 'push-failed');
    expect(await daemon.stop()).toBe(0);
    expect((await push.exit).code).not.toBe(0);
    const { pending } = { pending: [], ...push.events.at(-1) };
    expect(pending).toHaveLength(2);
  });
});

describe('push alone', () => {
  it('waits for another push, and sends nothing twice', async () => {
    const place = await scene();
    place.emulator.faults.add({ call: 'batchuploadscf', times: 1, hold: true });
    const first = runWith(place.emulator, place.project, ['push'], quick);
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    const second = runWith(place.emulator, place.project, ['push'], quick);
    await second.waitForText(`${first.pid}`);
    place.emulator.release();
    expect((await first.exit).code).toBe(0);
    expect((await second.exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(2);
  });
});

describe.skipIf(process.platform === 'win32')('a daemon that is stopped (needs SIGSTOP)', () => {
  it('is not called gone by status: it does not answer', async () => {
    const place = await scene();
    const daemon = await daemonIn(place);
    daemon.signal('SIGSTOP');
    const env = { TEST_TOKEN: place.emulator.token };
    const status = run(['status'], { cwd: place.project.folder, env, plain: true });
    await status.exit;
    daemon.signal('SIGCONT');
    expect(await daemon.stop()).toBe(0);
    expect(status.stdout()).toContain(`(process ${daemon.pid}) does not answer`);
  });
});

describe('status', () => {
  it('asks the daemon: everything is live, with 0', async () => {
    const place = await scene();
    const daemon = await daemonIn(place);
    const status = insideWith(place.emulator, place.project, ['status'], quick);
    expect((await status.exit).code).toBe(0);
    expect(status.events).toHaveLength(4);
    expect(status.events[0]).toMatchObject({
      v: 1,
      event: 'target',
      function: 'login',
      env: 'dev',
      inFlight: null,
      hold: null,
      detail: null,
      hint: null,
      daemon: { pid: daemon.pid },
    });
    expect(status.events[0]?.['wanted']).toBe(status.events[0]?.['live']);
    await daemon.stop();
  });

  it('names what waits, why, and what to do', async () => {
    const place = await scene();
    const daemon = await daemonInside(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', env: 'dev', times: 1, updateFailed: 'broken' });
    await place.project.write('functions/pay/index.js', 'exports.main = 3;\n');
    await daemon.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'refused');
    await daemon.waitFor((seen) => seen.event === 'live' && seen['function'] === 'pay', 8);
    const status = insideWith(place.emulator, place.project, ['status', '--only', 'pay'], quick);
    expect((await status.exit).code).toBe(1);
    const [dev, test] = status.events;
    expect(dev).toMatchObject({ function: 'pay', env: 'dev', hold: 'refused', inFlight: null });
    expect(dev?.['wanted']).not.toBe(dev?.['live']);
    expect(String(dev?.['hint'])).not.toBe('');
    expect(test).toMatchObject({ function: 'pay', env: 'test', hold: null });
    await daemon.stop();
  });

  it('looks at disk and ledger for what the daemon was started without', async () => {
    const place = await scene();
    const narrow = ['watch', '--only', 'login', '-e', 'dev'];
    const daemon = runWith(place.emulator, place.project, narrow, quick);
    await daemon.waitForLive([['login', 'dev']]);
    await daemon.waitFor((seen) => seen.event === 'watching');
    const status = async (...args: string[]): Promise<[number | null, unknown[]]> => {
      const program = insideWith(place.emulator, place.project, ['status', ...args], quick);
      const { code } = await program.exit;
      return [
        code,
        program.events.map((seen) => [seen['function'], seen['env'], seen['state'], seen['daemon']]),
      ];
    };
    const login = ['login', 'dev', 'live', expect.objectContaining({ pid: daemon.pid })];
    const rest = [
      ['login', 'test', 'queued', null],
      ['pay', 'dev', 'queued', null],
      ['pay', 'test', 'queued', null],
    ];
    expect(await status()).toEqual([1, [login, ...rest]]);
    expect(await status('-e', 'test')).toEqual([1, [rest[0], rest[2]]]);
    expect(await status('--only', 'pay')).toEqual([1, [rest[1], rest[2]]]);
    expect(await status('--only', 'login', '-e', 'dev')).toEqual([0, [login]]);
    expect(await status('--only', 'none')).toEqual([4, []]);
    await daemon.stop();
  });

  it('without a daemon looks at disk and ledger, and asks nobody', async () => {
    const place = await scene();
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    const before = place.emulator.requests().length;
    const good = insideWith(place.emulator, place.project, ['status'], quick);
    expect((await good.exit).code).toBe(0);
    expect(good.events.map((seen) => seen['daemon'])).toEqual([null, null, null, null]);
    await place.project.write('functions/pay/index.js', 'exports.main = 5;\n');
    const bad = insideWith(place.emulator, place.project, ['status', '-e', 'dev'], quick);
    expect((await bad.exit).code).toBe(1);
    expect(bad.events.map((seen) => [seen['function'], seen['wanted'] === seen['live']])).toEqual([
      ['login', true],
      ['pay', false],
    ]);
    expect(place.emulator.requests()).toHaveLength(before);
    const plain = run(['status'], { cwd: place.project.folder, plain: true, env: { TEST_TOKEN: 'x' } });
    expect((await plain.exit).code).toBe(1);
    expect(plain.stdout()).toMatch(/2 of 4 targets are live/);
  });
});
