/** A bundle is shown as its sources only by the map of this very bundle. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { withSourceMap } from '../../../src/emulator/runner/source-map.js';
import { freshFolder } from '../rig.js';

const code = 'exports.main = () => 1;';
const files = new Map([['index.js', { content: Buffer.from(code), executable: false }]]);
const mapOf = (bundle: string) => ({
  ...{ version: 3, sources: ['../../src/pay/index.ts'], mappings: 'AAAA' },
  x_sha256: createHash('sha256').update(bundle).digest('hex'),
});

test.each<readonly [what: string, map: string | null]>([
  ['no map', null],
  ['the map of an older bundle', JSON.stringify(mapOf('exports.main = () => 0;'))],
  ['a map without a hash', JSON.stringify({ ...mapOf(code), x_sha256: undefined })],
  ['a map that is being written', JSON.stringify(mapOf(code)).slice(0, 40)],
  ['a map that is a list', '[]'],
])('%s: the code as it is', async (_, map) => {
  const maps = await freshFolder();
  if (map !== null) await writeFile(join(maps, 'pay.map'), map);
  expect(await withSourceMap('pay', files, { maps })).toBe(files);
});

test('its own map: linked at the end, with whole addresses of the sources', async () => {
  const maps = await freshFolder();
  await writeFile(join(maps, 'pay.map'), JSON.stringify(mapOf(code)));
  const mapped = await withSourceMap('pay', files, { maps });
  expect(mapped.get('index.js')?.content.toString()).toBe(`${code}\n//# sourceMappingURL=index.js.map\n`);
  const map: unknown = JSON.parse(mapped.get('index.js.map')?.content.toString() ?? '');
  const source = pathToFileURL(join(maps, '../src/pay/index.ts')).href;
  expect(map).toMatchObject({ sources: [source], mappings: 'AAAA' });
  expect(await withSourceMap('other', files, { maps })).toBe(files);
  expect(await withSourceMap('pay', files, {})).toBe(files);
});
