import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { deployed, doctor, withToken } from '../support/doctor-rig.js';
import { configFor, entry, runWith } from '../support/rig.js';

test('one that was sent and has lost its entry since', async () => {
  const { emulator, project } = await deployed({ fn: entry('1'), lost: entry('1') });
  const pushed = runWith(emulator, project, ['push', '--force']);
  expect((await pushed.exit).code).toBe(0);
  await project.remove('functions/lost/index.js');
  await project.write('functions/lost/other.js', '');
  const result = await doctor(project, {}, withToken(emulator));
  expect(result.of('content')).toEqual(['good fn', 'bad lost']);
  expect(result.code).toBe(6);
});

test('esbuild bundles, for a look at the result, and nothing is left of it', async () => {
  const { project, emulator } = await deployed({
    fn: {
      'src/index.ts': "import { b } from './b.js';\nexport const main = (): number => b;\n",
      'src/b.ts': 'export const b: number = 1;\n',
    },
  });
  await project.configure({ ...configFor(emulator), functions: { fn: { build: 'esbuild' } } });
  const before = await readdir(project.folder, { recursive: true });
  const good = await doctor(project, {}, withToken(emulator));
  expect(good.of('build')).toEqual(['good fn']);
  expect(good.of('content')).toEqual(['good fn']);
  expect(good.detail('content')).toContain('index.js');
  expect(good.code).toBe(0);
  await project.write('functions/fn/src/b.ts', 'export const b: number = ;\n');
  const bad = await doctor(project, {}, withToken(emulator));
  expect(bad.of('content')).toEqual(['bad fn']);
  expect(bad.detail('content')).toContain('functions/fn/src/b.ts:1:26: Unexpected ";"');
  expect(bad.code).toBe(6);
  expect(await readdir(project.folder, { recursive: true })).toEqual(before);
});
