import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { containerBytes, packContent, writeZip } from '../../src/zip/zip.js';
import { unzip } from '../support/unzip.js';
import { entriesOf, noise, sample, zipOf } from '../support/zip-sample.js';

describe('a zip', () => {
  it('holds every file, sorted, with UTF-8 names, modes and one date', async () => {
    const read = await unzip(await zipOf(sample));
    expect(read.map(({ entry }) => entry.fileName)).toEqual(sample.map(([path]) => path).sort());
    for (const { entry, content } of read) {
      const [, expected = '', executable = false] = sample.find(([path]) => path === entry.fileName) ?? [
        '',
        '',
      ];
      expect(content.equals(Buffer.from(expected)), entry.fileName).toBe(true);
      expect(entry.externalFileAttributes >>> 16).toBe(executable ? 0o100755 : 0o100644);
      expect(entry.versionMadeBy >> 8).toBe(3);
      expect(entry.generalPurposeBitFlag).toBe(0x0800);
      expect([entry.lastModFileDate, entry.lastModFileTime]).toEqual([0x0021, 0]);
      expect(entry.crc32).toBe(crc32(Buffer.from(expected)));
      expect(entry.extraFieldLength).toBe(0);
    }
  });

  it('deflates what shrinks and stores what does not', async () => {
    const methods = new Map(
      (await unzip(await zipOf(sample))).map(({ entry }) => [entry.fileName, entry.compressionMethod]),
    );
    expect(methods.get('lib/深い/帮助.js')).toBe(8);
    expect(methods.get('noise.bin')).toBe(0);
    expect(methods.get('empty.txt')).toBe(0);
  });

  it('has the same bytes whatever order its files come in and however often it is made', async () => {
    const first = await zipOf(sample);
    expect((await zipOf([...sample].reverse())).equals(first)).toBe(true);
    const kept = await entriesOf(sample);
    expect((await writeZip(kept)).equals(first)).toBe(true);
    expect((await writeZip(kept)).equals(first)).toBe(true);
  });

  it('has the size that was foretold', async () => {
    const entries = await entriesOf(sample);
    const bytes = containerBytes(entries.map(({ path, packed }) => ({ path, bytes: packed.body.length })));
    expect((await writeZip(entries)).length).toBe(bytes);
  });

  it('that cannot be written says so', async () => {
    const full = (): Buffer => {
      throw new Error('no memory');
    };
    await expect(writeZip(await entriesOf(sample), full)).rejects.toThrow('no memory');
  });

  it('may be empty', async () => {
    expect(await unzip(await zipOf([]))).toEqual([]);
  });

  it('holds more files than a plain end record can count', async () => {
    const packed = await packContent(Buffer.from('x'));
    const entries = Array.from({ length: 65_536 }, (_, index) => ({
      path: `f${index}`,
      executable: false,
      packed,
    }));
    const zip = await writeZip(entries);
    expect((await unzip(zip)).length).toBe(65_536);
    expect(zip.length).toBe(containerBytes(entries.map(({ path }) => ({ path, bytes: 1 }))));
  });

  it('is the same in every time zone', async () => {
    const before = process.env['TZ'];
    onTestFinished(() => setZone(before));
    const zips: string[] = [];
    const hours = new Set<number>();
    for (const zone of ['UTC', 'Asia/Shanghai', 'America/St_Johns', 'Pacific/Kiritimati']) {
      setZone(zone);
      hours.add(new Date(0).getHours());
      zips.push((await zipOf(sample)).toString('hex'));
    }
    expect(hours.size).toBeGreaterThan(2);
    expect(new Set(zips).size).toBe(1);
  });

  it('shows a wrong byte to its readers', async () => {
    const zip = Buffer.from(await zipOf([['index.js', noise]]));
    zip.writeUInt8(zip.readUInt8(500) ^ 1, 500);
    const [only] = await unzip(zip).catch(() => []);
    expect(only === undefined || only.entry.crc32 !== crc32(only.content)).toBe(true);
  });

  it('deflates to what inflates again, on this thread and off it', async () => {
    for (const size of [100, 8 * 1024, 8 * 1024 + 1, 300_000]) {
      const content = Buffer.alloc(size, 'exports.main = () => 42;\n');
      const packed = await packContent(content);
      expect(packed.method).toBe(8);
      expect(inflateRawSync(packed.body).equals(content)).toBe(true);
    }
  });
});

function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
}
