/** An installation that cannot lock files, because its addon is missing or broken: the socket is the lock there, from start to end. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { needs } from '../support/needs.js';
import {
  configFor,
  entry,
  makeProject,
  type Program,
  type Project,
  run,
  runEmulator,
  uploads,
} from '../support/rig.js';

needs('sockets');

const repository = fileURLToPath(new URL('../..', import.meta.url));
const addon = 'fs-native-extensions';
const binary = `prebuilds/${process.platform}-${process.arch}/${addon}.node`;
const quick = { TCB_WATCH_TIME_SCALE: '0.2' };

/**
 * The program in a folder of its own below the packages of this checkout. A package that lies nearer is found first.
 * @param take makes what is found of the addon
 * @returns its `main.js`
 */
async function installation(take: (addon: string) => Promise<void>): Promise<string> {
  const caches = join(repository, 'node_modules/.cache/tcb-watch');
  await mkdir(caches, { recursive: true });
  const place = await mkdtemp(join(caches, 'no-addon-'));
  onTestFinished(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
  const own = join(place, 'node_modules/tcb-watch');
  for (const part of ['dist', 'package.json', 'watch.config.schema.json'])
    await cp(join(repository, part), join(own, part), { recursive: true });
  await take(join(place, 'node_modules', addon));
  return join(own, 'dist/main.js');
}

/** The addon's package as it is, but for this file. */
async function broken(copy: string, file: string, text: string | null): Promise<void> {
  await cp(join(repository, 'node_modules', addon), copy, { recursive: true });
  if (text === null) await rm(join(copy, file));
  else await writeFile(join(copy, file), text);
}

/** Nothing can be loaded from its folder. */
const absent = async (copy: string): Promise<void> => void (await mkdir(copy));

const ways: readonly [what: string, cause: string, take: (addon: string) => Promise<void>][] = [
  ['is not installed', 'ERR_MODULE_NOT_FOUND', absent],
  ['has no binary for this system', 'ADDON_NOT_FOUND', (copy) => broken(copy, binary, null)],
  [
    'has a binary that this system cannot load',
    'CANNOT_LOAD',
    (copy) => broken(copy, binary, 'for another libc'),
  ],
  [
    'throws an error without a code as it is loaded',
    'no binary for you',
    (copy) => broken(copy, 'index.js', "throw new Error('no binary for you\\n    at elsewhere');\n"),
  ],
];

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
  start(args: readonly string[], cwd?: string): Program;
}

async function scene(take: (addon: string) => Promise<void>): Promise<Scene> {
  const program = await installation(take);
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const env = { ...quick, TEST_TOKEN: emulator.token };
  const start = (args: readonly string[], cwd = project.folder): Program =>
    run(args[0] === 'stop' ? args : [...args, '--json'], { cwd, program, env });
  return { emulator, project, start };
}

const isWatching = ({ event }: { readonly event: unknown }): boolean => event === 'watching';

/** Two starts at once: who watches, and who was turned away. */
async function race({ start }: Scene): Promise<readonly [winner: Program, loser: Program]> {
  const both = [start(['watch']), start(['watch'])] as const;
  const [one, two] = both;
  const first = await Promise.race(
    both.map(async (each) => {
      await each.exit;
      return each;
    }),
  );
  return first === one ? [two, one] : [one, two];
}

describe.each(ways)('where the addon for locks %s', (_what, cause, take) => {
  let place: Scene;
  beforeEach(async () => {
    place = await scene(take);
  });

  it('one of two runs, answers others, is succeeded after a kill, and stops when asked', async () => {
    const { project, start } = place;
    const [first, second] = await race(place);
    expect((await second.exit).code).toBe(3);
    expect(second.stderr()).toContain(`process ${first.pid}`);
    expect(second.events.some(isWatching)).toBe(false);
    await first.waitFor(isWatching);
    await first.waitForLive([['pay', 'dev']]);
    first.signal('SIGKILL');
    await first.exit;

    const third = start(['watch']);
    await third.waitFor(isWatching);
    expect(third.events.some(({ kind }) => kind === 'no-lock' || kind === 'no-socket')).toBe(false);
    const from = third.events.length;
    const push = start(['push', '--force']);
    expect((await push.exit).code).toBe(0);
    await third.waitForLive([['pay', 'dev']], from);
    const status = start(['status']);
    await status.exit;
    expect(status.events[0]).toMatchObject({ daemon: { pid: third.pid } });

    const stop = start(['stop']);
    expect([(await stop.exit).code, stop.stderr()]).toEqual([0, expect.stringContaining(`${third.pid}`)]);
    expect((await third.exit).code).toBe(0);
    expect(await readdir(join(project.folder, '.tcb-watch'))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/sock|lock/)]),
    );
    expect((await start(['stop']).exit).code).toBe(0);
  }, 180_000);

  it('doctor names the cause, what is weaker, and what to do', async () => {
    const doctor = place.start(['doctor']);
    await doctor.exit;
    const said = JSON.stringify(doctor.events.find(({ name }) => name === 'state'));
    expect(said).toContain(`(${cause})`);
    expect(said).toContain('another machine');
    expect(said).toContain('npm install');
  });
});

describe('where files cannot be locked', () => {
  it('an error without a code as the file is locked is as good as any', async () => {
    const text = "exports.tryLock = () => {\n  throw new Error('locks are not for you');\n};\n";
    const { start } = await scene((copy) => broken(copy, 'index.js', text));
    const first = start(['watch']);
    await first.waitFor(isWatching);
    expect((await start(['watch']).exit).code).toBe(3);
    expect(await first.stop()).toBe(0);
  });

  it('who can lock them is met all the same, wherever it answers', async () => {
    const { emulator, project, start } = await scene(absent);
    // Too long for a socket: it lies in the system's temporary folder, under a name that only the file says.
    const deep = `${'a-long-name-'.repeat(9)}/`;
    await project.write(`${deep}functions/pay/index.js`, entry('1')['index.js'] ?? '');
    await project.write(
      `${deep}watch.config.json`,
      JSON.stringify({ functionsRoot: 'functions', ...configFor(emulator) }),
    );
    const cwd = join(project.folder, deep);
    const env = { ...quick, TEST_TOKEN: emulator.token };
    const first = run(['watch', '--json'], { cwd, env });
    await first.waitFor(isWatching);
    const second = start(['watch'], cwd);
    expect((await second.exit).code).toBe(3);
    expect(second.stderr()).toContain(`process ${first.pid}`);
    expect(await first.stop()).toBe(0);
  });

  it('who stops has the lock until its last upload has ended', async () => {
    const { emulator, project, start } = await scene(absent);
    const first = start(['watch']);
    await first.waitFor(isWatching);
    await first.waitForLive([['pay', 'dev']]);
    emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hold: true });
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    await emulator.waitFor(() => emulator.held().length > 0);
    first.signal('SIGINT');
    await first.waitForText('Stopping');
    // It meets the one that stops, and has given up when its time is over.
    const push = start(['push', '--timeout', '1']);
    expect((await push.exit).code).toBe(1);
    expect([push.events, first.events.some(({ event }) => event === 'stopped')]).toEqual([[], false]);
    emulator.release();
    expect((await first.exit).code).toBe(0);
    expect((await start(['push']).exit).code).toBe(0);
    expect(uploads(emulator)).toBe(2);
  }, 180_000);
});
