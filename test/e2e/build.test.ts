/** Functions that are built before they are sent. */
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runEsbuild } from '../../src/build/esbuild.js';
import { realDisk } from '../../src/content/disk.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import type { Emulator } from '../../src/emulator/index.js';
import { loadConfig } from '../../src/functions/load.js';
import { createTrustStore } from '../../src/state/trust.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  running,
  runWith,
  temporaryFolder,
  uploads,
} from '../support/rig.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const index =
  "import { price } from '../../lib/price.js';\nexport const main = async (): Promise<number> => price(2);\n";
const price = (factor: number): string =>
  `export const price = (count: number): number => count * ${factor};\n`;

async function typescript(config: Readonly<Record<string, unknown>> = {}, esbuild = true) {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject(
    { pay: { 'index.ts': index, 'package.json': '{"name":"pay","dependencies":{"left-pad":"1"}}' } },
    { ...configFor(emulator), functions: { pay: { build: 'esbuild' } }, ...config },
  );
  await project.write('lib/price.ts', price(10));
  if (esbuild) {
    await mkdir(join(project.folder, 'node_modules'));
    await symlink(join(modules, 'esbuild'), join(project.folder, 'node_modules/esbuild'), 'junction');
  }
  return { emulator, project };
}

async function invoke(emulator: Emulator, name: string): Promise<unknown> {
  const query = new URLSearchParams({ access_token: emulator.token, env: 'dev', name });
  const answer = await fetch(`${emulator.url}/tcb/invokecloudfunction?${query}`, {
    method: 'POST',
    body: '{}',
  });
  const body: unknown = await answer.json();
  return body;
}

function watched(emulator: Emulator, project: Project, names: readonly string[]): Promise<Played> {
  return settled(insideWith(emulator, project, ['watch']), names);
}

async function settled<P extends Played>(program: P, names: readonly string[]): Promise<P> {
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(names.map((name) => [name, 'dev'] as const));
  return program;
}

it('bundles TypeScript to what the cloud runs, and keeps its dependencies for the cloud to install', async () => {
  const { emulator, project } = await typescript();
  await project.write('functions/pay/templates/mail.txt', 'Dear …');
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect(await invoke(emulator, 'pay')).toMatchObject({ errcode: 0, resp_data: '20' });
  const files = await running(emulator, 'dev', 'pay');
  expect([...files.keys()].sort()).toEqual(['index.js', 'package.json', 'templates/mail.txt']);
  expect(JSON.parse(files.get('package.json') ?? '')).toMatchObject({
    main: 'index.js',
    dependencies: { 'left-pad': '1' },
  });
  expect(await readFile(join(project.folder, '.tcb-watch/builds/pay.map'), 'utf8')).toContain('price.ts');
});

it('a dry run leaves nothing of what it had to build', async () => {
  const { emulator, project } = await typescript();
  const temporary = await temporaryFolder();
  const program = runWith(emulator, project, ['push', '--dry-run'], { TMPDIR: temporary });
  expect((await program.exit).code).toBe(0);
  expect(program.events.find((seen) => seen.event === 'planned')).toMatchObject({ function: 'pay' });
  expect((await readdir(temporary)).filter((name) => name.startsWith('tcb-watch'))).toEqual([]);
});

it('a dry run runs no build command, and takes what the last one left', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const build = { command: 'node build.js', output: 'dist' };
  const config = { ...configFor(emulator), functions: { pay: { build } } };
  const files = { 'build.js': "require('node:fs').writeFileSync('ran', '')\n" };
  const project = await makeProject({ pay: files }, config);
  const dryRun = () => insideWith(emulator, project, ['push', '--dry-run']);
  const without = dryRun();
  await without.exit;
  expect(without.events.find((seen) => seen.event === 'held')).toMatchObject({ reason: 'build-failed' });
  await project.write('functions/pay/dist/index.js', 'exports.main = async () => 1;\n');
  const left = dryRun();
  await left.exit;
  expect(left.events.find((seen) => seen.event === 'planned')).toMatchObject({ function: 'pay' });
  expect(await readdir(join(project.root, 'pay'))).toEqual(['build.js', 'dist']);
});

it('builds again for a save in whatever the bundle read, wherever it lies', async () => {
  const { emulator, project } = await typescript();
  const program = await watched(emulator, project, ['pay']);
  const from = program.events.length;
  await project.write('lib/price.ts', price(20));
  await program.waitForLive([['pay', 'dev']], from);
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '40' });
  expect(program.events.slice(from).find((seen) => seen.event === 'pushing')).toMatchObject({
    cause: 'change',
  });
});

it('sends nothing when the bundle comes out the same', async () => {
  const { emulator, project } = await typescript();
  const program = await watched(emulator, project, ['pay']);
  const before = uploads(emulator);
  const from = program.events.length;
  await project.write('functions/pay/index.ts', `// a comment\n${index}`);
  await program.waitFor((seen) => seen.event === 'unchanged', from);
  await utimes(join(project.folder, 'lib/price.ts'), new Date(), new Date());
  await program.waitFor((seen) => seen.event === 'unchanged', program.events.length);
  expect(uploads(emulator)).toBe(before);
});

it('holds a function whose build fails with the compiler’s lines; the last good code stays live', async () => {
  const { emulator, project } = await typescript();
  const program = await watched(emulator, project, ['pay']);
  const from = program.events.length;
  await project.write('lib/price.ts', 'export const price = (count: number =>');
  const held = await program.waitFor((seen) => seen.event === 'held', from);
  expect(held).toMatchObject({ function: 'pay', reason: 'build-failed', env: null });
  expect(held['detail']).toMatch(/lib\/price\.ts:1:\d+: /);
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '20' });
  const next = program.events.length;
  await project.write('lib/price.ts', price(30));
  await program.waitForLive([['pay', 'dev']], next);
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '60' });
});

it('holds a function whose package.json cannot be read, instead of sending it without its dependencies', async () => {
  const { emulator, project } = await typescript();
  // A folder cannot be read by anybody, as a file could be by root.
  await project.remove('functions/pay/package.json');
  await project.write('functions/pay/package.json/note.txt', '');
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  const held = program.events.find(({ event }) => event === 'held');
  expect(held).toMatchObject({ function: 'pay', reason: 'unreadable' });
  expect(held?.['detail']).toBe('package.json is not a regular file.');
  expect(uploads(emulator)).toBe(0);
});

it('tells a result that cannot be kept from a bug, and goes on once it can', async () => {
  const { emulator, project } = await typescript();
  const program = await watched(emulator, project, ['pay']);
  const result = '.tcb-watch/builds/pay/index.js';
  await project.remove(result);
  await project.write(`${result}/in-the-way`, '');
  const from = program.events.length;
  await project.write('lib/price.ts', price(30));
  const held = await program.waitFor(({ event }) => event === 'held', from);
  expect(held).toMatchObject({ function: 'pay', reason: 'unreadable' });
  await project.remove(result);
  await project.write('lib/price.ts', price(40));
  await program.waitForLive([['pay', 'dev']], from);
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '80' });
  expect(program.events.filter((seen) => seen['kind'] === 'bug')).toEqual([]);
});

it('builds for the oldest Node that an environment runs', async () => {
  const { project } = await typescript();
  const dir = join(project.root, 'pay');
  const file = join(dir, 'index.ts');
  await writeFile(file, 'export const main = async (event?: { a?: number }) => event?.a ?? 1;\n');
  const output = join(project.folder, 'made');
  const files = [{ path: 'index.ts', file, stat: realDisk.stat(file) }];
  const { folder: projectFolder } = project;
  const task = { name: 'pay', build: { kind: 'esbuild' }, dir, projectFolder } as const;
  const source = { name: 'pay', dir, projectFolder, rules: createIgnoreRules([]), entries: null, shared: [] };
  const never = new AbortController().signal;
  for (const [runtime, kept] of [
    [16.13, true],
    [12.16, false],
  ] as const) {
    const run = { ...task, output, source, files, runtime, environment: {} };
    expect(await runEsbuild(run, never)).toMatchObject({ type: 'built' });
    expect((await readFile(join(output, 'index.js'), 'utf8')).includes('?.')).toBe(kept);
  }
});

const copy = (from: string): string =>
  `${JSON.stringify(process.execPath)} -e "fs.cpSync('${from}','dist',{recursive:true})"`;

async function commanded(command: string, files: Readonly<Record<string, string>>) {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject(
    { job: { 'src/index.js': 'exports.main = async () => 1;\n', ...files } },
    { ...configFor(emulator), functions: { job: { build: { command, output: 'dist' } } } },
  );
  return { emulator, project };
}

it('runs any other build, sends its output alone, and is not set off by it', async () => {
  const { emulator, project } = await commanded(`${copy('src')} && echo ran>>../runs.txt`, {});
  const program = await watched(emulator, project, ['job']);
  expect([...(await running(emulator, 'dev', 'job')).keys()]).toEqual(['index.js']);
  const from = program.events.length;
  await project.write('functions/job/src/index.js', 'exports.main = async () => 2;\n');
  await program.waitForLive([['job', 'dev']], from);
  expect(await invoke(emulator, 'job')).toMatchObject({ resp_data: '2' });
  await writeFile(join(project.root, 'job/src/end.js'), '');
  await program.waitFor((seen) => seen.event === 'changed', program.events.length);
  expect(await program.stop()).toBe(0);
  expect((await readFile(join(project.root, 'runs.txt'), 'utf8')).trim().split(/\s+/)).toHaveLength(3);
});

it('shows what a failing command says, and what it did not make', async () => {
  const { emulator, project } = await commanded('echo a.ts:3: no such thing 1>&2 && exit 2', {});
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  expect(program.events.find((seen) => seen.event === 'held')).toMatchObject({
    reason: 'build-failed',
    detail: expect.stringContaining('a.ts:3: no such thing'),
  });
  await project.configure({
    ...configFor(emulator),
    functions: { job: { build: { command: 'echo done', output: 'dist' } } },
  });
  const second = insideWith(emulator, project, ['push']);
  expect((await second.exit).code).toBe(6);
  expect(second.events.find((seen) => seen.event === 'held')?.['detail']).toContain('the folder dist');
});

it('an output that is a link out of the project is held, and nothing of it is sent', async () => {
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'index.js'), 'exports.main = () => "not ours";\n');
  const { emulator, project } = await commanded(`ln -sfn ${JSON.stringify(elsewhere)} dist`, {});
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  expect(program.events.find((seen) => seen.event === 'held')).toMatchObject({
    reason: 'outside-link',
    detail: expect.stringContaining(elsewhere),
  });
  expect(uploads(emulator)).toBe(0);
});

/** The steps of somebody who answers the question of `tcb-watch trust`. */
async function agreeTo(project: Project): Promise<void> {
  const loaded = await loadConfig({ from: project.folder, environment: process.env });
  if (!loaded.ok) throw new Error('the configuration is not valid');
  const store = createTrustStore(process.env);
  expect(await store.agree(join(project.folder, 'watch.config.json'), loaded.risks)).toBeNull();
}

it('builds again when the configuration’s command is mended, and when a variable changes', async () => {
  const { emulator, project } = await commanded('npm-run-biuld', {});
  await project.write('.env', 'ANSWER=1\n');
  await project.write('make.cjs', answering);
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'build-failed');
  const command = `${JSON.stringify(process.execPath)} ../../make.cjs`;
  await project.configure({
    ...configFor(emulator),
    functions: { job: { build: { command, output: 'dist' } } },
  });
  // A command that nobody agreed to is not run: the person who wrote it agrees, next to the running program.
  await program.waitFor((seen) => seen.event === 'config' && seen['state'] === 'invalid');
  await agreeTo(project);
  await program.waitForLive([['job', 'dev']]);
  expect(await invoke(emulator, 'job')).toMatchObject({ resp_data: '1' });
  const from = program.events.length;
  await project.write('.env', 'ANSWER=2\n');
  await program.waitForLive([['job', 'dev']], from);
  expect(await invoke(emulator, 'job')).toMatchObject({ resp_data: '2' });
});

it('builds again what failed for a push that somebody asks of the daemon', async () => {
  const fails = `${JSON.stringify(process.execPath)} ../../make.cjs`;
  const { emulator, project } = await commanded(fails, {});
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'build-failed');
  // Outside of everything that is watched, as a network or a global tool is.
  await project.write('make.cjs', answering);
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect(await invoke(emulator, 'job')).toMatchObject({ errcode: 0 });
});

/** A build whose result is what a variable says. */
const answering = `
const fs = require('node:fs');
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/index.js', 'exports.main = async () => ' + (process.env.ANSWER ?? 0));
`;

it('a build that stamps its own sources is built twice at most for an edit, and is live', async () => {
  const script = `
const fs = require('node:fs');
fs.appendFileSync('../../runs.txt', 'ran ');
fs.writeFileSync('src/stamp.js', 'module.exports = ' + process.hrtime.bigint() + 'n;');
setTimeout(() => fs.cpSync('src', 'dist', { recursive: true }), 300);
`;
  const { emulator, project } = await commanded(`${JSON.stringify(process.execPath)} build.cjs`, {
    'build.cjs': script,
  });
  const program = await watched(emulator, project, ['job']);
  const runs = async (): Promise<number> =>
    (await readFile(join(project.folder, 'runs.txt'), 'utf8')).trim().split(' ').length;
  const atFirst = await runs();
  const from = program.events.length;
  await project.write('functions/job/src/index.js', 'exports.main = async () => 2;\n');
  await program.waitForLive([['job', 'dev']], from);
  expect(await invoke(emulator, 'job')).toMatchObject({ resp_data: '2' });
  expect(await program.stop()).toBe(0);
  expect([atFirst <= 2, (await runs()) - atFirst <= 2]).toEqual([true, true]);
});

it.runIf(process.platform === 'linux')(
  'esbuild that was killed is begun again, and its places are the project’s, columns from 1',
  async () => {
    const { emulator, project } = await typescript();
    const program = await settled(runWith(emulator, project, ['watch']), ['pay']);
    for (const pid of await childrenOf(program.pid)) process.kill(pid, 'SIGKILL');
    const from = program.events.length;
    await project.write('functions/pay/index.ts', 'export const main = async () => 7;\n');
    await program.waitForLive([['pay', 'dev']], from);
    expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '7' });
    expect(program.events.filter((seen) => seen['kind'] === 'bug')).toEqual([]);
    await project.write('functions/pay/index.ts', 'export const main = ;\n');
    const held = await program.waitFor((seen) => seen.event === 'held', from);
    expect(held['detail']).toMatch(/^.*\nfunctions\/pay\/index\.ts:1:21: /);
  },
);

/** Linux: the processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

it('cancels a build that newer edits have overtaken', async () => {
  const visitor = await expectVisitor();
  const wait = `${JSON.stringify(process.execPath)} -e "fs.readFileSync('src/index.js','utf8').includes('hang')?net.connect(${visitor.port},'127.0.0.1'):fs.cpSync('src','dist',{recursive:true})"`;
  const { emulator, project } = await commanded(wait, {});
  const program = await watched(emulator, project, ['job']);
  const from = program.events.length;
  await project.write('functions/job/src/index.js', '// hang\n');
  await visitor.came;
  await project.write('functions/job/src/index.js', 'exports.main = async () => 3;\n');
  await visitor.left;
  await program.waitForLive([['job', 'dev']], from);
  expect(await invoke(emulator, 'job')).toMatchObject({ resp_data: '3' });
});

it('ends a build with the program', async () => {
  const visitor = await expectVisitor();
  const hang = `${JSON.stringify(process.execPath)} -e "net.connect(${visitor.port},'127.0.0.1')"`;
  const { emulator, project } = await commanded(hang, {});
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await visitor.came;
  expect(await program.stop()).toBe(0);
  await visitor.left;
});

/** Hears of a process by its connection, which ends with it. */
async function expectVisitor(): Promise<{ port: number; came: Promise<Socket>; left: Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const came = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const left = came.then(
    (socket) =>
      new Promise<void>((resolve) =>
        socket
          .once('close', () => resolve())
          .on('error', () => undefined)
          .resume(),
      ),
  );
  return { port, came, left };
}
