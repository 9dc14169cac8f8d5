/** chokidar's traps, repeated until they would have snapped. See the header of src/watch/repair.ts. */

import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRig, put } from '../support/watcher-rig.js';

const ROUNDS = 60;

test(`a directory deleted and made again in one burst, ${ROUNDS} times: none deaf`, async () => {
  const rig = await createRig({ before: (root) => put(join(root, 'pay/lib/deep/a.js'), '0') });
  for (let round = 0; round < ROUNDS; round += 1) {
    const dir = round % 2 === 0 ? 'pay/lib' : 'pay/lib/deep';
    rmSync(rig.path(dir), { recursive: true });
    rig.write('pay/lib/deep/a.js', `round ${round}`);
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/lib/deep/a.js');
  }
  expect(rig.problems).toEqual([]);
  expect(rig.watcher.directories()).toBe(4);
}, 180_000);

test('replaced by renames in one burst, many times: none deaf', async () => {
  const rig = await createRig({ before: (root) => put(join(root, 'pay/lib/deep/a.js'), '0') });
  for (let round = 0; round < 20; round += 1) {
    put(join(rig.base, 'next/deep/a.js'), `round ${round}`);
    renameSync(rig.path('pay/lib'), join(rig.base, `old${round}`));
    renameSync(join(rig.base, 'next'), rig.path('pay/lib'));
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/lib/deep/a.js');
  }
}, 180_000);

const hasGit = ((): boolean => {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasGit)(
  'git checkout of another branch there and back: none deaf',
  async () => {
    const rig = await createRig();
    const git = (...args: string[]): void => {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'core.autocrlf=false'];
      execFileSync('git', [...identity, ...args], { cwd: rig.root, stdio: 'ignore' });
    };
    git('init', '-b', 'one');
    for (let i = 0; i < 20; i += 1) rig.write(`pay/lib/d${i}/sub/a.js`, 'one');
    git('add', '-A');
    git('commit', '-m', 'one');
    git('checkout', '-b', 'two');
    rmSync(rig.path('pay/lib'), { recursive: true });
    for (let i = 0; i < 20; i += 1) rig.write(`pay/lib/d${i}/other/b.js`, 'two');
    git('add', '-A');
    git('commit', '-m', 'two');
    for (let round = 0; round < 6; round += 1) {
      git('checkout', '-q', round % 2 === 0 ? 'one' : 'two');
      await rig.untilSeenIsDisk();
      const file = round % 2 === 0 ? 'sub/a.js' : 'other/b.js';
      for (let i = 0; i < 20; i += 5) await rig.editUntilSeen(`pay/lib/d${i}/${file}`);
      git('checkout', '-q', '--', '.');
    }
  },
  180_000,
);

test('a burst of 2,000 files in 200 new directories while the thread is busy: all seen, all watched', async () => {
  const rig = await createRig();
  const writeAll = (text: string): void => {
    for (let file = 0; file < 2_000; file += 1) {
      rig.write(`pay/d${file % 200}/f${Math.floor(file / 200)}.js`, `${text} ${file}`);
    }
  };
  writeAll('first');
  const end = performance.now() + 300;
  while (performance.now() < end) Math.sqrt(end);
  await rig.untilSeenIsDisk();
  await rig.until('all watched', () => rig.watcher.directories() === 202);
  for (let i = 0; i < 200; i += 20) await rig.editUntilSeen(`pay/d${i}/f3.js`);
  writeAll('second');
  await rig.until('a hint for everything once the burst is over', () => rig.touched.includes(rig.root));
}, 180_000);
