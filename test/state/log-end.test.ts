import { appendFile, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLogEnd } from '../../src/state/log.js';

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

it.skipIf(process.platform === 'win32')('a link is not followed in its place', async () => {
  const linked = await folder();
  await writeFile(join(linked, 'elsewhere'), 'secret\n');
  await symlink(join(linked, 'elsewhere'), join(linked, logFileName));
  expect(await readLogEnd(linked, 100)).toBe('');
});
