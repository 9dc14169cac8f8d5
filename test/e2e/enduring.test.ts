/** Roots that go, git at work, configurations edited, states damaged: what is live stays right, and nothing needless is sent. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  type Files,
  makeProject,
  type Played,
  type Program,
  type Project,
  programFile,
  runEmulator,
  running,
  runWith,
  type Seen,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test'];
const quick = { TCB_WATCH_TIME_SCALE: '0.4' };
const names = ['login', 'pay'];

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
}

async function scene(functions: Readonly<Record<string, Files>> = {}, extra: object = {}): Promise<Scene> {
  const emulator = await runEmulator({ envs: [...envs, 'stage'] });
  const all = { login: entry('1'), pay: entry('1'), ...functions };
  return { emulator, project: await makeProject(all, { ...configFor(emulator), envs, ...extra }) };
}

const targetsOf = (...functions: string[]): (readonly [string, string])[] =>
  functions.flatMap((name) => envs.map((env) => [name, env] as const));

async function watching(place: Scene, env: Files = quick): Promise<Played> {
  return settled(insideWith(place.emulator, place.project, ['watch'], env));
}

/** In a process of its own, which can be killed. */
async function watchingAlone({ emulator, project }: Scene): Promise<Program> {
  return settled(runWith(emulator, project, ['watch'], quick));
}

async function settled<P extends Played>(program: P): Promise<P> {
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(targetsOf(...names));
  return program;
}

const isHeld =
  (reason: string, name?: string) =>
  (seen: Seen): boolean =>
    seen.event === 'held' && seen['reason'] === reason && (name === undefined || seen['function'] === name);

async function isRunning({ emulator }: Scene, name: string, text: string, env = 'test'): Promise<void> {
  await emulator.waitFor(async () => [...(await running(emulator, env, name)).values()].includes(text), {
    what: `${name} in ${env} runs ${text}`,
  });
}

describe('roots', () => {
  it('a root that is deleted holds its functions and empties nothing; it resumes when the root returns', async () => {
    const place = await scene();
    const program = await watching(place);
    const before = uploads(place.emulator);
    await rm(place.project.root, { recursive: true });
    await program.waitFor(isHeld('root-gone', 'pay'));
    await program.waitFor(isHeld('root-gone', 'login'));
    expect([...(await running(place.emulator, 'dev', 'pay')).keys()]).toEqual(['index.js']);
    for (const name of names)
      await place.project.write(`functions/${name}/index.js`, 'exports.main = "back";\n');
    await isRunning(place, 'pay', 'exports.main = "back";\n');
    await isRunning(place, 'login', 'exports.main = "back";\n');
    expect(uploads(place.emulator)).toBe(before + 2);
    await place.project.write('functions/pay/index.js', 'exports.main = "later";\n');
    await isRunning(place, 'pay', 'exports.main = "later";\n');
    expect(await program.stop()).toBe(0);
  });

  it('a root that is emptied sends nothing, and resumes', async () => {
    const place = await scene();
    const program = await watching(place);
    const before = uploads(place.emulator);
    // In one turn: a function that goes while others are there is only lost.
    for (const name of names) rmSync(join(place.project.root, name), { recursive: true });
    await program.waitFor(isHeld('root-gone', 'pay'));
    await program.waitFor(isHeld('root-gone', 'login'));
    await place.project.write('functions/pay/index.js', 'exports.main = "again";\n');
    await isRunning(place, 'pay', 'exports.main = "again";\n');
    expect(uploads(place.emulator)).toBe(before + 1);
    expect([...(await running(place.emulator, 'dev', 'login')).keys()]).toEqual(['index.js']);
    await program.stop();
  });

  it('a root that is moved away and back sends nothing', async () => {
    const place = await scene();
    const program = await watching(place);
    const before = uploads(place.emulator);
    const from = program.events.length;
    await rename(place.project.root, `${place.project.root}-away`);
    await program.waitFor(isHeld('root-gone', 'pay'), from);
    await rename(`${place.project.root}-away`, place.project.root);
    await program.waitFor((seen) => seen.event === 'found' && seen['function'] === 'pay', from);
    await place.project.write('functions/login/index.js', 'exports.main = "after";\n');
    await isRunning(place, 'login', 'exports.main = "after";\n');
    expect(uploads(place.emulator)).toBe(before + 1);
    await program.stop();
  });

  it('a root that another one replaces is read anew', async () => {
    const place = await scene();
    const program = await watching(place);
    await place.project.write('other/pay/index.js', 'exports.main = "other";\n');
    await rename(place.project.root, `${place.project.root}-old`);
    await rename(join(place.project.folder, 'other'), place.project.root);
    await isRunning(place, 'pay', 'exports.main = "other";\n');
    await place.project.write('functions/pay/index.js', 'exports.main = "edited";\n');
    await isRunning(place, 'pay', 'exports.main = "edited";\n');
    expect([...(await running(place.emulator, 'dev', 'login')).keys()]).toEqual(['index.js']);
    await program.stop();
  });

  it('a function whose entry is gone is held, never emptied', async () => {
    const place = await scene({ pay: { ...entry('1'), 'lib/a.js': '1\n' } });
    const program = await watching(place);
    const before = uploads(place.emulator);
    await place.project.remove('functions/pay/index.js');
    await program.waitFor(isHeld('no-entry', 'pay'));
    expect(uploads(place.emulator)).toBe(before);
    expect((await running(place.emulator, 'dev', 'pay')).size).toBe(2);
    await program.stop();
  });
});

const hasGit = spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0;

describe.skipIf(!hasGit)('git', () => {
  function git({ project }: Scene, ...args: string[]): void {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    execFileSync('git', [...who, ...args], { cwd: project.folder, stdio: 'pipe' });
  }

  async function repository(): Promise<Scene> {
    const place = await scene();
    await place.project.write('.gitignore', '.tcb-watch\n');
    git(place, 'init', '-q', '-b', 'one');
    git(place, 'add', '-A');
    git(place, 'commit', '-q', '-m', 'one');
    return place;
  }

  it('uploads wait while index.lock is there, say so, and go out when it is gone', async () => {
    const place = await repository();
    const program = await watching(place, {});
    const before = uploads(place.emulator);
    const lock = join(place.project.folder, '.git', 'index.lock');
    await writeFile(lock, '');
    await place.project.write('functions/pay/index.js', 'exports.main = "locked";\n');
    await program.waitFor(isHeld('git-busy', 'pay'));
    expect(uploads(place.emulator)).toBe(before);
    await rm(lock);
    await isRunning(place, 'pay', 'exports.main = "locked";\n');
    await program.stop();
  });

  it('a lock that nobody lets go of counts for a minute only (scaled)', async () => {
    const place = await repository();
    const program = await watching(place, { TCB_WATCH_TIME_SCALE: '0.02' });
    await writeFile(join(place.project.folder, '.git', 'index.lock'), '');
    await place.project.write('functions/pay/index.js', 'exports.main = "stale";\n');
    await isRunning(place, 'pay', 'exports.main = "stale";\n');
    await program.stop();
  });

  it('a branch switched there and back sends nothing; one switched for good sends what differs', async () => {
    const place = await repository();
    git(place, 'checkout', '-q', '-b', 'two');
    await place.project.write('functions/pay/index.js', 'exports.main = "two";\n');
    git(place, 'commit', '-q', '-a', '-m', 'two');
    git(place, 'checkout', '-q', 'one');
    const program = await watching(place);
    const before = uploads(place.emulator);
    const from = program.events.length;
    git(place, 'checkout', '-q', 'two');
    git(place, 'checkout', '-q', 'one');
    // Reported as one burst, or, where git was slow, as a change and its undoing.
    const isChange = (seen: Seen): boolean => seen.event === 'changed' && seen['function'] === 'pay';
    await program.waitFor((seen) => {
      if (seen.event === 'unchanged') return seen['function'] === 'pay';
      return isChange(seen) && program.events.slice(from).filter(isChange).length > 1;
    }, from);
    expect(uploads(place.emulator)).toBe(before);
    git(place, 'checkout', '-q', 'two');
    await isRunning(place, 'pay', 'exports.main = "two";\n');
    expect(uploads(place.emulator)).toBe(before + 1);
    await program.stop();
  });

  it('in a worktree, the worktree’s own lock counts', async () => {
    const place = await repository();
    const tree = join(place.project.folder, '..', `${Date.now()}-worktree`);
    git(place, 'worktree', 'add', '-q', tree, '-b', 'side');
    try {
      const project = { ...place.project, folder: tree };
      const program = insideWith(place.emulator, project, ['watch']);
      await program.waitForLive(targetsOf(...names));
      const before = uploads(place.emulator);
      const gitFolder = execFileSync('git', ['rev-parse', '--absolute-git-dir'], {
        cwd: tree,
        encoding: 'utf8',
      });
      await writeFile(join(gitFolder.trim(), 'index.lock'), '');
      await writeFile(join(tree, 'functions/pay/index.js'), 'exports.main = "tree";\n');
      await program.waitFor(isHeld('git-busy', 'pay'));
      expect(uploads(place.emulator)).toBe(before);
      await rm(join(gitFolder.trim(), 'index.lock'));
      await isRunning(place, 'pay', 'exports.main = "tree";\n');
      await program.stop();
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  });
});

describe('the configuration, edited while running', () => {
  const reloaded = (seen: Seen): boolean => seen.event === 'config' && seen['state'] === 'reloaded';

  it('an environment added gets everything, the others nothing; one removed and put back gets nothing', async () => {
    const place = await scene();
    const program = await watching(place);
    const config = configFor(place.emulator);
    const before = uploads(place.emulator);
    let from = program.events.length;
    await place.project.configure({ ...config, envs: [...envs, 'stage'] });
    await program.waitForLive(
      names.map((name) => [name, 'stage'] as const),
      from,
    );
    const pushes = program.events.slice(from).filter((seen) => seen.event === 'pushing');
    expect(pushes.map((seen) => [seen['envs'], seen['cause']])).toEqual([
      [['stage'], 'config'],
      [['stage'], 'config'],
    ]);
    expect(uploads(place.emulator)).toBe(before + 2);
    from = program.events.length;
    await place.project.configure({ ...config, envs: ['dev'] });
    await program.waitFor(reloaded, from);
    await place.project.write('functions/pay/index.js', 'exports.main = "dev";\n');
    await isRunning(place, 'pay', 'exports.main = "dev";\n', 'dev');
    expect((await running(place.emulator, 'stage', 'pay')).get('index.js')).not.toContain('"dev"');
    from = program.events.length;
    await place.project.configure({ ...config, envs: [...envs, 'stage'] });
    await isRunning(place, 'pay', 'exports.main = "dev";\n', 'stage');
    await isRunning(place, 'pay', 'exports.main = "dev";\n', 'test');
    expect(uploads(place.emulator)).toBe(before + 4);
    await program.stop();
  });

  it('a mistake is told and the old configuration stays; the next valid one takes over', async () => {
    const place = await scene();
    const program = await watching(place);
    const before = uploads(place.emulator);
    let from = program.events.length;
    await place.project.write('watch.config.json', '{ "envs": [], "unknown": 1');
    const told = await program.waitFor((seen) => seen.event === 'config', from);
    expect(told).toMatchObject({ state: 'invalid' });
    await place.project.write('functions/pay/index.js', 'exports.main = "still";\n');
    await isRunning(place, 'pay', 'exports.main = "still";\n');
    from = program.events.length;
    await place.project.configure({ ...configFor(place.emulator), envs, debounceMs: 20 });
    await program.waitFor(reloaded, from);
    expect(uploads(place.emulator)).toBe(before + 1);
    await program.stop();
  });

  it('a file newly ignored leaves the zip, a .tcbignore too; taken back in, it returns', async () => {
    const place = await scene({ pay: { ...entry('1'), 'notes.txt': '1\n', 'more.txt': '2\n' } });
    const program = await watching(place);
    const filesOf = async (): Promise<string> =>
      [...(await running(place.emulator, 'dev', 'pay')).keys()].sort().join();
    await place.project.configure({ ...configFor(place.emulator), envs, ignore: ['notes.txt'] });
    await place.emulator.waitFor(async () => (await filesOf()) === 'index.js,more.txt');
    await place.project.write('functions/pay/.tcbignore', 'more.txt\n');
    await place.emulator.waitFor(async () => (await filesOf()) === 'index.js');
    await place.project.remove('functions/pay/.tcbignore');
    await place.emulator.waitFor(async () => (await filesOf()) === 'index.js,more.txt');
    await place.project.configure({ ...configFor(place.emulator), envs });
    await place.emulator.waitFor(async () => (await filesOf()) === 'index.js,more.txt,notes.txt');
    await program.stop();
  });

  it('a function switched off is left alone, and sent again when it is switched on', async () => {
    const place = await scene();
    const program = await watching(place);
    const config = { ...configFor(place.emulator), envs };
    let from = program.events.length;
    await place.project.configure({ ...config, functions: { pay: { enabled: false } } });
    await program.waitFor(reloaded, from);
    const before = uploads(place.emulator);
    await place.project.write('functions/pay/index.js', 'exports.main = "off";\n');
    await place.project.write('functions/login/index.js', 'exports.main = "on";\n');
    await isRunning(place, 'login', 'exports.main = "on";\n');
    expect(uploads(place.emulator)).toBe(before + 1);
    from = program.events.length;
    await place.project.configure(config);
    await isRunning(place, 'pay', 'exports.main = "off";\n');
    await program.stop();
  });

  it('another endpoint: its own ledger, and back again without an upload', async () => {
    const place = await scene();
    const other = await runEmulator({ envs, token: place.emulator.token });
    const program = await watching(place);
    const config = { ...configFor(place.emulator), envs };
    const before = uploads(place.emulator);
    await place.project.configure({ ...config, endpoint: other.url });
    await other.waitFor(async () => (await running(other, 'test', 'pay')).size > 0);
    await other.waitFor(async () => (await running(other, 'test', 'login')).size > 0);
    const from = program.events.length;
    await place.project.configure(config);
    await program.waitFor(reloaded, from);
    await place.project.write('functions/pay/index.js', 'exports.main = "here";\n');
    await isRunning(place, 'pay', 'exports.main = "here";\n');
    expect(uploads(place.emulator)).toBe(before + 1);
    await program.stop();
  });

  it('a token in .env.local, put right while running, lets uploads go on', async () => {
    const place = await scene();
    await place.project.configure({ ...configFor(place.emulator), envs, token: { env: 'MY_TOKEN' } });
    await place.project.write('.env.local', 'MY_TOKEN=wrong-token\n');
    const program = insideWith(place.emulator, place.project, ['watch'], quick);
    await program.waitFor((seen) => seen.event === 'token' && seen['state'] === 'rejected');
    await place.project.write('.env.local', `MY_TOKEN=${place.emulator.token}\n`);
    await program.waitForLive(targetsOf(...names));
    expect(program.stdout() + program.stderr()).not.toContain(place.emulator.token);
    await program.stop();
  });
});

/** A mount of one's own, in a namespace of one's own, is the one way to a full disk without being asked for a password. */
const canMount =
  spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' }).status === 0;

describe('crashes and damage', () => {
  it('a damaged ledger is set aside, said, and everything is right afterwards', async () => {
    const place = await scene();
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    const ledger = join(place.project.folder, '.tcb-watch', 'ledger.json');
    await writeFile(ledger, (await readFile(ledger, 'utf8')).slice(0, 100));
    const before = uploads(place.emulator);
    const push = insideWith(place.emulator, place.project, ['push'], quick);
    expect((await push.exit).code).toBe(0);
    expect(push.events.some((seen) => seen.event === 'notice' && seen['kind'] === 'ledger-damaged')).toBe(
      true,
    );
    expect(uploads(place.emulator)).toBe(before + 2);
    expect((await readdir(join(place.project.folder, '.tcb-watch'))).join()).toContain(
      'ledger.json.damaged-',
    );
  });

  it('a ledger of a later version is set aside, never guessed at', async () => {
    const place = await scene();
    await insideWith(place.emulator, place.project, ['push'], quick).exit;
    const ledger = join(place.project.folder, '.tcb-watch', 'ledger.json');
    await writeFile(ledger, (await readFile(ledger, 'utf8')).replace('"v":1', '"v":2'));
    const before = uploads(place.emulator);
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(before + 2);
  });

  it('killed with an upload on its way: the next start sends again rather than too little', async () => {
    const place = await scene();
    const program = await watchingAlone(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hold: true });
    await place.project.write('functions/pay/index.js', 'exports.main = "cut";\n');
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    program.signal('SIGKILL');
    await program.exit;
    const { 'index.js': original = '' } = entry('1');
    await place.project.write('functions/pay/index.js', original);
    place.emulator.release();
    await isRunning(place, 'pay', 'exports.main = "cut";\n');
    const push = insideWith(place.emulator, place.project, ['push'], quick);
    expect((await push.exit).code).toBe(0);
    await isRunning(place, 'pay', original, 'dev');
    await isRunning(place, 'pay', original, 'test');
  });

  /** The cloud has taken it, and its answer lies where nobody reads it. */
  it.skipIf(process.platform === 'win32').each([
    ['the edit', 'exports.main = "cut";\n'],
    ['what was there before', entry('1')['index.js'] ?? ''],
  ])('killed after the cloud took an edit and before that is noted: %s ends up live', async (_what, text) => {
    const place = await scene();
    const program = await watchingAlone(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hold: true });
    await place.project.write('functions/pay/index.js', 'exports.main = "cut";\n');
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    program.signal('SIGSTOP');
    place.emulator.release();
    await isRunning(place, 'pay', 'exports.main = "cut";\n');
    program.signal('SIGKILL');
    await program.exit;
    await place.project.write('functions/pay/index.js', text);
    const status = insideWith(place.emulator, place.project, ['status'], quick);
    expect((await status.exit).code).toBe(1);
    const told = status.events.filter((seen) => seen['function'] === 'pay');
    expect(told.map((seen) => [seen['env'], seen['live']])).toEqual(envs.map((env) => [env, null]));
    const before = uploads(place.emulator);
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    for (const env of envs) await isRunning(place, 'pay', text, env);
    expect(uploads(place.emulator)).toBe(before + 1);
  });

  it.skipIf(!canMount).each([
    ['a full disk', 'size=8k', 'true', 'ledger-unwritable'],
    ['a read-only file system', 'size=64k', 'mount -o remount,ro .tcb-watch', 'state-folder'],
  ])('%s under the state is told once, and uploads go on', async (_what, size, then, kind) => {
    const place = await scene();
    await mkdir(join(place.project.folder, '.tcb-watch'));
    const mount = `mount -t tmpfs -o ${size} none .tcb-watch && ${then}`;
    const child = spawn('unshare', ['-Urm', 'sh', '-c', `${mount} && exec "$NODE" "$PROGRAM" push --json`], {
      cwd: place.project.folder,
      env: {
        ...process.env,
        ...quick,
        NODE: process.execPath,
        PROGRAM: programFile,
        TEST_TOKEN: place.emulator.token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(out.split(`"kind":"${kind}"`)).toHaveLength(2);
    expect((await running(place.emulator, 'test', 'pay')).size).toBe(1);
    // Nothing was remembered, so the next start sends again rather than too little.
    const before = uploads(place.emulator);
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(before + 2);
  });

  it.skipIf(process.platform === 'win32')(
    'a state folder that cannot be made is told, and uploads go on',
    async () => {
      const place = await scene();
      await writeFile(join(place.project.folder, '.tcb-watch'), 'a file in its place');
      const push = insideWith(place.emulator, place.project, ['push'], quick);
      expect((await push.exit).code).toBe(0);
      expect(push.events.filter((seen) => seen.event === 'notice').map((seen) => seen['kind'])).toContain(
        'state-folder',
      );
      expect([...(await running(place.emulator, 'dev', 'pay')).keys()]).toEqual(['index.js']);
    },
  );

  it('a state folder deleted while running is made again', async () => {
    const place = await scene();
    const program = await watching(place);
    await rm(join(place.project.folder, '.tcb-watch'), { recursive: true, force: true, maxRetries: 5 });
    await place.project.write('functions/pay/index.js', 'exports.main = "kept";\n');
    await isRunning(place, 'pay', 'exports.main = "kept";\n');
    expect(await program.stop()).toBe(0);
    const before = uploads(place.emulator);
    expect(existsSync(join(place.project.folder, '.tcb-watch', 'ledger.json'))).toBe(true);
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(before);
  });
});
