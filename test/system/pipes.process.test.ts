/** Texts that come through a named pipe, as a password manager gives them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTextFile, readTextFileSync } from '../../src/system/text-file.js';
import { temporaryFolder } from '../support/rig.js';

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
