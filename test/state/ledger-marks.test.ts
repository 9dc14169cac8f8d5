/** An upload waits for its own mark on the disk, not for what was noted of others. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { type Ledger, openLedger } from '../../src/state/ledger.js';
import { temporaryFolder } from '../support/rig.js';

function entry(name: string, sending: boolean, live: string | null = null): LedgerEntry {
  const unknown = {
    liveSince: null,
    verified: false,
    modTime: null,
    deploying: null,
    foreign: null,
    unsureUntil: null,
    sent: true,
    goneSince: null,
    dismissed: false,
  };
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
  ledger.update(() => [[entry('pay', true)]]);
  await ledger.written();
  const order: string[] = [];
  ledger.update(() => [[entry('pay', true), entry('cart', true)]]);
  const written = ledger.written().then(() => order.push('written'));
  await ledger.marked('pay', ['dev']).then(() => order.push('marked'));
  await written;
  expect(order).toEqual(['marked', 'written']);
});

it('a mark that is being taken away is waited for until it is back', async () => {
  const { ledger, onDisk } = await opened();
  ledger.update(() => [[entry('pay', true)]]);
  await ledger.written();
  ledger.update(() => [[entry('pay', false)]]);
  const written = ledger.written(); // hurries the write that takes the mark away
  await Promise.resolve();
  await Promise.resolve();
  ledger.update(() => [[entry('pay', true, 'a'.repeat(64))]]);
  await ledger.marked('pay', ['dev']);
  expect(await onDisk()).toContain('a'.repeat(64));
  await written;
});

it('a mark that was never made is waited for', async () => {
  const { ledger, onDisk } = await opened();
  ledger.update(() => [[entry('pay', true)]]);
  await ledger.marked('pay', ['dev']);
  expect(await onDisk()).toContain('"sending":true');
});

it('a mark whose file was removed is waited for, as if it had never been made', async () => {
  const folder = await temporaryFolder();
  const onTrouble = (error: Error): void => expect.fail(error.message);
  const ledger = await openLedger({ folder, endpoint: 'emulator', onTrouble });
  ledger.update(() => [[entry('pay', true)]]);
  await ledger.marked('pay', ['dev']);
  await rm(join(folder, 'ledger.json'));
  ledger.forget();
  ledger.update(() => [[entry('pay', true)]]);
  await ledger.marked('pay', ['dev']);
  expect(await readFile(join(folder, 'ledger.json'), 'utf8')).toContain('"sending":true');
});

it('one write takes what comes shortly after each other', async () => {
  const { ledger } = await opened();
  let asked = 0;
  for (let update = 0; update < 5; update += 1) {
    ledger.update(() => {
      asked += 1;
      return [[entry('pay', false, String(update).repeat(64))]];
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ledger.written();
  expect(asked).toBe(1);
});

it('moves to another endpoint when all of the present one is on the disk, and hears at once', async () => {
  const { ledger, onDisk } = await opened();
  ledger.update(() => [[entry('pay', false, 'a'.repeat(64))]]);
  const moved = ledger.moveTo('https://cloud.example', (entries) => {
    expect(entries).toEqual([]);
    ledger.update(() => [[entry('pay', true)]]);
  });
  // Until then an upload is marked as ever.
  ledger.update(() => [[entry('pay', true, 'a'.repeat(64))]]);
  await ledger.marked('pay', ['dev']);
  expect(await onDisk()).toContain('a'.repeat(64));
  await moved;
  await ledger.marked('pay', ['dev']);
  expect(JSON.parse(await onDisk())).toMatchObject({
    endpoints: {
      emulator: [{ sending: true, live: 'a'.repeat(64) }],
      'https://cloud.example': [{ sending: true, live: null }],
    },
  });
});
