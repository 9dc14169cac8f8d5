/** A disk that refuses the ledger for a while: what was noted is on it soon after, also when the program ends meanwhile. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { openLedger } from '../../src/state/ledger.js';
import { temporaryFolder } from '../support/rig.js';

const entry = (name: string): LedgerEntry => ({
  ...{ function: name, env: 'dev', sending: false, live: 'f'.repeat(64), liveSince: 1, modTime: null },
  ...{
    deploying: null,
    foreign: null,
    foreignSeen: null,
    goneSince: null,
    unsureUntil: null,
    verified: true,
    sent: true,
  },
});

async function refusing() {
  const folder = await temporaryFolder();
  const file = join(folder, 'ledger.json');
  const troubles: string[] = [];
  const ledger = await openLedger({
    folder,
    endpoint: 'one',
    onTrouble: (error) => troubles.push(error.message),
  });
  const refuse = (): void => void mkdirSync(join(file, 'in the way'), { recursive: true });
  const allow = (): void => rmSync(file, { recursive: true, force: true });
  const onDisk = (): unknown => JSON.parse(readFileSync(file, 'utf8')).endpoints;
  return { ledger, troubles, refuse, allow, onDisk };
}

it('is repeated until it holds, and reported once', async () => {
  const { ledger, troubles, refuse, allow, onDisk } = await refusing();
  refuse();
  ledger.update(() => [[entry('pay')]]);
  await ledger.written();
  ledger.update(() => [[entry('pay'), entry('login')]]);
  await ledger.written();
  expect(troubles).toHaveLength(1);
  allow();
  await vi.waitFor(() => expect(onDisk()).toEqual({ one: [entry('pay'), entry('login')] }), 8000);
  allow();
  refuse();
  ledger.update(() => [[entry('pay')]]);
  await ledger.written();
  expect(troubles).toHaveLength(2);
  allow();
  await ledger.close();
  expect(onDisk()).toEqual({ one: [entry('pay')] });
});

it('at the end is repeated for some seconds, and nothing is written after it', async () => {
  const { ledger, refuse, allow, onDisk } = await refusing();
  refuse();
  ledger.update(() => [[entry('pay')]]);
  const closed = ledger.close();
  setTimeout(allow, 300);
  await closed;
  expect(onDisk()).toEqual({ one: [entry('pay')] });
  allow();
  ledger.update(() => [[entry('login')]]);
  await ledger.written();
  expect(onDisk).toThrow('ENOENT');
});

it('that the configuration moves on from has what was noted while it was refused', async () => {
  const { ledger, refuse, allow, onDisk } = await refusing();
  refuse();
  ledger.update(() => {
    ledger.update(() => [[entry('pay'), entry('login')]]);
    return [[entry('pay')]];
  });
  await ledger.moveTo('two', () => ledger.update(() => [[entry('cart')]]));
  allow();
  await ledger.close();
  expect(onDisk()).toEqual({ one: [entry('pay'), entry('login')], two: [entry('cart')] });
});

it('of one endpoint is not noted of another that the configuration moves to meanwhile', async () => {
  const { ledger, refuse, allow, onDisk } = await refusing();
  refuse();
  ledger.update(() => [[entry('pay')]]);
  await ledger.moveTo('two', () => ledger.update(() => [[entry('login')]]));
  allow();
  await ledger.close();
  expect(onDisk()).toEqual({ one: [entry('pay')], two: [entry('login')] });
});

it('for good lets the program end all the same', { timeout: 30_000 }, async () => {
  const { ledger, troubles, refuse, onDisk } = await refusing();
  refuse();
  ledger.update(() => [[entry('pay')]]);
  await ledger.close();
  expect(troubles).toHaveLength(1);
  expect(onDisk).toThrow('EISDIR');
});
