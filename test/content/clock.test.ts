/** File systems whose clock counts seconds and is minutes off lose no edit: neither a scan nor a glance believes a young state. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Disk, type FileStat, realDisk } from '../../src/content/disk.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { freshProject, sourceOf } from '../support/snapshot-project.js';

const minutes = 60_000_000_000n;

/** A file server all of whose changes came within one tick of a clock that is `off` by so many ns. */
function serverDisk(off: bigint): Disk {
  const oneTick = BigInt(Date.now()) * 1_000_000n + off;
  const served = (stat: FileStat): FileStat => ({ ...stat, mtimeNs: oneTick, ctimeNs: oneTick });
  const ms = Number(oneTick / 1_000_000n);
  return {
    ...realDisk,
    stat: (path) => served(realDisk.stat(path)),
    lstat: (path) => served(realDisk.lstat(path)),
    find(path) {
      const stat = realDisk.find(path);
      return stat && served(stat);
    },
    findCoarse(path) {
      const stat = realDisk.findCoarse(path);
      if (stat === null) return null;
      const { size, ino, mode } = stat;
      return { size, ino, mode, mtimeMs: ms, ctimeMs: ms };
    },
    open(path) {
      const file = realDisk.open(path);
      return { ...file, stat: () => served(file.stat()) };
    },
  };
}

function scene(off: bigint) {
  const project = freshProject();
  project.write({ 'fn/index.js': 'exports.main = 1' });
  const clock = { now: Date.now() };
  const opened: string[] = [];
  const locked = { now: false };
  const disk = serverDisk(off);
  const counting: Disk = {
    ...disk,
    open(path) {
      opened.push(path);
      if (locked.now) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
      return disk.open(path);
    },
  };
  const snapshots = createSnapshots({ maxZipBase64: () => 20_971_520, disk: counting, now: () => clock.now });
  const edit = (text: string): void => writeFileSync(project.path('fn/index.js'), text);
  const lock = (now: boolean): void => void Object.assign(locked, { now });
  return { clock, snapshots, source: sourceOf(project), edit, lock, opened };
}

it.each([
  ['right', 0n],
  ['5 minutes behind', -5n * minutes],
  ['5 minutes ahead', 5n * minutes],
])('a second edit of equal size in one tick is seen; the clock is %s', async (_what, off) => {
  const { clock, snapshots, source, edit } = scene(off);
  const first = await snapshots.scan(source, false);
  edit('exports.main = 2');
  const second = await snapshots.scan(source, false);
  expect(second).not.toEqual(first);
  edit('exports.main = 3');
  clock.now += 1_900;
  const third = await snapshots.glance(source);
  expect(third.ok && second.ok && third.fingerprint !== second.fingerprint).toBe(true);
});

it('a state that has stood for a tick is believed without reading it again', async () => {
  const { clock, snapshots, source, opened } = scene(-5n * minutes);
  await snapshots.scan(source, false);
  clock.now += 2_000;
  await snapshots.scan(source, false);
  const read = opened.length;
  expect(read).toBe(2);
  await snapshots.scan(source, false);
  await snapshots.glance(source);
  expect(opened.length).toBe(read);
});

it('a state that is older than any clock is off is believed at once', async () => {
  const { snapshots, source, opened } = scene(-90n * minutes);
  await snapshots.scan(source, false);
  await snapshots.scan(source, false);
  expect(opened.length).toBe(1);
});

it('a file that another program has open does not stop its function while it is what it was', async () => {
  const { clock, snapshots, source, edit, lock } = scene(0n);
  const first = await snapshots.scan(source, false);
  lock(true);
  expect(await snapshots.scan(source, false)).toEqual(first);
  clock.now += 5_000;
  expect(await snapshots.scan(source, false)).toEqual(first);
  edit('exports.main = 12');
  expect(await snapshots.scan(source, false)).toMatchObject({ ok: false, problem: { code: 'EBUSY' } });
  lock(false);
  expect(await snapshots.scan(source, false)).toMatchObject({ ok: true, changed: ['index.js'] });
});
