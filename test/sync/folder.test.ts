/** A running sync, its state folder and git: what is written and when, and what keeps an upload from going. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stepDifferences } from '../../src/sync/differences.js';
import type { SyncOptions } from '../../src/sync/sync.js';
import { configFor, entry, runEmulator, running, uploads } from '../support/rig.js';
import { type RunningSync, type SyncRig, syncRig } from '../support/sync-rig.js';

const state = (rig: SyncRig, ...parts: string[]): string => join(rig.project.folder, '.tcb-watch', ...parts);
const kindsOf = ({ of }: RunningSync): string[] => of('notice').map(({ kind }) => kind);

describe('the list of files that were read', () => {
  it.each<readonly [string, Partial<SyncOptions>, boolean]>([
    ['is kept for the next start', {}, true],
    ['is not, by a run of some functions', { selection: { envIds: [], only: ['*'], names: [] } }, false],
    ['is not, by a run of named functions', { selection: { envIds: [], only: [], names: ['pay'] } }, false],
    ['is, by a run of some environments', { selection: { envIds: ['dev'], only: [], names: [] } }, true],
    ['is not, by a dry run', { dryRun: true }, false],
    ['is not, where another process has the lock', { holdsLock: async () => false }, false],
    ['is, where this process has it', { holdsLock: async () => true }, true],
  ])('%s', async (_, options, isKept) => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start(options);
    await rest();
    await sync.stop(() => 0);
    expect(existsSync(state(rig, 'files.json'))).toBe(isKept);
  });
});

describe('the lock', () => {
  it('that is lost keeps everything from being sent', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const started = await rig.start({ holdsLock: async () => false });
    await started.rest();
    expect(uploads(rig.emulator)).toBe(0);
    expect(started.sync.engine.state().paused).toBe(true);
    expect(existsSync(state(rig, 'ledger.json'))).toBe(false);
  });
});

describe('the ledger', () => {
  it('that cannot be written is said, once for each row of failures, and it syncs all the same', async () => {
    const rig = await syncRig({ pay: entry('1') });
    await mkdir(state(rig, 'ledger.json', 'x'), { recursive: true });
    const started = await rig.start();
    await started.rest();
    await started.sync.stop(() => 0);
    expect(new Set(kindsOf(started))).toEqual(new Set(['ledger-unwritable']));
    expect(started.of('live')).toHaveLength(2);
  });

  it('that cannot be written any more is said as well', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const started = await rig.start();
    await started.rest();
    await started.sync.written();
    await rm(state(rig, 'ledger.json'));
    await mkdir(state(rig, 'ledger.json', 'x'), { recursive: true });
    started.sync.rewrite();
    await started.sync.written();
    expect(kindsOf(started)).toEqual(['ledger-unwritable']);
  });

  it('is written again into a folder that was made again', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    await sync.written();
    const before = await readFile(state(rig, 'ledger.json'), 'utf8');
    await rm(state(rig), { recursive: true });
    sync.rewrite();
    await sync.written();
    expect(JSON.parse(await readFile(state(rig, 'ledger.json'), 'utf8'))).toEqual(JSON.parse(before));
  });
});

describe('history', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, number]>([
    ['keeps what was sent', {}, 2],
    ['keeps no more versions than it may', { history: { versions: 2, megabytes: 1 } }, 2],
    ['keeps nothing where it is switched off', { history: false }, 0],
  ])('%s', async (_, config, versions) => {
    const rig = await syncRig({ pay: entry('1') }, config);
    for (const text of ['1', '2']) {
      await rig.project.write('functions/pay/index.js', `exports.main = async () => ${text};\n`);
      const { sync, rest } = await rig.start();
      await rest();
      await sync.stop(() => 0);
    }
    const { sync } = await rig.start();
    expect((await sync.history.read('pay')).versions).toHaveLength(versions);
  });

  it('that cannot be written is said, and it syncs all the same', async () => {
    const rig = await syncRig({ pay: entry('1') });
    await mkdir(state(rig));
    await writeFile(state(rig, 'history'), 'a file');
    const started = await rig.start();
    await started.rest();
    await started.sync.written();
    expect(new Set(kindsOf(started))).toEqual(new Set(['history-unwritable']));
    expect(started.of('live')).toHaveLength(2);
  });

  it('knows where each version runs, also where a killed process could not note it', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const placesOf = async () => {
      const { sync, rest } = await rig.start();
      await rest();
      await sync.stop(() => 0);
      return (await sync.history.read('pay')).runs.map(({ env }) => env).sort();
    };
    expect(await placesOf()).toEqual(['dev', 'test']);
    const names = await readdir(state(rig, 'history'), { recursive: true });
    const index = state(rig, 'history', names.find((name) => name.endsWith('index.json')) ?? '');
    await writeFile(index, JSON.stringify({ ...JSON.parse(await readFile(index, 'utf8')), runs: [] }));
    expect(await placesOf()).toEqual(['dev', 'test']);
  });

  it('a step back would change the files that differ between the two versions', async () => {
    const rig = await syncRig({ pay: { ...entry('1'), 'same.txt': 'same' } });
    const { sync, rest } = await rig.start();
    await rest();
    await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    sync.engine.dispatch({
      ...{ type: 'settled', at: Date.now() },
      functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false, capped: false }],
    });
    await rest();
    const kept = await sync.history.read('pay');
    const [from = '', to = ''] = kept.versions.map(({ fingerprint }) => fingerprint);
    expect(kept.versions).toHaveLength(2);
    expect(await stepDifferences(kept, from, to, sync.history)).toMatchObject([{ path: 'index.js' }]);
    expect(await stepDifferences(kept, from, from, sync.history)).toEqual([]);
    expect(await stepDifferences(kept, from, 'not kept', sync.history)).toBeNull();
    expect(await stepDifferences(kept, null, to, sync.history)).toBeNull();
  });

  it('the live content against the disk: which files differ, and nothing of a function that is not there', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    expect(await sync.differences('pay', ['dev', 'test'])).toMatchObject([
      { envs: ['dev', 'test'], live: expect.any(String), found: [] },
    ]);
    rig.emulator.faults.add({ call: 'batchuploadscfcode', errcode: -1, errmsg: 'busy' });
    await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    sync.engine.dispatch({ type: 'pause', at: Date.now(), paused: true });
    sync.engine.dispatch({
      ...{ type: 'settled', at: Date.now() },
      functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false, capped: false }],
    });
    await rest();
    expect(await sync.differences('pay', ['dev'])).toMatchObject([
      { envs: ['dev'], found: [{ path: 'index.js' }] },
    ]);
    await rm(state(rig, 'history'), { recursive: true });
    expect(await sync.differences('pay', ['dev'])).toMatchObject([{ envs: ['dev'], found: null }]);
    expect(await sync.differences('nowhere', ['dev'])).toEqual([]);
  });
});

describe('a failure', () => {
  it('is counted while the target is not live, without the secrets in its text', async () => {
    const rig = await syncRig({ pay: entry('1') });
    rig.emulator.faults.add({ call: 'batchuploadscf', errcode: 87009, errmsg: `no: ${rig.emulator.token}` });
    const { sync, of, rest, facts } = await rig.start();
    await rest();
    expect(sync.failed()).toBe(2);
    expect(of('push-failed')).toMatchObject(
      Array(3).fill({ function: 'pay', message: expect.stringContaining('no:') }),
    );
    expect(JSON.stringify(facts)).not.toContain(rig.emulator.token);
    rig.emulator.faults.clear();
    sync.engine.dispatch({ type: 'retry', at: Date.now(), function: null, env: null });
    await rest();
    expect(sync.failed()).toBe(0);
  });
});

describe('git', () => {
  /** Functions in a repository, sent. */
  async function repository(timeScale = 0.3) {
    // A version that is kept is noted with its commit, which git itself is asked for.
    const rig = await syncRig({ pay: entry('1') }, { history: false });
    await rig.project.write('.git/HEAD', 'ref: refs/heads/main\n');
    const started = await rig.start({ timeScale });
    await started.rest();
    const save = async (): Promise<void> => {
      await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
      started.sync.engine.dispatch({
        ...{ type: 'settled', at: Date.now() },
        functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false, capped: false }],
      });
    };
    const git = (file: string): string => join(rig.project.folder, '.git', file);
    /** Git begins in the very moment in which an upload is about to be made. Resolves when that is over: whether it was sent. */
    const beginWith = (file: string): Promise<boolean> =>
      new Promise((resolve) => {
        let isBegun = false;
        const stop = started.sync.engine.observe((event) => {
          if (event.type === 'job-started' && event.job.type === 'push' && !isBegun) {
            isBegun = true;
            writeFileSync(git(file), '');
          }
          if (event.type !== 'push-ended') return;
          stop();
          resolve(event.outcome.type !== 'not-sent');
        });
      });
    const isNew = async (): Promise<boolean> =>
      (await running(rig.emulator, 'dev', 'pay')).get('index.js')?.includes('2') === true;
    return { rig, started, save, git, beginWith, isNew };
  }

  it.each(['index.lock', 'MERGE_HEAD'])(
    'that begins as an upload is made (%s) keeps it from going, until it is over',
    async (file) => {
      const { rig, started, save, git, beginWith, isNew } = await repository();
      const before = uploads(rig.emulator);
      const sent = beginWith(file);
      await save();
      expect(await sent).toBe(false);
      expect(uploads(rig.emulator)).toBe(before);
      const isLive = started.next('live');
      rmSync(git(file));
      await isLive;
      await started.rest();
      expect(await isNew()).toBe(true);
      expect(uploads(rig.emulator)).toBe(before + 1);
    },
  );

  it('a lock that nobody holds counts for a while, and no longer', async () => {
    const { started, save, beginWith, isNew } = await repository(0.001);
    const isLive = started.next('live');
    void beginWith('index.lock');
    await save();
    await isLive;
    await started.rest();
    expect(await isNew()).toBe(true);
  });

  it('an operation that is unfinished does not keep what somebody forces', async () => {
    const { started, save, beginWith, isNew } = await repository();
    const sent = beginWith('MERGE_HEAD');
    await save();
    expect(await sent).toBe(false);
    const isLive = started.next('live');
    started.sync.engine.dispatch({ type: 'force', at: Date.now(), id: 'run', function: 'pay', env: null });
    await isLive;
    await started.rest();
    expect(await isNew()).toBe(true);
  });
});

describe('a new configuration', () => {
  it('of the same cloud leaves a request that is under way alone', async () => {
    const rig = await syncRig({ pay: entry('1') });
    rig.emulator.faults.add({ call: 'batchuploadscf', hold: true });
    const { sync, of, rest } = await rig.start();
    await rig.emulator.waitFor(() => rig.emulator.held().length > 0);
    const cloud = sync.cloud();
    await rig.project.configure({ ...configFor(rig.emulator), debounceMs: 60 });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    expect(sync.cloud()).toBe(cloud);
    rig.emulator.faults.clear();
    rig.emulator.release();
    await rest();
    expect(of('push-failed')).toEqual([]);
    expect(uploads(rig.emulator)).toBe(1);
  });

  it('whose emulator cannot be opened is refused, and everything stays as it was', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, of, rest } = await rig.start();
    await rest();
    await rig.project.write('.tcb-watch/emulator', 'no folder');
    await rig.project.configure({ envs: ['dev'], endpoint: 'emulator' });
    expect(await sync.reconfigure(await rig.load())).toMatchObject({ kind: 'no-store' });
    expect([sync.config.endpoint, sync.emulator(), of('config')]).toEqual([rig.emulator.url, null, []]);
    sync.engine.dispatch({ type: 'force', at: Date.now(), id: 'run', function: 'pay', env: 'dev' });
    await rest();
    expect(uploads(rig.emulator)).toBe(2);
  });

  it('a token of our own making is warned of when it begins to be one, and not again', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const component = { appId: 'wx1', appSecret: 'a-secret-of-the-app', verifyTicket: 'a-ticket-of-the-app' };
    const started = await rig.start();
    await started.rest();
    const take = async (config: Readonly<Record<string, unknown>>): Promise<void> => {
      await rig.project.configure({ ...configFor(rig.emulator), ...config });
      expect(await started.sync.reconfigure(await rig.load())).toBeNull();
    };
    await take({ token: { component } });
    expect(kindsOf(started)).toEqual(['component-token']);
    await take({ token: { component }, debounceMs: 60 });
    expect(kindsOf(started)).toEqual(['component-token']);
    const other = await rig.start();
    expect(kindsOf(other)).toEqual(['component-token']);
  });

  it('knows what was found while it watched: such a function is held while its root is gone', async () => {
    const rig = await syncRig({ pay: entry('1') }, { functionsRoot: ['functions', 'more'] });
    await rig.project.write('more/one/index.js', 'exports.main = async () => 1;\n');
    const { sync, until, rest } = await rig.start();
    await sync.watch(() => undefined);
    await rig.project.write('more/order/index.js', 'exports.main = async () => 1;\n');
    await until((fact) => fact.event === 'live' && fact.function === 'order');
    await rest();
    await rig.project.remove('more');
    await until((fact) => fact.event === 'held' && fact.reason === 'root-gone');
    await rig.project.configure({
      ...{ ...configFor(rig.emulator), functionsRoot: ['functions', 'more'], debounceMs: 60 },
    });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    expect(sync.engine.state().functions.get('order')?.spec.problem).toMatchObject({ reason: 'root-gone' });
  });

  it('is heard of while it watches', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync } = await rig.start();
    const changed = new Promise<void>((resolve) => void sync.watch(resolve));
    await rig.project.configure({ ...configFor(rig.emulator), debounceMs: 60 });
    await changed;
  });
});

describe('a run of some functions', () => {
  it('finds the others when it is asked, and takes none of them', async () => {
    const rig = await syncRig();
    const { sync, rest } = await rig.start({ selection: { envIds: [], only: ['p*'], names: [] } });
    await rest();
    await rig.project.write('functions/price/index.js', 'exports.main = async () => 1;\n');
    const found = await sync.discover();
    expect(found.map(({ name }) => name).sort()).toEqual(['login', 'pay', 'price']);
    await rest();
    expect([...sync.engine.state().functions.keys()].sort()).toEqual(['pay', 'price']);
  });
});

describe('timers', () => {
  const timer = JSON.stringify({ triggers: [{ name: 't', type: 'timer', config: '0 0 2 1 * * *' }] });

  it.each([true, false])('of a config.json are sent where that is asked for (%s)', async (triggers) => {
    const rig = await syncRig({ pay: { ...entry('1'), 'config.json': timer } }, { triggers });
    const { rest } = await rig.start();
    await rest();
    expect(rig.emulator.counts().batchupdatetriggers > 0).toBe(triggers);
  });

  it('are not sent by a dry run', async () => {
    const rig = await syncRig({ pay: { ...entry('1'), 'config.json': timer } }, { triggers: true });
    const { rest } = await rig.start({ dryRun: true });
    await rest();
    expect(rig.emulator.counts().batchupdatetriggers).toBe(0);
  });
});

describe('a cloud that cannot be reached', () => {
  it('is reported, and so is its return; nothing of it holds a secret', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const closed = await runEmulator({ envs: ['dev', 'test'], token: rig.emulator.token });
    await rig.project.configure(configFor(closed));
    await closed.close();
    const { of, until, sync } = await rig.start();
    await until((fact) => fact.event === 'offline');
    expect(of('offline')[0]).toMatchObject({ detail: expect.stringMatching(/./), hint: expect.any(String) });
    const port = Number(new URL(closed.url).port);
    const back = await runEmulator({ envs: ['dev', 'test'], token: rig.emulator.token, port });
    await until((fact) => fact.event === 'online');
    await until((fact) => fact.event === 'live');
    expect(of('online')).toHaveLength(1);
    expect(back.functions('dev')).toHaveLength(1);
    await sync.stop(() => 0);
  });
});
