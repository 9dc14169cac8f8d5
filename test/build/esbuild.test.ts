/**
 * The requests to esbuild, and the use of its answers. The project has a package of that name that answers as each test
 * says, without a process; the real one is asked in test/e2e.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createBuiltContent } from '../../src/build/builds.js';
import { runEsbuild } from '../../src/build/esbuild.js';
import type { BuildEnd, BuildRun } from '../../src/build/model.js';
import { realDisk } from '../../src/content/disk.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import { temporaryFolder } from '../support/rig.js';

/** Answers by answers.json of the working folder, in turn, the last again and again; notes what it was asked in asked.json. */
const standIn = `
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
let turn = 0;
const said = (folder) => {
  const file = join(folder, 'answers.json');
  const answers = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [{}];
  return answers[Math.min(turn++, answers.length - 1)];
};
const text = (path, text) => ({ path, text, contents: Buffer.from(text) });
exports.stop = async () => note({ stopped: true });
let note = () => {};
exports.context = async (options) => {
  note = (line) => appendFileSync(join(__dirname, 'asked.jsonl'), JSON.stringify(line) + '\\n');
  note(options);
  let cancel = () => {};
  return {
    cancel: async () => { note({ cancelled: true }); cancel(); },
    dispose: async () => note({ disposed: true }),
    rebuild() {
      const { waits, gone, errors, code, inputs = {} } = said(options.absWorkingDir);
      if (waits) return new Promise((_, reject) => { cancel = () => reject(new Error('canceled')); note({ waits }); });
      if (gone) throw new Error('The service was stopped');
      if (errors) throw Object.assign(new Error('Build failed'), { errors });
      if (code) throw Object.assign(new Error(code), { code, path: join(options.absWorkingDir, 'index.ts') });
      return {
        outputFiles: [text(options.outfile, 'bundle'), text(options.outfile + '.map', '{"version":3}')],
        metafile: { inputs },
      };
    },
  };
};
`;

const line = z.looseObject({});

async function scene(files: Readonly<Record<string, string>>, answers?: readonly unknown[], main = standIn) {
  const projectFolder = await temporaryFolder();
  const dir = join(projectFolder, 'functions/pay');
  const write = async (name: string, content: string): Promise<void> => {
    await mkdir(dirname(join(projectFolder, name)), { recursive: true });
    await writeFile(join(projectFolder, name), content);
  };
  await write('node_modules/esbuild/package.json', '{"name": "esbuild", "main": "main.js"}');
  await write('node_modules/esbuild/main.js', main);
  for (const [name, content] of Object.entries(files)) await write(`functions/pay/${name}`, content);
  if (answers !== undefined) await write('functions/pay/answers.json', JSON.stringify(answers));
  const source = {
    ...{ name: 'pay', dir, projectFolder, rules: createIgnoreRules([]), entries: null, shared: [] },
  };
  const output = join(projectFolder, 'built/pay');
  const task: BuildRun & { readonly build: { readonly kind: 'esbuild' } } = {
    ...{ name: 'pay', build: { kind: 'esbuild' }, dir, projectFolder, source, output },
    ...{ runtime: 12.16, environment: {} },
    files: Object.keys(files).map((path) => ({
      ...{ path, file: join(dir, path) },
      stat: realDisk.stat(join(dir, path)),
    })),
  };
  const asked = () => {
    const file = join(projectFolder, 'node_modules/esbuild/asked.jsonl');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    return lines.map((each) => line.parse(JSON.parse(each)));
  };
  const run = (signal = new AbortController().signal): Promise<BuildEnd> => runEsbuild(task, signal);
  return { projectFolder, dir, output, write, run, asked, task };
}

it('bundles for the runtime of the cloud, without what the cloud installs', async () => {
  const { run, asked, dir, output } = await scene({
    'index.ts': '',
    'package.json': '{"version": "2.0.1", "dependencies": {"wx-server-sdk": "~2.6.3"}}',
  });
  expect(await run()).toEqual({ type: 'built', inputs: [] });
  expect(asked()[0]).toMatchObject({
    ...{
      absWorkingDir: dir,
      entryPoints: ['index.ts'],
      outfile: join(output, 'index.js'),
      target: 'node12.16',
    },
    ...{ external: ['wx-server-sdk', 'wx-server-sdk/*'], bundle: true, format: 'cjs', platform: 'node' },
    ...{ write: false, metafile: true, sourcemap: 'external', sourcesContent: false, charset: 'utf8' },
  });
  expect(asked().at(-1)).toEqual({ disposed: true });
  expect(JSON.parse(readFileSync(join(output, 'package.json'), 'utf8'))).toEqual({
    ...{ name: 'pay', version: '2.0.1', main: 'index.js', dependencies: { 'wx-server-sdk': '~2.6.3' } },
  });
});

it.each([
  ['{"main": "src/app.js"}', ['index.ts', 'src/app.ts'], 'src/app.ts'],
  ['{"main": "./app.mjs"}', ['app.mjs', 'index.ts'], 'app.mjs'],
  ['{"main": "gone.js"}', ['index.mjs', 'src/index.mts'], 'src/index.mts'],
  ['{"dependencies": "none"}', ['src/index.ts', 'index.js'], 'src/index.ts'],
  ['[]', ['index.cjs', 'src/index.js'], 'src/index.js'],
  ['no json', ['index.js', 'index.cjs'], 'index.js'],
])('%s with %j begins at %s', async (manifest, sources, entry) => {
  const { run, asked } = await scene({
    'package.json': manifest,
    ...Object.fromEntries(sources.map((name) => [name, ''])),
  });
  expect(await run()).toMatchObject({ type: 'built' });
  expect(asked()[0]).toMatchObject({ entryPoints: [entry], external: [] });
});

it('leaves the bundle, its manifest and what is no source; the map, with the hash of its bundle, next to them', async () => {
  const { run, output, dir } = await scene({
    ...{ 'index.ts': '', 'lib/tool.mjs': '', 'tsconfig.json': '{}', 'old.js.map': '{}' },
    ...{ 'data/prices.json': '[1]', 'page.html': '<p>' },
  });
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'left.txt'), 'of an earlier build');
  await run();
  const names = () => readdirSync(output, { recursive: true, encoding: 'utf8' }).sort();
  expect(names()).toEqual(['data', join('data', 'prices.json'), 'index.js', 'package.json', 'page.html']);
  expect(readFileSync(join(output, 'index.js'), 'utf8')).toBe('bundle');
  expect(readFileSync(join(output, 'page.html'), 'utf8')).toBe('<p>');
  const map = line.parse(JSON.parse(readFileSync(`${output}.map`, 'utf8')));
  expect(map).toEqual({ version: 3, x_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const { mtimeMs, ino } = statSync(join(output, 'page.html'));
  await writeFile(join(dir, 'data/prices.json'), '[2]');
  await run();
  expect(statSync(join(output, 'page.html'))).toMatchObject({ mtimeMs, ino });
  expect(readFileSync(join(output, 'data/prices.json'), 'utf8')).toBe('[2]');
});

it('names what the bundle was made of, without what esbuild made up', async () => {
  const inputs = { 'index.ts': {}, '../common/a.ts': {}, 'disabled:fs': {} };
  const { run, dir } = await scene({ 'index.ts': '' }, [{ inputs }]);
  expect(await run()).toEqual({
    type: 'built',
    inputs: [join(dir, 'index.ts'), join(dir, '../common/a.ts')],
  });
});

it('gives the places of errors from the project, with columns from 1', async () => {
  const errors = [
    { text: 'Unexpected "}"', location: { file: 'index.ts', line: 3, column: 0 } },
    { text: 'Too many errors', location: null },
  ];
  const { run, dir } = await scene({ 'index.ts': '' }, [{ errors }]);
  expect(await run()).toEqual({
    ...{ type: 'failed', fault: 'compiler', inputs: [join(dir, 'index.ts')] },
    output: 'functions/pay/index.ts:3:1: Unexpected "}"\nToo many errors',
  });
});

it('asks once more where the service of esbuild was gone, and no further', async () => {
  const again = await scene({ 'index.ts': '' }, [{ gone: true }, {}]);
  expect(await again.run()).toMatchObject({ type: 'built' });
  expect(again.asked().filter(({ stopped }) => stopped === true)).toHaveLength(1);
  const never = await scene({ 'index.ts': '' }, [{ gone: true }]);
  await expect(never.run()).rejects.toThrow('service was stopped');
});

it('cancels what runs when it is overtaken', async () => {
  const { run, asked, projectFolder } = await scene({ 'index.ts': '' }, [{ waits: true }]);
  const stop = new AbortController();
  const ended = run(stop.signal);
  const file = join(projectFolder, 'node_modules/esbuild/asked.jsonl');
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('waits'));
  stop.abort();
  expect(await ended).toEqual({ type: 'cancelled' });
  expect(asked().slice(-2)).toEqual([{ cancelled: true }, { disposed: true }]);
});

it('says what is missing or cannot be read', async () => {
  const inputs: readonly string[] = [];
  const unreadable = await scene({ 'index.ts': '' }, [{ code: 'EACCES' }]);
  expect(await unreadable.run()).toEqual({ type: 'unreadable', path: 'index.ts', code: 'EACCES', inputs });
  const empty = await scene({ 'readme.txt': '' });
  expect(await empty.run()).toEqual({
    ...{ type: 'failed', fault: 'no-source', output: 'index.ts, src/index.ts', inputs },
  });
  const other = await scene({ 'index.ts': '' }, undefined, 'exports.build = () => undefined;');
  expect(await other.run()).toEqual({ type: 'failed', fault: 'no-esbuild', output: '', inputs });
  const folder = await scene({ 'index.ts': '' });
  await mkdir(join(folder.dir, 'package.json'));
  expect(await folder.run()).toMatchObject({ type: 'unreadable', path: 'package.json' });
});

it('is found as the default export, too', async () => {
  const main = `module.exports = { __esModule: false, default: {} };\n${standIn.replaceAll('exports.', 'module.exports.default.')}`;
  const { run } = await scene({ 'index.ts': '' }, undefined, main);
  expect(await run()).toMatchObject({ type: 'built' });
});

async function project(build: unknown, more: Readonly<Record<string, string>> = {}) {
  const { projectFolder, write, asked } = await scene({ 'index.ts': '', 'package.json': '{}', ...more });
  const config = {
    functionsRoot: 'functions',
    envs: ['dev'],
    endpoint: 'emulator',
    functions: { pay: { build } },
  };
  await write('watch.config.json', JSON.stringify(config));
  const loaded = await loadConfig({ from: projectFolder, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const building = {
    ...{ folder: join(projectFolder, 'built'), environment: () => ({}) },
    ...{ redact: (text: string) => text, runsCommands: false },
  };
  const content = createBuiltContent(loaded.config, await discover(loaded.config), building);
  onTestFinished(() => content.close());
  return { content, projectFolder, asked, write };
}

it('is built for the oldest runtime that any cloud runs it with, and anew for an older one', async () => {
  const { content, asked } = await project('esbuild');
  const targets = () => asked().flatMap(({ target }) => target ?? []);
  expect(await content.scan('pay', false)).toMatchObject({ ok: true });
  expect(content.noteRuntime('pay', 'Nodejs18.15')).toBe(false);
  expect(content.noteRuntime('pay', 'Php7')).toBe(false);
  expect(content.noteRuntime('pay', 'Nodejs12.16')).toBe(true);
  expect(content.noteRuntime('pay', 'Nodejs12.16')).toBe(false);
  expect(content.noteRuntime('pay', 'Nodejs14.18')).toBe(false);
  await content.scan('pay', false);
  await content.scan('pay', false);
  expect(targets()).toEqual(['node16.13', 'node12.16']);
});

it('sends what an earlier command left where commands are not to run, and says where there is none', async () => {
  const command = { command: 'make', output: 'dist' };
  const none = await project(command);
  expect(await none.content.scan('pay', false)).toMatchObject({
    ok: false,
    problem: { reason: 'build-failed', fault: 'no-output', output: 'dist' },
  });
  expect(none.content.noteRuntime('pay', 'Nodejs12.16')).toBe(false);
  const left = await project(command, { 'dist/index.js': 'exports.main = 1;' });
  expect(await left.content.scan('pay', false)).toMatchObject({ ok: true });
  expect([...(left.content.scannedFiles('pay')?.keys() ?? [])]).toEqual(['index.js']);
});
