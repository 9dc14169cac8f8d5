/** Reading and hashing one file on a disk that fails, or a file that changes meanwhile. */
import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Disk, type OpenFile, realDisk } from '../../src/content/disk.js';
import { hashWhole, readWhole } from '../../src/content/read.js';
import { createSlices } from '../../src/content/slices.js';
import { freshProject } from '../support/snapshot-project.js';

const failing = (): never => {
  throw Object.assign(new Error('EIO'), { code: 'EIO' });
};

/** The real disk with one call of opened files replaced, and the number of files that stay open. */
function diskWith(over: (opened: OpenFile) => Partial<OpenFile>): { disk: Disk; left: () => number } {
  let left = 0;
  const open = (path: string): OpenFile => {
    const opened = realDisk.open(path);
    left += 1;
    const close = (): void => {
      left -= 1;
      opened.close();
    };
    return { ...opened, close, ...over({ ...opened, close }) };
  };
  return { disk: { ...realDisk, open }, left: () => left };
}

function file(): string {
  const project = freshProject();
  project.write({ 'a.js': 'text' });
  return project.path('a.js');
}

describe.each([
  ['read', readWhole],
  ['hashed', hashWhole],
])('a file that is %s', (_, take) => {
  const of = (disk: Disk, path: string) => take(disk, path, realDisk.stat(path), createSlices());

  it.each<readonly [string, (opened: OpenFile) => Partial<OpenFile>]>([
    ['read', () => ({ read: failing })],
    ['stat', () => ({ stat: failing })],
    [
      'close',
      ({ close }) => ({
        close: () => {
          close();
          failing();
        },
      }),
    ],
  ])('is not taken for read where %s fails, and does not stay open', async (_call, over) => {
    const { disk, left } = diskWith(over);
    expect(await of(disk, file())).toEqual({ ok: false, code: 'EIO' });
    expect(left()).toBe(0);
  });

  it('is not where it cannot be opened', async () => {
    expect(await of({ ...realDisk, open: failing }, file())).toEqual({ ok: false, code: 'EIO' });
  });

  it('is not where it never holds still', async () => {
    const path = file();
    const { disk, left } = diskWith(({ read }) => ({
      read(target, offset, length) {
        appendFileSync(path, 'more');
        return offset > 0 ? 0 : read(target, offset, Math.min(length, 4));
      },
    }));
    const slow =
      take === hashWhole ? diskWith(({ stat }) => ({ stat: () => ({ ...stat(), size: 1 }) })) : null;
    expect(await of(slow?.disk ?? disk, path)).toEqual({ ok: false, code: 'ETORN' });
    expect(left()).toBe(0);
  });
});
