/** Texts as they lie about: folders, devices, other encodings, files that are locked or still being written. */
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeText, mayPass, readTextFile, readTextFileSync, tooLarge } from '../../src/system/text-file.js';
import { temporaryFolder } from '../support/rig.js';
import { soon } from '../support/soon.js';

const utf16 = Buffer.from('\uFEFFSECRET=1\n', 'utf16le');

describe('decodeText', () => {
  it.each([
    ['plain', Buffer.from('a=1'), 'a=1'],
    ['with a byte order mark', Buffer.from('\uFEFFa=1'), 'a=1'],
    ['Chinese', Buffer.from('名=值'), '名=值'],
    ['empty', Buffer.alloc(0), ''],
  ])('%s', (_what, bytes, text) => {
    expect(decodeText(bytes)).toEqual({ ok: true, text });
  });

  it.each([
    ['UTF-16', utf16],
    ['UTF-16 without a mark', utf16.subarray(2)],
    ['UTF-8 with a tail in UTF-16', Buffer.concat([Buffer.from('*.log\n'), utf16.subarray(2)])],
    ['GBK', Buffer.from([0xc3, 0xfb, 0x3d, 0x31])],
  ])('%s is not UTF-8', (_what, bytes) => {
    expect(decodeText(bytes)).toEqual({ ok: false, code: 'NOTUTF8' });
  });
});

describe('readTextFile', () => {
  it('reads a file, without its byte order mark', async () => {
    const file = join(await temporaryFolder(), '.env');
    await writeFile(file, '\uFEFFA=1\n');
    expect(await readTextFile(file)).toEqual({ ok: true, text: 'A=1\n' });
    expect(readTextFileSync(file)).toEqual({ ok: true, text: 'A=1\n' });
  });

  it('says what is not there, a folder, too large, or in another encoding', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'file');
    for (const [code, options] of [
      ['ENOENT', {}],
      ['TOOLARGE', { mostBytes: 3 }],
      ['NOTUTF8', {}],
    ] as const) {
      if (code === 'TOOLARGE') writeFileSync(file, 'four');
      if (code === 'NOTUTF8') writeFileSync(file, utf16);
      expect(await readTextFile(file, options)).toEqual({ ok: false, code });
      expect(readTextFileSync(file, 'mostBytes' in options ? options.mostBytes : undefined)).toEqual({
        ok: false,
        code,
      });
    }
    expect(await readTextFile(folder)).toEqual({ ok: false, code: 'EISDIR' });
    expect(readTextFileSync(folder)).toEqual({ ok: false, code: 'EISDIR' });
    const below = await readTextFile(join(file, 'below'));
    expect(below).toEqual({ ok: false, code: process.platform === 'win32' ? 'ENOENT' : 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('reads no device, and what /proc calls empty', async () => {
    expect(await readTextFile('/dev/zero')).toEqual({ ok: false, code: 'NOTFILE' });
    expect(readTextFileSync('/dev/zero')).toEqual({ ok: false, code: 'NOTFILE' });
    expect(await readTextFile('/proc/self/status')).toMatchObject({
      ok: true,
      text: expect.stringContaining('Name:'),
    });
  });

  it.runIf(process.getuid !== undefined && process.getuid() !== 0)(
    'a file that is locked for a moment is read when it is free',
    async () => {
      const file = join(await temporaryFolder(), 'file');
      writeFileSync(file, 'text');
      chmodSync(file, 0);
      const reading = readTextFile(file, { lockedMs: 5000 });
      setTimeout(() => chmodSync(file, 0o600), 60);
      expect(await reading).toEqual({ ok: true, text: 'text' });
    },
  );

  it('never takes half of a file that is being written for the whole', async () => {
    const file = join(await temporaryFolder(), 'file');
    const line = `${'x'.repeat(1000)}\n`;
    writeFileSync(file, line.repeat(300));
    const reading = readTextFile(file);
    appendFileSync(file, `${line}the end`);
    const read = await reading;
    expect(read.ok && (read.text.endsWith('the end') || read.text === line.repeat(300))).toBe(true);
  });

  it('takes exactly as many bytes as are allowed', async () => {
    const file = join(await temporaryFolder(), 'file');
    const text = 'x'.repeat(200_000);
    writeFileSync(file, text);
    for (const [mostBytes, read] of [
      [text.length, { ok: true, text }],
      [text.length - 1, { ok: false, code: tooLarge }],
    ] as const) {
      expect(await readTextFile(file, { mostBytes })).toEqual(read);
      expect(readTextFileSync(file, mostBytes)).toEqual(read);
    }
  });

  it('says at once what does not pass', async () => {
    expect(['EBUSY', 'EACCES', 'EMFILE', 'ENOENT', 'EISDIR', tooLarge].map(mayPass)).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
  });

  it.runIf(process.getuid?.() === 0)('follows a locked file until the time for it is over', async () => {
    // Root reads everything: /proc/self/mem answers EIO, as a disk does that fails for a moment.
    expect(readTextFileSync('/proc/self/mem')).toEqual({ ok: false, code: 'EIO' });
    const began = performance.now();
    const read = await soon('the end of the tries', readTextFile('/proc/self/mem', { lockedMs: 60 }));
    expect(read).toEqual({ ok: false, code: 'EIO' });
    expect(performance.now() - began).toBeGreaterThan(60);
    const aborted = await soon(
      'the end of one that is aborted',
      readTextFile('/proc/self/mem', { lockedMs: 1e9, signal: AbortSignal.abort() }),
    );
    expect(aborted).toEqual({ ok: false, code: 'EIO' });
  });
});
