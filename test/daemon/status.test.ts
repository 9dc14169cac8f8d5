/** The status that a command makes of the disk and the ledger, and of what a daemon reported. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TargetRow } from '../../src/daemon/protocol.js';
import { statusOfDisk } from '../../src/daemon/status.js';
import type { Selection } from '../../src/functions/selection.js';
import { entry } from '../support/rig.js';
import { type SyncRig, syncRig } from '../support/sync-rig.js';

async function look(
  rig: SyncRig,
  selection: Partial<Selection> = {},
  reported: readonly TargetRow[] = [],
): Promise<readonly TargetRow[]> {
  const { config } = await rig.load();
  const all = { envIds: [], only: [], names: [], ...selection };
  const outcome = await statusOfDisk(config, all, 'en', reported);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.unmatched));
  return outcome.rows;
}

const shown = (rows: readonly TargetRow[]): string[] =>
  rows.map(({ function: name, env, state }) => `${name} ${env} ${state}`);

async function send(rig: SyncRig): Promise<void> {
  const { sync, rest } = await rig.start();
  await rest();
  await sync.stop(() => 0);
}

it('before anything was sent everything waits for a start, and nothing is written', async () => {
  const rig = await syncRig();
  const rows = await look(rig);
  expect(shown(rows)).toEqual(['login dev queued', 'login test queued', 'pay dev queued', 'pay test queued']);
  expect(rows[0]).toMatchObject({
    ...{ group: 'pending', wanted: expect.stringMatching(/^[0-9a-f]{64}$/), live: null, since: null },
    ...{ proof: false, answers: null, inFlight: null, hold: null },
  });
  expect(rows.every(({ detail, hint }) => detail !== '' && hint !== '')).toBe(true);
  expect(existsSync(join(rig.project.folder, '.tcb-watch'))).toBe(false);
});

it('live is what the ledger has, where the files are the same; since then', async () => {
  const rig = await syncRig();
  const before = Date.now();
  await send(rig);
  await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  const rows = await look(rig);
  expect(shown(rows)).toEqual(['login dev live', 'login test live', 'pay dev queued', 'pay test queued']);
  const [login, , pay] = rows;
  expect(login).toMatchObject({ wanted: login?.live, detail: null, hint: null, hold: null });
  const since = Date.parse(login?.since ?? '');
  expect(since).toBeGreaterThanOrEqual(before - 1);
  expect(since).toBeLessThanOrEqual(Date.now());
  expect(pay?.live).toMatch(/^[0-9a-f]{64}$/);
  expect(pay?.wanted).not.toBe(pay?.live);
});

it('a function that was sent with the helper is live with it', async () => {
  const functions = { pay: { answers: true, proof: true } };
  const rig = await syncRig({ login: entry('1'), pay: entry('1') }, { functions });
  await rig.project.write('events/pay.json', '[]');
  await send(rig);
  expect((await look(rig)).map((row) => [row.function, row.env, row.state, row.proof])).toEqual([
    ['login', 'dev', 'live', false],
    ['login', 'test', 'live', false],
    ['pay', 'dev', 'live', true],
    ['pay', 'test', 'live', true],
  ]);
});

it('a function without an entry is held, and wants nothing', async () => {
  const rig = await syncRig({ pay: entry('1') });
  await send(rig);
  await rig.project.remove('functions/pay/index.js');
  await rig.project.write('functions/pay/other.js', '');
  const [row] = await look(rig);
  expect(row).toMatchObject({ state: 'held', group: 'held', wanted: null, live: expect.any(String) });
  expect(row).toMatchObject({
    hold: 'no-entry',
    detail: expect.stringMatching(/./),
    hint: expect.stringMatching(/./),
  });
});

it('what is live and cannot run says so', async () => {
  const rig = await syncRig({
    pay: { 'index.js': "require('./nowhere');\nexports.main = async () => 1;\n" },
  });
  await send(rig);
  const [row] = await look(rig);
  expect(row).toMatchObject({ state: 'live', detail: expect.stringContaining('nowhere') });
  expect(row?.hint).not.toBeNull();
});

it('keeps to the selection, and names what of it is not there', async () => {
  const rig = await syncRig();
  expect(shown(await look(rig, { only: ['p*'], envIds: ['test'] }))).toEqual(['pay test queued']);
  const { config } = await rig.load();
  const wrong = { envIds: ['dve'], only: ['q*'], names: ['lgin'] };
  expect(await statusOfDisk(config, wrong, 'en', [])).toMatchObject({
    ok: false,
    unmatched: [
      { kind: 'env', value: 'dve', nearest: 'dev' },
      { kind: 'only', value: 'q*' },
      { kind: 'name', value: 'lgin', nearest: 'login' },
    ],
  });
});

it('says of a function that is switched off that it is, and not that there is none', async () => {
  const rig = await syncRig(undefined, { functions: { pay: { enabled: false } } });
  const { config } = await rig.load();
  expect(await statusOfDisk(config, { envIds: [], only: [], names: ['pay'] }, 'en', [])).toEqual({
    ok: false,
    unmatched: [{ kind: 'disabled', value: 'pay', nearest: null }],
  });
});

const rowOf = (name: string, env: string): TargetRow => ({
  ...{ function: name, env, state: 'deploying', group: 'pending', word: 'w', wanted: 'a', live: null },
  ...{ proof: false, answers: null, since: null, inFlight: 'a', hold: null, detail: null, hint: null },
});

it('what a daemon reported stands as it is; the rest is read', async () => {
  const rig = await syncRig();
  const reported = [rowOf('pay', 'dev'), rowOf('login', 'dev'), rowOf('login', 'test')];
  const rows = await look(rig, {}, reported);
  expect(shown(rows)).toEqual([
    ...['login dev deploying', 'login test deploying', 'pay dev deploying', 'pay test queued'],
  ]);
  expect(rows[2]).toBe(reported[0]);
});

it('a function that is gone is known to the daemon alone, where it is meant', async () => {
  const rig = await syncRig({ pay: entry('1') });
  const gone = [rowOf('order', 'dev'), rowOf('order', 'test')];
  expect(shown(await look(rig, {}, gone))).toEqual([
    ...['pay dev queued', 'pay test queued', 'order dev deploying', 'order test deploying'],
  ]);
  expect(shown(await look(rig, { envIds: ['test'] }, gone))).toEqual([
    ...['pay test queued', 'order test deploying'],
  ]);
  expect(shown(await look(rig, { names: ['pay'] }, gone))).toEqual(['pay dev queued', 'pay test queued']);
});
