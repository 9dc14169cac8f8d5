/** `doctor --rid` and quotas: what the cloud keeps of a request, and how much of a day is used. */
import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/cloud/cloud.js';
import { checkQuotas } from '../../src/doctor/quotas.js';
import { examineRequest } from '../../src/doctor/request.js';
import { openStore } from '../../src/history/store.js';
import type { Finding } from '../../src/model/finding.js';
import { meteredCalls, type PublishedQuota } from '../../src/model/nouns.js';
import { createLogFile } from '../../src/state/log.js';
import { failure } from '../core/make.js';
import { expectWhole } from '../support/doctor-rig.js';
import { entry } from '../support/rig.js';
import { daemonFor, type SyncRig, startSync, syncRig } from '../support/sync-rig.js';

async function sent(): Promise<SyncRig> {
  const rig = await syncRig({ pay: entry('1') });
  const { sync, rest } = await rig.start();
  await rest();
  await sync.stop(() => 0);
  return rig;
}

async function examine(rig: SyncRig, rid: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  await examineRequest(await rig.load(), rid, (finding) => findings.push(finding));
  expectWhole(findings);
  return findings;
}

const ridOf = (rig: SyncRig): string =>
  rig.emulator.requests().find(({ call }) => call === 'batchuploadscf')?.rid ?? '';

describe('a request', () => {
  it('that the cloud keeps is shown with the version that was sent then', async () => {
    const rig = await sent();
    const findings = await examine(rig, ridOf(rig));
    expect(findings.map(({ kind }) => kind)).toEqual(['request-kept', 'request-unlogged', 'request-sent']);
    expect(findings[2]).toMatchObject({
      ...{ function: 'pay', files: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(JSON.stringify(findings)).not.toContain(rig.emulator.token);
  });

  it('with the last twenty lines of the log that name it', async () => {
    const rig = await sent();
    const rid = ridOf(rig);
    const folder = `${rig.project.folder}/.tcb-watch`;
    const log = createLogFile({ folder, onTrouble: (error) => expect.unreachable(String(error)) });
    for (let line = 0; line < 25; line += 1) log.write(`${line} rid ${rid}\n`);
    log.write('something else\n');
    log.flush();
    const found = (await examine(rig, rid)).find(({ kind }) => kind === 'request-logged');
    expect(found).toMatchObject({ lines: Array.from({ length: 20 }, (_, at) => `${at + 5} rid ${rid}`) });
  });

  it('that it does not know is said, and nothing is guessed', async () => {
    const rig = await sent();
    const findings = await examine(rig, '11111111-22222222-33333333');
    expect(findings.map(({ kind }) => kind)).toEqual(['request-unknown', 'request-unlogged']);
  });

  it('of a list names no version', async () => {
    const rig = await sent();
    const rid = rig.emulator.requests().find(({ call }) => call === 'getscflist')?.rid ?? '';
    expect((await examine(rig, rid)).map(({ kind }) => kind)).toEqual(['request-kept', 'request-unlogged']);
  });

  it('of another time names no version: what was sent then is not kept any more', async () => {
    const rig = await sent();
    const rid = ridOf(rig);
    const place = { function: 'pay', endpoint: rig.emulator.url };
    const store = openStore(`${rig.project.folder}/.tcb-watch`);
    const [version] = (await store.read(place)).versions;
    if (version === undefined) return expect.unreachable();
    const kept = async (at: number, sentAt: number): Promise<boolean> => {
      await store.removeVersion(place, version.fingerprint);
      await store.write(place, { ...version, at }, []);
      await store.writeIndex(place, { sent: { [version.fingerprint]: sentAt }, runs: [] });
      return (await examine(rig, rid)).some(({ kind }) => kind === 'request-sent');
    };
    const [then, minute] = [version.at, 60_000];
    expect(await kept(then - minute, then + minute)).toBe(false);
    expect(await kept(then - minute, then + 1000)).toBe(true);
    expect(await kept(then - 1000, then + minute)).toBe(true);
    expect(await kept(then + minute, then + minute)).toBe(false);
  });

  it('is asked of the running program’s own emulator, if it has one', async () => {
    const rig = await sent();
    const rid = ridOf(rig);
    // Nothing is kept of the sync that sends meanwhile.
    await rig.project.configure({ envs: ['dev', 'test'], endpoint: 'emulator', history: false });
    const own = { url: rig.emulator.url, token: rig.emulator.token };
    const { sync } = await startSync(await rig.load(), { emulator: own });
    await daemonFor({ ...sync, emulator: () => own });
    expect((await examine(rig, rid)).map(({ kind }) => kind)).toEqual(['request-kept', 'request-unlogged']);
  });

  it('of an emulator that cannot be opened names the mistake', async () => {
    const rig = await syncRig({ pay: entry('1') });
    await rig.project.write('.tcb-watch/emulator', 'no folder');
    await rig.project.configure({ envs: ['dev'], endpoint: 'emulator' });
    expect(await examine(rig, 'x')).toMatchObject([
      { kind: 'config-problem', problem: { kind: 'no-store' } },
    ]);
  });
});

describe('quotas', () => {
  type Outcome = Awaited<ReturnType<Cloud['quota']>>;
  const of = (quota: Partial<PublishedQuota>): Outcome => ({
    ...{ ok: true, quota: { limit: 100, used: 0, perSecond: null, ...quota } },
  });
  const check = (outcome: (at: number) => Outcome, requestsPerSecond = 10) => {
    let at = -1;
    const quota = async (): Promise<Outcome> => {
      at += 1;
      return outcome(at);
    };
    return checkQuotas({ quota }, { requestsPerSecond });
  };

  it.each<readonly [number, number, string]>([
    [0, 1, 'quota-known'],
    [0, 100, 'quota-known'],
    [50, 100, 'quota-known'],
    [51, 100, 'quota-high'],
    [99, 100, 'quota-high'],
    [100, 100, 'quota-gone'],
    [101, 100, 'quota-gone'],
  ])('%d of %d: %s', async (used, limit, kind) => {
    const findings = await check(() => of({ used, limit }));
    expect(findings).toHaveLength(meteredCalls.length);
    expect(findings[0]).toMatchObject({ kind, api: meteredCalls[0], used, limit });
  });

  it('that are not published are not spoken of', async () => {
    expect(await check(() => of({ limit: 0 }))).toEqual([]);
  });

  it('the lowest rate counts, where it is lower than the own one', async () => {
    const rates = (at: number): Outcome => of({ limit: 0, perSecond: at === 1 ? 3 : 5 });
    expect(await check(rates)).toMatchObject([{ kind: 'rate-lowered', rate: 3 }]);
    expect(await check(rates, 3)).toEqual([]);
    expect(await check(rates, 2)).toEqual([]);
  });

  it('that cannot be had are said once, after what is known', async () => {
    const refused: Outcome = { ok: false, failure: failure({ class: 'token', message: 'no' }) };
    expect(await check((at) => (at === 0 ? of({}) : refused))).toMatchObject([
      { kind: 'quota-known' },
      { kind: 'quota-unknown', failure: { message: 'no' } },
    ]);
  });
});
