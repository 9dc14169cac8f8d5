/** Every byte of the container, field by field as PKWARE's APPNOTE.TXT has them. */
import { describe, expect, it } from 'vitest';
import { containerBytes, writeContainer, type ZipEntry } from '../../src/zip/container.js';
import type { Packed } from '../../src/zip/deflate.js';

const u16 = (...values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.of(value & 0xff, value >>> 8)));
const u32 = (...values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => u16(value & 0xffff, value >>> 16)));
const u64 = (...values: readonly number[]): Buffer => Buffer.concat(values.map((value) => u32(value, 0)));
const signature = (kind: readonly [number, number]): Buffer =>
  Buffer.from(['P', 'K'].map(ascii).concat(kind));
const ascii = (letter: string): number => letter.charCodeAt(0);

/** Memory that somebody else used before: a field that nobody writes shows. */
const dirty = (bytes: number): Buffer => Buffer.alloc(bytes, 0xdd);

const deflated: Packed = { method: 8, crc: 0x12_34_56_78, size: 300, body: Buffer.from('deflated') };
const stored: Packed = { method: 0, crc: 0xfe_dc_ba_98, size: 3, body: Buffer.from('abc') };

/** Flags to the length of the extra fields: UTF-8 names, 1 January 1980 at midnight, no extra fields. */
function common({ method, crc, size, body }: Packed, nameBytes: number): Buffer {
  return Buffer.concat([u16(0x0800, method, 0, 0x0021), u32(crc, body.length, size), u16(nameBytes, 0)]);
}

function file(name: Buffer, packed: Packed): Buffer {
  return Buffer.concat([signature([3, 4]), u16(20), common(packed, name.length), name, packed.body]);
}

function listed(name: Buffer, packed: Packed, mode: number, offset: number): Buffer {
  // Made by Unix. No comment, the first disk, no internal attributes.
  const made = Buffer.of(20, 3);
  const rest = [u16(0, 0, 0), u16(0, mode), u32(offset)];
  return Buffer.concat([signature([1, 2]), made, u16(20), common(packed, name.length), ...rest, name]);
}

const end = (count: number, directoryBytes: number, directoryAt: number): Buffer =>
  Buffer.concat([signature([5, 6]), u16(0, 0, count, count), u32(directoryBytes, directoryAt), u16(0)]);

const entries: readonly ZipEntry[] = [
  { path: '深.js', executable: false, packed: deflated },
  { path: 'bin/run', executable: true, packed: stored },
];

describe('the container', () => {
  it('is the files, the directory and its end', () => {
    const [deep, run] = [Buffer.from('深.js'), Buffer.from('bin/run')];
    const files = [file(deep, deflated), file(run, stored)] as const;
    const directory = Buffer.concat([
      listed(deep, deflated, 0o100644, 0),
      listed(run, stored, 0o100755, files[0].length),
    ]);
    const directoryAt = files[0].length + files[1].length;
    const expected = Buffer.concat([...files, directory, end(2, directory.length, directoryAt)]);
    expect(writeContainer(entries, dirty).toString('hex')).toBe(expected.toString('hex'));
    expect(containerBytes([])).toBe(22);
  });

  it('lies in the memory that was given for it', () => {
    const given = dirty(
      containerBytes(entries.map(({ path, packed }) => ({ path, bytes: packed.body.length }))),
    );
    const zip = writeContainer(entries, (bytes) => {
      expect(bytes).toBe(given.length);
      return given;
    });
    expect(zip).toBe(given);
  });

  it('has a second end record from 65,536 files on', () => {
    const many = Array.from({ length: 65_536 }, () => ({ path: 'a', executable: false, packed: stored }));
    const name = Buffer.from('a');
    const listedBytes = listed(name, stored, 0o100644, 0).length;
    const [directoryAt, directoryBytes] = [
      many.length * file(name, stored).length,
      many.length * listedBytes,
    ];
    const tail = Buffer.concat([
      signature([6, 6]),
      u64(44),
      // Made by Unix; whoever reads it has to know 4.5. The first disk.
      Buffer.of(45, 3),
      u16(45),
      u32(0, 0),
      u64(65_536, 65_536, directoryBytes, directoryAt),
      // Where that record is: on the first of one disk.
      signature([6, 7]),
      u32(0),
      u64(directoryAt + directoryBytes),
      u32(1),
      end(0xffff, directoryBytes, directoryAt),
    ]);
    const zip = writeContainer(many, dirty);
    expect(zip.subarray(directoryAt + directoryBytes).toString('hex')).toBe(tail.toString('hex'));
    expect(zip.subarray(directoryAt + directoryBytes - listedBytes).toString('hex')).toContain(
      listed(name, stored, 0o100644, directoryAt - file(name, stored).length).toString('hex'),
    );

    const fewer = writeContainer(many.slice(1), dirty);
    const filesAt = 65_535 * file(name, stored).length;
    expect(fewer.subarray(filesAt + 65_535 * listedBytes).toString('hex')).toBe(
      end(65_535, 65_535 * listedBytes, filesAt).toString('hex'),
    );
  });
});
