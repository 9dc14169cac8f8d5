/** The project's secret: made once, its owner's alone, and never through somebody's link. */
import { readdirSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dressedFingerprint, probeKeys, readProbeSecret } from '../../src/proof/key.js';
import { temporaryFolder } from '../support/rig.js';

it('is made where it is wanted, and only there', async () => {
  const folder = await temporaryFolder();
  expect(await readProbeSecret(folder, false)).toBeNull();
  await expect(stat(join(folder, 'probe.key'))).rejects.toThrow('ENOENT');
  const made = await readProbeSecret(folder, true);
  expect(made?.length).toBe(32);
  expect(await readProbeSecret(folder, false)).toEqual(made);
  expect(await readProbeSecret(folder, true)).toEqual(made);
  expect(await readFile(join(folder, 'probe.key'), 'utf8')).toBe(`${made?.toString('hex')}\n`);
  if (process.platform !== 'win32') expect((await stat(join(folder, 'probe.key'))).mode & 0o777).toBe(0o600);
  expect(await readProbeSecret(await temporaryFolder(), true)).not.toEqual(made);
  // Nor is anything left of how it was made.
  expect(readdirSync(folder)).toEqual(['probe.key']);
});

it('is none where the file holds something else: that is kept as it is', async () => {
  const folder = await temporaryFolder();
  for (const text of ['', 'ab'.repeat(31), `${'ab'.repeat(32)}ab`, 'zz'.repeat(32)]) {
    await writeFile(join(folder, 'probe.key'), text);
    expect(await readProbeSecret(folder, true)).toBeNull();
    expect(await readFile(join(folder, 'probe.key'), 'utf8')).toBe(text);
  }
});

it('is none where no folder takes it', async () => {
  expect(await readProbeSecret(join(await temporaryFolder(), 'none'), true)).toBeNull();
});

it.skipIf(process.platform === 'win32')('is not read through a link', async () => {
  const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
  await readProbeSecret(elsewhere, true);
  await symlink(join(elsewhere, 'probe.key'), join(folder, 'probe.key'));
  expect(await readProbeSecret(folder, true)).toBeNull();
});

it.runIf(process.platform === 'linux')('leaves no file open, read or made', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let turn = 0; turn < 10; turn += 1) {
    const folder = await temporaryFolder();
    await readProbeSecret(folder, true);
    await readProbeSecret(folder, false);
  }
  expect(open()).toBeLessThan(before + 5);
});

it('gives each function a key of its own, and other content another fingerprint', () => {
  const [one, other] = [probeKeys(Buffer.alloc(32, 1)), probeKeys(Buffer.alloc(32, 2))];
  const keys = [one.keyOf('pay'), one.keyOf('login'), other.keyOf('pay')];
  expect(new Set(keys).size).toBe(3);
  for (const key of [...keys, one.digestOf('pay')]) expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(one.digestOf('pay')).not.toBe(one.keyOf('pay'));
  const digest = one.digestOf('pay');
  const fingerprints = [
    dressedFingerprint('content', digest),
    dressedFingerprint('other content', digest),
    dressedFingerprint('content', other.digestOf('pay')),
  ];
  expect(new Set(fingerprints).size).toBe(3);
  expect(dressedFingerprint('content', digest)).toBe(fingerprints[0]);
});
