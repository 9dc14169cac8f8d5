/** `build.command`: how it ends, and where its lines say that something is wrong. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runBuildCommand } from '../../src/build/command.js';
import type { BuildEnd } from '../../src/build/model.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { temporaryFolder } from '../support/rig.js';

async function run(command: string, files: Readonly<Record<string, string>> = {}): Promise<BuildEnd> {
  const projectFolder = await temporaryFolder();
  const dir = join(projectFolder, 'functions/ts');
  await mkdir(join(dir, 'src'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const source = { name: 'ts', dir, projectFolder, rules: createIgnoreRules([]), entries: null, shared: [] };
  return runBuildCommand(
    {
      ...{ name: 'ts', build: { kind: 'command', command, output: 'dist' }, dir, projectFolder, source },
      ...{ output: join(dir, 'dist'), files: [], runtime: 16.13, environment: process.env },
    },
    new AbortController().signal,
  );
}

it('names the places of errors from the project, as editors open them', async () => {
  const said = 'index.ts(2,5): error TS2322\nsrc/a.ts:3:1 - error\nabsent.ts(1,1): error\nindex.ts is wrong';
  const program = `console.log(${JSON.stringify(said)}); process.exit(2)`;
  const ended = await run(`${JSON.stringify(process.execPath)} say.cjs`, {
    'say.cjs': program,
    'index.ts': '',
    'src/a.ts': '',
  });
  expect(ended).toMatchObject({ type: 'failed', fault: 'compiler' });
  expect(ended.type === 'failed' ? ended.output.split('\n').slice(0, 4) : []).toEqual([
    'functions/ts/index.ts:2:5: error TS2322',
    'functions/ts/src/a.ts:3:1 - error',
    'absent.ts(1,1): error',
    'index.ts is wrong',
  ]);
});

it('a command that ends well without an output has not built', async () => {
  expect(await run('exit 0')).toEqual({ type: 'failed', fault: 'no-output', output: 'dist', inputs: [] });
  expect(await run('mkdir dist')).toEqual({ type: 'built', inputs: [] });
});
