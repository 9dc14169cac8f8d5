/** How long a history may hold more than its bound, where what stays is more than that; and what it begins with. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { fingerprintOf } from '../../src/content/fingerprint.js';
import { createSlices } from '../../src/content/slices.js';
import { createHistory } from '../../src/history/history.js';
import { openStore } from '../../src/history/store.js';
import { packContent } from '../../src/zip/deflate.js';
import { temporaryFolder } from '../support/rig.js';

const bytes = 780_000;
const blocks = 40_000;

async function scene(there?: string) {
  const folder = there ?? join(await temporaryFolder(), '.tcb-watch');
  const history = createHistory({
    ...{ folder, endpoint: () => 'emulator', bounds: () => ({ versions: 20, bytes }) },
    commits: { of: async () => null },
    onTrouble: (error) => {
      throw error;
    },
  });
  const clock = { at: 1_000_000 };
  /** A content of this size is sent and runs from then on. */
  const save = async (name: string, size: number): Promise<void> => {
    clock.at += 1000;
    const { at } = clock;
    const content = randomBytes(size);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const files = [{ path: 'index.js', executable: false, sha256, packed: await packContent(content) }];
    const fingerprint = await fingerprintOf(files, createSlices());
    history.sent({
      ...{ function: name, fingerprint, files, zipBytes: 1, at, dir: '/p', repository: null, again: null },
    });
    history.stands(name, [{ env: 'dev', live: { fingerprint, since: at, undo: false }, ended: null }], at);
    await history.written();
  };
  return { folder, clock, save };
}

it('is kept to again a minute after what stayed may leave', async () => {
  const { folder, clock, save } = await scene();
  const held = async (): Promise<number> => (await openStore(folder).measure()).bytes;
  for (const name of ['pay', 'login', 'pay', 'login']) await save(name, 200_000);
  expect(await held()).toBeGreaterThan(bytes);
  // All that stays is small by now, and nobody has looked.
  for (let round = 0; round < 2; round += 1) for (const name of ['pay', 'login']) await save(name, 100);
  expect(await held()).toBeGreaterThan(bytes);
  clock.at += 60_000;
  await save('pay', 100);
  expect(await held()).toBeLessThan(bytes + blocks);
});

it('begins with clearing what a killed process left', async () => {
  const { folder, save } = await scene();
  await save('pay', 100);
  const left = ['drafts/1-1-x', `objects/ab/ab${'0'.repeat(62)}`].map((place) =>
    join(folder, 'history', place),
  );
  for (const file of left) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'half');
  }
  await (await scene(folder)).save('login', 100);
  expect(left.filter((file) => existsSync(file))).toEqual([]);
  expect((await openStore(folder).measure()).bytes).toBeGreaterThan(0);
});
