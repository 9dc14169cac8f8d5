/**
 * No field of the ledger is lost on its way: a new field must be named here (else this does not compile), and a field that the
 * file's schema or the restore forgets comes back as something else.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { ledgerOf } from '../../src/core/remembered.js';
import { emptyState } from '../../src/core/state.js';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { openLedger } from '../../src/state/ledger.js';
import { configured, settings } from '../core/make.js';
import { temporaryFolder } from '../support/rig.js';

const now = Date.now();

/** Nothing of it is what an unknown target has. */
const entry: Required<LedgerEntry> = {
  function: 'pay',
  env: 'dev',
  sending: false,
  live: 'l'.repeat(64),
  liveSince: now - 5000,
  verified: true,
  modTime: '2026-11-28 10:00:00',
  deploying: {
    fingerprint: 'd'.repeat(64),
    acceptedAt: now - 1000,
    savedAt: now - 2000,
    modTimeBefore: '2026-11-28 09:00:00',
    modTimeKnown: true,
    sawUpdating: true,
    unverified: true,
  },
  foreign: { modTime: '2026-11-28 11:00:00', ours: 'o'.repeat(64), adopted: true },
  unsureUntil: now + 1000,
  sent: true,
  goneSince: now - 60_000,
  dismissed: true,
  undone: { fingerprint: 'u'.repeat(64), against: 'v'.repeat(64) },
  parts: { timers: 't'.repeat(64) },
  partsUnsureUntil: 7,
};

describe('through the file', () => {
  it.each<readonly [string, LedgerEntry]>([
    ['as it is', entry],
    ['on its way', { ...entry, sending: true }],
    [
      'went back to with its helper',
      { ...entry, undone: { fingerprint: 'u'.repeat(64), against: null, dressed: true } },
    ],
    ['not verified', { ...entry, verified: false, sent: false, goneSince: null }],
  ])('%s', async (_, each) => {
    const folder = await temporaryFolder();
    const options = {
      folder,
      endpoint: 'https://a',
      onTrouble: (error: Error) => expect.fail(error.message),
    };
    const ledger = await openLedger(options);
    ledger.update(() => [[each]]);
    await ledger.written();
    expect((await openLedger(options)).entries).toEqual([each]);
  });
});

it('takes the doubt of an earlier version over', async () => {
  const folder = await temporaryFolder();
  const { unsureUntil: _, ...older } = entry;
  const adrift = { fingerprint: null, since: now };
  const text = JSON.stringify({ v: 1, endpoints: { 'https://a': [{ ...older, adrift }] } });
  await writeFile(join(folder, 'ledger.json'), text);
  const onTrouble = (error: Error): void => expect.fail(error.message);
  const { entries } = await openLedger({ folder, endpoint: 'https://a', onTrouble });
  expect(entries).toEqual([{ ...entry, unsureUntil: now + 60_000 }]);
});

describe('through a restart', () => {
  const restart = (before: LedgerEntry, functions: readonly string[]): readonly LedgerEntry[] => {
    const event = { ...configured(now, functions, ['dev']), ledger: [before] };
    return ledgerOf(reduce(emptyState(settings, now), event));
  };

  it('of a function that is there', () => {
    expect(restart(entry, ['pay'])).toEqual([{ ...entry, dismissed: false, goneSince: null }]);
  });

  it('of a function that is gone, and may come back', () => {
    expect(restart(entry, [])).toEqual([entry]);
    expect(restart({ ...entry, goneSince: null }, [])).toEqual([{ ...entry, goneSince: now }]);
  });

  it('what was on its way is not known, and that is remembered', () => {
    const [after] = restart({ ...entry, sending: true }, ['pay']);
    expect(after).toMatchObject({ live: null, deploying: null, sent: true });
    expect(after?.unsureUntil).toBeGreaterThan(now);
  });
});
