import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Disk, type OpenFile, realDisk } from '../../src/content/disk.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { needs } from '../support/needs.js';
import { freshProject, type Project, sourceOf } from '../support/snapshot-project.js';

/** The real disk, with something happening at the very moment a file is read, after its bytes were taken. */
function meanwhile(path: string, happen: (round: number) => void): Disk {
  let round = 0;
  const open = (file: string): OpenFile => {
    const opened = realDisk.open(file);
    if (file !== path) return opened;
    return {
      ...opened,
      read(target, offset, length) {
        const read = opened.read(target, offset, length);
        happen(round);
        round += 1;
        return read;
      },
    };
  };
  return { ...realDisk, open };
}

const once = (action: () => void) => (round: number) => {
  if (round === 0) action();
};

function project(): Project {
  const made = freshProject();
  made.write({
    'fn/a.js': 'first a',
    'fn/b.js': 'first b',
    'fn/index.js': 'exports.main = 1',
    'fn/z.js': 'z',
  });
  return made;
}

const scanWith = (made: Project, disk: Disk) =>
  createSnapshots({ maxZipBase64: () => 1_000_000, disk }).scan(sourceOf(made), false);

/** The content that somebody sees who looks at leisure afterwards. */
const atLeisure = (made: Project) => scanWith(made, realDisk);

describe('a save in the middle of a scan', () => {
  it.each([
    ['grows the file', (made: Project) => writeFileSync(made.path('fn/b.js'), 'a longer second b')],
    ['shrinks it', (made: Project) => writeFileSync(made.path('fn/b.js'), 'b')],
    ['empties it', (made: Project) => writeFileSync(made.path('fn/b.js'), '')],
    ['rewrites it in place', (made: Project) => writeFileSync(made.path('fn/b.js'), 'other b')],
    ['removes it', (made: Project) => rmSync(made.path('fn/b.js'))],
    [
      'replaces it by another',
      (made: Project) => {
        needs('replacing');
        writeFileSync(made.path('fn/b.js.new'), 'second b');
        renameSync(made.path('fn/b.js.new'), made.path('fn/b.js'));
      },
    ],
    ['changes one that was read before', (made: Project) => writeFileSync(made.path('fn/a.js'), 'second a')],
    ['removes one that was read before', (made: Project) => rmSync(made.path('fn/a.js'))],
    ['removes one that comes next', (made: Project) => rmSync(made.path('fn/z.js'))],
    ['adds one', (made: Project) => made.write({ 'fn/0.js': 'new' })],
    ['adds a folder', (made: Project) => made.write({ 'fn/new/0.js': 'new' })],
    [
      'makes a folder of it',
      (made: Project) => {
        needs('replacing');
        rmSync(made.path('fn/b.js'));
        made.write({ 'fn/b.js/index.js': 'new' });
      },
    ],
    [
      'moves a file behind the reader',
      (made: Project) => renameSync(made.path('fn/z.js'), made.path('fn/0.js')),
    ],
  ])('that %s: the scan sees what came of it', async (_what, save) => {
    const made = project();
    const disk = meanwhile(
      made.path('fn/b.js'),
      once(() => save(made)),
    );
    const seen = await scanWith(made, disk);
    expect(seen).toMatchObject({ ok: true });
    expect(seen).toEqual(await atLeisure(made));
  });

  it('that takes the function’s folder away leaves nothing to send', async () => {
    needs('replacing');
    const made = project();
    const disk = meanwhile(
      made.path('fn/b.js'),
      once(() => made.remove('fn')),
    );
    expect(await scanWith(made, disk)).toEqual({
      ok: false,
      problem: { reason: 'gone', dir: made.path('fn') },
    });
  });

  it('a file that never holds still is not sent', async () => {
    const made = project();
    const disk = meanwhile(made.path('fn/b.js'), (round) =>
      writeFileSync(made.path('fn/b.js'), 'x'.repeat(round + 10)),
    );
    expect(await scanWith(made, disk)).toEqual({
      ok: false,
      problem: { reason: 'unreadable', path: 'b.js', code: 'ETORN' },
    });
  });

  it('a folder that never holds still is not sent', async () => {
    const made = project();
    const disk = meanwhile(made.path('fn/b.js'), (round) => made.write({ [`fn/new${round}.js`]: '' }));
    expect(await scanWith(made, disk)).toEqual({
      ok: false,
      problem: { reason: 'unreadable', path: '.', code: 'ETORN' },
    });
  });

  it('large files are read in steps, and each step may meet a save', async () => {
    const made = project();
    made.write({ 'fn/b.js': Buffer.alloc(2_000_000, 'old content\n') });
    const newer = Buffer.alloc(2_000_000, 'new content\n');
    const disk = meanwhile(made.path('fn/b.js'), (round) => {
      if (round === 1) writeFileSync(made.path('fn/b.js'), newer);
    });
    expect(await scanWith(made, disk)).toEqual(await atLeisure(made));
  });
});
