/** Where bundled code threw: the map that esbuild itself writes, read back. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { placesOf } from '../../src/answers/places.js';
import { defaultConfig } from '../../src/config/config.js';
import { temporaryFolder } from '../support/rig.js';
import { plainFunction } from '../support/snapshot-project.js';

it('is the source that esbuild bundled', async () => {
  const folder = await temporaryFolder();
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const functions = { pay: { ...plainFunction, build: { kind: 'esbuild' } } } as const;
  const config = defaultConfig(folder, {
    envs: ['dev'],
    functionsRoots: [join(folder, 'functions')],
    functions,
  });
  await write(
    'functions/pay/index.ts',
    "import { fail } from './lib/fail';\nexport const main = async () => fail();\n",
  );
  await write('functions/pay/lib/fail.ts', "export function fail(): never {\n  throw new Error('no');\n}\n");
  const outfile = join(folder, '.tcb-watch/builds/pay/index.js');
  const made = await build({
    ...{ absWorkingDir: join(folder, 'functions/pay'), entryPoints: ['index.ts'], outfile },
    ...{ bundle: true, format: 'cjs', sourcemap: 'external', sourcesContent: false, write: false },
  });
  const bundle = made.outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? '';
  await write(
    '.tcb-watch/builds/pay.map',
    made.outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '',
  );
  const lines = bundle.split('\n');
  const line = lines.findIndex((each) => each.includes('throw new Error'));
  const column = (lines[line] ?? '').indexOf('new Error') + 1;
  const thrown = `Error: no\n    at main (/var/user/index.js:${line + 1}:${column})`;
  const origin = { config, function: 'pay', isLatest: true, folder: join(folder, 'functions/pay') };
  expect(await placesOf(thrown, origin)).toEqual(['functions/pay/lib/fail.ts:2:9']);
});
