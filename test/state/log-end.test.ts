import { readdirSync } from 'node:fs';
import { appendFile, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLogEnd, readLogged } from '../../src/state/log.js';

const logFileName = 'log';
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'log-end-'));

it('the end of the log is read, at most so much of it, and nothing where there is none', async () => {
  const at = await folder();
  expect(await readLogEnd(at, 100)).toBe('');
  await writeFile(join(at, logFileName), 'first\n');
  expect(await readLogEnd(at, 100)).toBe('first\n');
  await appendFile(join(at, logFileName), 'second\n');
  expect(await readLogEnd(at, 7)).toBe('second\n');
});

it('the lines that name something are found in both files, the oldest first, though the files have outgrown their limit', async () => {
  const at = await folder();
  expect(await readLogged(at, 'rid-1')).toEqual([]);
  const filler = `${'x'.repeat(999)}\n`.repeat(5500);
  await writeFile(join(at, `${logFileName}.1`), `first rid-1\n${filler}`);
  await writeFile(join(at, logFileName), 'other rid-2\nsecond rid-1\n');
  expect(await readLogged(at, 'rid-1')).toEqual(['first rid-1', 'second rid-1']);
});

it.skipIf(process.platform === 'win32')('a link is not followed in its place', async () => {
  const linked = await folder();
  await writeFile(join(linked, 'elsewhere'), 'secret\n');
  await symlink(join(linked, 'elsewhere'), join(linked, logFileName));
  expect(await readLogEnd(linked, 100)).toBe('');
});

it.runIf(process.platform === 'linux')('no file stays open', async () => {
  const at = await folder();
  await writeFile(join(at, logFileName), 'first\n');
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let turn = 0; turn < 10; turn += 1) await readLogEnd(at, 100);
  expect(open()).toBeLessThan(before + 5);
});
