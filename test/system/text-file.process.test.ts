/** Texts as they lie about: pipes, folders, devices, other encodings, files that are locked or still being written. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeText, readTextFile, readTextFileSync } from '../../src/system/text-file.js';
import { temporaryFolder } from '../support/rig.js';

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
    expect(await readTextFile(join(file, 'below'))).toEqual({ ok: false, code: 'ENOTDIR' });
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
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  async function pipe(): Promise<string> {
    const file = join(await temporaryFolder(), '.env');
    execFileSync('mkfifo', [file]);
    return file;
  }

  it('into which nobody writes is given up in time, and the program can end', async () => {
    const file = await pipe();
    expect(await readTextFile(file, { pipeMs: 80 })).toEqual({ ok: false, code: 'NOANSWER' });
    expect(readTextFileSync(file)).toEqual({ ok: false, code: 'NOTFILE' });
    const stopped = AbortSignal.abort();
    expect(await readTextFile(file, { pipeMs: 60_000, signal: stopped })).toEqual({
      ok: false,
      code: 'NOANSWER',
    });
  });

  it('is read to the end of its writer, who may come late and write in pieces', async () => {
    const file = await pipe();
    const reading = readTextFile(file, { pipeMs: 20_000 });
    const writer = await open(file, 'w');
    await writer.write('\uFEFFA=1\n');
    await writer.write('B=2\n');
    await writer.close();
    expect(await reading).toEqual({ ok: true, text: 'A=1\nB=2\n' });
  });

  it('that never ends is too large', async () => {
    const file = await pipe();
    const reading = readTextFile(file, { mostBytes: 100_000 });
    const writer = await open(file, 'w');
    const writing = writer.write(Buffer.alloc(400_000, 'x')).catch(() => undefined);
    expect(await reading).toEqual({ ok: false, code: 'TOOLARGE' });
    await writing;
    await writer.close();
  });

  it('as .env is a problem that names it, within seconds', async () => {
    const file = await pipe();
    mkdirSync(join(file, '..', 'cloudfunctions'));
    const { readVariables } = await import('../../src/config/files.js');
    const { problems } = await readVariables(join(file, '..'), {});
    expect(problems).toMatchObject([{ kind: 'unreadable', file, code: 'NOANSWER' }]);
  });
});
