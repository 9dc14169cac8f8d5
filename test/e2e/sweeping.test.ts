/** A change without a file event is found by a sweep, and goes out only once it is still. The cloud's content is compared. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { packedFiles } from '../support/chaos-operations.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  type Files,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  runWith,
  uploads,
} from '../support/rig.js';

const onWindows = process.platform === 'win32';
const hasFifo = spawnSync('mkfifo', ['--version'], { stdio: 'ignore' }).error === undefined;

type Functions = Readonly<Record<string, Files>>;

async function place(functions: Functions, config = {}) {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject(functions, { ...configFor(emulator), sweepSeconds: 1, ...config });
  const settled = async (program: Played): Promise<void> => {
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitForLive(Object.keys(functions).map((name) => [name, 'dev']));
  };
  return { emulator, project, settled };
}

async function scene(functions: Functions, config = {}) {
  const { emulator, project, settled } = await place(functions, config);
  const program = insideWith(emulator, project, ['watch']);
  await settled(program);
  return { emulator, project, program };
}

/** How long the machine sleeps: it is what happens, nothing is waited for. */
const asleepMs = 2000;
/** When the writer goes on: a sweep has come by then, and the quiet time has not ended. */
const sweptMs = 1500;

async function expectSame(emulator: Emulator, { root }: Project, name: string): Promise<void> {
  const files = await emulator.files('dev', name);
  const wanted = packedFiles(join(root, name));
  expect([...files.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [path, bytes] of wanted) expect(files.get(path)?.equals(bytes), path).toBe(true);
}

it('a change that made no event is found, sent, counted and told', async () => {
  const { emulator, project, program } = await scene({ pay: entry('1') });
  const twin = join(project.folder, 'twin.js');
  linkSync(join(project.root, 'pay', 'index.js'), twin);
  const from = program.events.length;
  writeFileSync(twin, 'exports.main = "written through another name";\n');
  await program.waitForLive([['pay', 'dev']], from);
  await expectSame(emulator, project, 'pay');
  const told = await program.waitFor((seen) => seen.event === 'notice', from);
  expect(told).toMatchObject({ kind: 'watch-missed', detail: expect.stringContaining('pay (1 ') });
  await program.stop();
});

it('a change that events told of is none that they missed', async () => {
  const { project, program } = await scene({ pay: entry('1'), cart: entry('1') });
  for (let save = 0; save < 2; save += 1) {
    const from = program.events.length;
    await project.write('functions/pay/index.js', `exports.main = ${save};\n`);
    await program.waitForLive([['pay', 'dev']], from);
  }
  // The sweep that finds this one has looked at everything since.
  linkSync(join(project.root, 'cart', 'index.js'), join(project.folder, 'twin.js'));
  writeFileSync(join(project.folder, 'twin.js'), 'exports.main = "written through another name";\n');
  const missed = await program.waitFor((seen) => seen['kind'] === 'watch-missed');
  expect(missed['detail']).toContain('cart (1 since the start)');
  expect(missed['detail']).not.toContain('pay');
  await program.stop();
});

it('without events too, a file that was truncated and is filled within the quiet time goes out once', async () => {
  const files = { 'index.js': 'exports.main = 1;\n', 'a.js': '1\n' };
  const quietTime = { debounceMs: 2500, debounceMaxMs: 30_000 };
  const { emulator, project, settled } = await place({ pay: files }, quietTime);
  const program = runWith(emulator, project, ['watch'], { CHOKIDAR_USEPOLLING: '1' });
  await settled(program);
  const before = uploads(emulator);
  const from = program.events.length;
  const path = join(project.root, 'pay', 'a.js');
  truncateSync(path);
  await pause(sweptMs);
  writeFileSync(path, 'whole again\n');
  await program.waitForLive([['pay', 'dev']], from);
  await expectSame(emulator, project, 'pay');
  expect(uploads(emulator)).toBe(before + 1);
  await program.stop();
});

it('names with spaces, quotes, newlines and emoji; sockets and pipes beside them', async () => {
  const names = [
    'a b.js',
    "it's.js",
    '表情😀.js',
    'é.js',
    '%20.js',
    '$(x).js',
    ...(onWindows ? [] : ['a\nb.js', '"q".js']),
  ];
  const { emulator, project, program } = await scene({ pay: entry('1') });
  const folder = join(project.root, 'pay');
  if (!onWindows) {
    const server = createServer().listen(join(folder, 'its.sock'));
    onTestFinished(() => void server.close());
  }
  if (hasFifo) execFileSync('mkfifo', [join(folder, 'its.pipe')]);
  const from = program.events.length;
  for (const name of names) writeFileSync(join(folder, name.normalize('NFC')), `// ${name}\n`);
  await program.waitForLive([['pay', 'dev']], from);
  const files = await emulator.files('dev', 'pay');
  expect([...files.keys()].sort()).toEqual(
    ['index.js', ...names.map((name) => name.normalize('NFC'))].sort(),
  );
  for (const name of names) expect(files.get(name.normalize('NFC'))?.toString()).toBe(`// ${name}\n`);
  await program.stop();
});

it('the functions root is a link that is turned to another folder', async () => {
  const { emulator, project, program } = await scene({ pay: entry('1'), cart: entry('1') });
  const from = program.events.length;
  mkdirSync(join(project.folder, 'one'));
  renameSync(project.root, join(project.folder, 'one', 'functions'));
  symlinkSync(join(project.folder, 'one', 'functions'), project.root, 'junction');
  await project.write('two/pay/index.js', 'exports.main = "two";\n');
  await project.write('two/cart/index.js', 'exports.main = "two";\n');
  unlinkSync(project.root);
  symlinkSync(join(project.folder, 'two'), project.root, 'junction');
  await program.waitForLive(
    [
      ['pay', 'dev'],
      ['cart', 'dev'],
    ],
    from,
  );
  await expectSame(emulator, project, 'pay');
  const again = program.events.length;
  await project.write('two/pay/index.js', 'exports.main = "edited there";\n');
  await program.waitForLive([['pay', 'dev']], again);
  await expectSame(emulator, project, 'pay');
  await program.stop();
});

it.skipIf(onWindows)('what is edited while the machine sleeps is sent after it wakes', async () => {
  const { emulator, project, settled } = await place({ pay: entry('1') }, { sweepSeconds: 300 });
  const program = runWith(emulator, project, ['watch']);
  await settled(program);
  const from = program.events.length;
  program.signal('SIGSTOP');
  await project.write('functions/pay/index.js', 'exports.main = "while asleep";\n');
  await project.write('functions/pay/new/deep.js', '1\n');
  // Longer than what a busy machine may make a process wait.
  await pause(asleepMs);
  program.signal('SIGCONT');
  await program.waitForLive([['pay', 'dev']], from);
  await expectSame(emulator, project, 'pay');
  await program.stop();
});
