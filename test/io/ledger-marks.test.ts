/** An upload waits for its own mark on the disk, not for what was noted of others. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/core/model.js';
import { type Ledger, openLedger } from '../../src/io/ledger.js';
import { temporaryFolder } from '../rig.js';

function entry(name: string, sending: boolean, live: string | null = null): LedgerEntry {
  const unknown = { liveSince: null, verified: false, modTime: null, deploying: null, foreign: null };
  return { function: name, env: 'dev', sending, live, ...unknown };
}

async function opened(): Promise<{ ledger: Ledger; onDisk: () => Promise<string> }> {
  const folder = await temporaryFolder();
  const onTrouble = (error: Error): never => {
    throw error;
  };
  const ledger = await openLedger({ folder, endpoint: 'emulator', onTrouble });
  return { ledger, onDisk: () => readFile(join(folder, 'ledger.json'), 'utf8') };
}

it('a mark that is on the disk is not waited for while others are written', async () => {
  const { ledger } = await opened();
  ledger.update(() => [entry('pay', true)]);
  await ledger.written();
  const order: string[] = [];
  ledger.update(() => [entry('pay', true), entry('cart', true)]);
  const written = ledger.written().then(() => order.push('written'));
  await ledger.marked('pay', ['dev']).then(() => order.push('marked'));
  await written;
  expect(order).toEqual(['marked', 'written']);
});

it('a mark that is being taken away is waited for until it is back', async () => {
  const { ledger, onDisk } = await opened();
  ledger.update(() => [entry('pay', true)]);
  await ledger.written();
  ledger.update(() => [entry('pay', false)]);
  await Promise.resolve(); // the write has begun: it takes the mark away
  ledger.update(() => [entry('pay', true, 'a'.repeat(64))]);
  await ledger.marked('pay', ['dev']);
  expect(await onDisk()).toContain('a'.repeat(64));
});

it('a mark that was never made is waited for', async () => {
  const { ledger, onDisk } = await opened();
  ledger.update(() => [entry('pay', true)]);
  await ledger.marked('pay', ['dev']);
  expect(await onDisk()).toContain('"sending":true');
});
