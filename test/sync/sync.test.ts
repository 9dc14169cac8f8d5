/** One running sync: its beginning, what a new configuration replaces, and its end. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSync } from '../../src/sync/sync.js';
import { until } from '../../src/sync/waiting.js';
import { configFor, entry, runEmulator, running, uploads } from '../support/rig.js';
import { startSync, syncRig } from '../support/sync-rig.js';

describe('the beginning', () => {
  it('reports the start first, sends what differs once for all environments, and is live', async () => {
    const rig = await syncRig();
    const { sync, facts, of, rest, bugs } = await rig.start();
    await rest();
    expect(facts[0]).toEqual({
      ...{ event: 'started', version: '1.2.3', pid: process.pid, endpoint: rig.emulator.url },
      ...{ envs: ['dev', 'test'], functions: ['login', 'pay'] },
    });
    expect(of('live')).toHaveLength(4);
    expect(uploads(rig.emulator)).toBe(2);
    expect(await sync.stop(() => 0)).toBe(0);
    expect(of('stopped')).toEqual([expect.objectContaining({ code: 0, pushed: 4, failed: 0, pending: [] })]);
    expect(facts.at(-1)?.event).toBe('stopped');
    expect(bugs).toEqual([]);
  });

  it('uses the emulator that it is given, and leaves it running at its end', async () => {
    const rig = await syncRig({ pay: entry('1') }, { endpoint: 'emulator' });
    const { url, token } = rig.emulator;
    const { sync, rest } = await rig.start({ emulator: { url, token } });
    await rest();
    expect(sync.emulator()).toEqual({ url, token });
    expect((await running(rig.emulator, 'dev', 'pay')).size).toBeGreaterThan(0);
    await sync.stop(() => 0);
    const other = await syncRig({ pay: entry('1') }, configFor(rig.emulator));
    expect((await other.start()).sync.emulator()).toBeNull();
  });

  it('what is live is not sent again by the next start, and is by force', async () => {
    const rig = await syncRig();
    const first = await rig.start();
    await first.rest();
    await first.sync.stop(() => 0);
    const second = await rig.start();
    await second.rest();
    await second.sync.stop(() => 0);
    expect(uploads(rig.emulator)).toBe(2);
    const forced = await rig.start({ force: true });
    await forced.rest();
    expect(uploads(rig.emulator)).toBe(4);
  });

  it('keeps to the selection', async () => {
    const rig = await syncRig();
    const { of, rest } = await rig.start({ selection: { envIds: ['test'], only: ['p*'], names: [] } });
    await rest();
    expect(of('live').map((fact) => [fact.function, fact.env])).toEqual([['pay', 'test']]);
    expect(of('started')[0]).toMatchObject({ envs: ['test'], functions: ['pay'] });
    expect(rig.emulator.functions('dev')).toEqual([]);
  });

  it('sends nothing where something is named that is not there', async () => {
    const rig = await syncRig();
    const started = await createSync({
      loaded: await rig.load(),
      selection: { envIds: [], only: [], names: ['lgin'] },
      ...{ yes: false, force: false, dryRun: false, language: 'en', version: '1' },
      ...{ onFact: () => undefined, onBug: () => undefined },
    });
    expect(started).toMatchObject({ ok: false, reason: 'no-match', unmatched: [{ nearest: 'login' }] });
    expect(uploads(rig.emulator)).toBe(0);
  });

  it('reports a ledger that was damaged after the start, and sends everything once more', async () => {
    const rig = await syncRig();
    const first = await rig.start();
    await first.rest();
    await first.sync.stop(() => 0);
    await writeFile(join(rig.project.folder, '.tcb-watch', 'ledger.json'), '{');
    const { facts, rest } = await rig.start({ yes: true });
    await rest();
    const kinds = facts.map((fact) => (fact.event === 'notice' ? fact.kind : fact.event));
    expect(kinds.indexOf('ledger-damaged')).toBe(1);
  });

  it('says that there are no functions', async () => {
    const rig = await syncRig({});
    const { facts } = await rig.start();
    expect(facts.map((fact) => (fact.event === 'notice' ? fact.kind : fact.event))).toEqual([
      'started',
      'no-functions',
    ]);
  });
});

describe('a project that is not as it should be', () => {
  it('has no state folder: that is reported once, and it syncs all the same', async () => {
    const rig = await syncRig({ pay: entry('1') });
    await writeFile(join(rig.project.folder, '.tcb-watch'), 'a file');
    const { of, rest } = await rig.start();
    await rest();
    expect(of('notice').map(({ kind }) => kind)).toEqual(['state-folder']);
    expect(of('live')).toHaveLength(2);
  });

  it('has lost a functions root: it is named where no function of it is known, and holds those that are', async () => {
    const rig = await syncRig({ pay: entry('1') }, { functionsRoot: ['functions', 'more'] });
    await rig.project.write('more/order/index.js', 'exports.main = 1;\n');
    const first = await rig.start();
    await first.rest();
    await first.sync.stop(() => 0);
    await rm(join(rig.project.folder, 'more'), { recursive: true });
    const second = await rig.start();
    await second.rest();
    expect(second.of('held').map(({ function: name, reason }) => [name, reason])).toEqual([
      ['order', 'root-gone'],
    ]);
    await second.sync.stop(() => 0);
    await rm(join(rig.project.folder, '.tcb-watch'), { recursive: true });
    const third = await rig.start();
    expect(third.of('held')).toMatchObject([{ function: null, reason: 'root-gone' }]);
  });
});

describe('protected environments', () => {
  const config = { protectedEnvs: ['test'] };

  it('get nothing without an answer, and everything with one', async () => {
    const rig = await syncRig({ pay: entry('1') }, config);
    const held = await rig.start();
    await held.rest();
    expect(held.of('held')).toMatchObject([{ function: 'pay', env: 'test', reason: 'protected' }]);
    expect(rig.emulator.functions('test')).toEqual([]);
    expect(rig.emulator.functions('dev')).toHaveLength(1);
    await held.sync.stop(() => 0);
    const open = await rig.start({ yes: true });
    await open.rest();
    expect(rig.emulator.functions('test')).toHaveLength(1);
  });

  it('a start that asks first sends nothing before the answer', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, until, rest } = await rig.start({ askFirst: true });
    const ending = new AbortController();
    const rested = sync.atRest(ending.signal);
    expect(sync.engine.state().asking.size).toBe(2);
    expect(uploads(rig.emulator)).toBe(0);
    ending.abort();
    await rested;
    sync.engine.dispatch({ type: 'ask', at: Date.now(), asking: [] });
    await until((fact) => fact.event === 'live');
    await rest();
    expect(uploads(rig.emulator)).toBe(1);
  });
});

describe('a dry run', () => {
  it('plans each request, sends nothing and writes nothing', async () => {
    const rig = await syncRig();
    const { sync, facts, of, rest } = await rig.start({ dryRun: true });
    await rest();
    expect(
      of('planned')
        .map(({ function: name, envs, cause }) => [name, envs, cause])
        .sort(),
    ).toEqual([
      ['login', ['dev', 'test'], 'startup'],
      ['pay', ['dev', 'test'], 'startup'],
    ]);
    expect(await sync.stop(() => 0)).toBe(0);
    expect(facts.map(({ event }) => event)).toEqual(['started', 'token', 'planned', 'planned', 'stopped']);
    expect(uploads(rig.emulator)).toBe(0);
    expect(existsSync(join(rig.project.folder, '.tcb-watch'))).toBe(false);
  });

  it('says what would keep the rest', async () => {
    const rig = await syncRig(
      { pay: {} as Record<string, never>, login: entry('1') },
      { protectedEnvs: ['dev'] },
    );
    const { of, rest } = await rig.start({ dryRun: true });
    await rest();
    expect(of('held').map(({ env, reason }) => [env, reason])).toEqual([['dev', 'protected']]);
    expect(of('planned').map(({ envs }) => envs)).toEqual([['test']]);
  });
});

describe('without watching', () => {
  it('rescans when it is asked: new functions are sent, and those that are gone are not looked for', async () => {
    const rig = await syncRig();
    const { sync, rest } = await rig.start();
    await rest();
    await rig.project.write('functions/order/index.js', 'exports.main = 3;\n');
    const found = await sync.discover();
    expect(found.map(({ name }) => name).sort()).toEqual(['login', 'order', 'pay']);
    await rest();
    expect(
      rig.emulator
        .functions('dev')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['login', 'order', 'pay']);
  });

  it('sweeps and uses are of no effect', async () => {
    const rig = await syncRig();
    const { sync, rest } = await rig.start();
    await sync.sweep();
    sync.used();
    await rest();
    expect(uploads(rig.emulator)).toBe(2);
  });
});

describe('watching', () => {
  it('the time until it watches is without that for which a person was waited', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const hourMs = 3_600_000;
    const startedAt = performance.now() - hourMs;
    const { sync, of } = await rig.start({ startedAt, waitedMs: () => hourMs });
    await sync.watch(() => undefined);
    expect(of('watching')[0]?.ms).toBeLessThan(hourMs);
    expect(of('watching')[0]?.ms).toBeGreaterThanOrEqual(0);
  });

  it('finds a new function when it is asked, and goes on to watch it', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest, until } = await rig.start();
    await sync.watch(() => undefined);
    await rest();
    await rig.project.write('functions/order/index.js', 'exports.main = 3;\n');
    expect((await sync.discover()).map(({ name }) => name).sort()).toEqual(['order', 'pay']);
    await until((fact) => fact.event === 'live' && fact.function === 'order');
    await rig.project.write('functions/order/index.js', 'exports.main = 4;\n');
    await until((fact) => fact.event === 'changed' && fact.function === 'order');
    await rest();
    expect((await running(rig.emulator, 'dev', 'order')).get('index.js')).toContain('4');
  });

  it('a save becomes live, the time counts from the start that was meant, and a sweep finds nothing more', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, of, until, rest } = await rig.start({ startedAt: performance.now() });
    await sync.watch(() => undefined);
    expect(of('watching')).toMatchObject([{ functions: 1, envs: 2 }]);
    expect(of('watching')[0]?.ms).toBeLessThan(performance.now());
    await rest();
    await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await until((fact) => fact.event === 'changed');
    await rest();
    expect((await running(rig.emulator, 'dev', 'pay')).get('index.js')).toContain('2');
    const before = uploads(rig.emulator);
    await sync.sweep();
    await rest();
    expect(uploads(rig.emulator)).toBe(before);
  });
});

describe('a new configuration', () => {
  it('of the same cloud takes effect at once: an environment less, another pattern', async () => {
    const rig = await syncRig();
    const { sync, of, rest } = await rig.start();
    await rest();
    await rig.project.configure({ ...configFor(rig.emulator), envs: ['dev'] });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    expect(of('config')).toEqual([{ event: 'config', state: 'reloaded', problems: [] }]);
    expect(sync.config.envs).toEqual(['dev']);
    expect([...sync.engine.state().envs.keys()]).toEqual(['dev']);
    await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await sync.discover();
    sync.engine.dispatch({ type: 'retry', at: Date.now(), function: null, env: null });
    await rest();
    expect((await running(rig.emulator, 'test', 'pay')).get('index.js')).toContain('1');
  });

  it('protects at once, also from what is being packed', async () => {
    const rig = await syncRig({ pay: entry('1') });
    let pack = (): void => undefined;
    const packed = new Promise<void>((resolve) => {
      pack = resolve;
    });
    const { sync, rest } = await rig.start({ holdsLock: () => packed.then(() => true) });
    const isPacking = (): boolean =>
      [...sync.engine.state().requests.values()].some(({ job }) => job.type === 'push');
    await until(sync.engine, new AbortController().signal, isPacking);
    await rig.project.configure({ ...configFor(rig.emulator), protectedEnvs: ['test'] });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    pack();
    await rest();
    expect((await running(rig.emulator, 'dev', 'pay')).size).toBeGreaterThan(0);
    expect((await running(rig.emulator, 'test', 'pay')).size).toBe(0);
  });

  it('of another cloud sends there, by its own ledger, and back again nothing', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const other = await runEmulator({ envs: ['dev', 'test'], token: rig.emulator.token });
    const { sync, rest } = await rig.start();
    await rest();
    await rig.project.configure(configFor(other));
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    await rest();
    expect(uploads(other)).toBe(1);
    await rig.project.configure(configFor(rig.emulator));
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    await rest();
    expect(uploads(rig.emulator)).toBe(1);
    expect(uploads(other)).toBe(1);
    await sync.stop(() => 0);
    const ledger: unknown = JSON.parse(
      await readFile(join(rig.project.folder, '.tcb-watch', 'ledger.json'), 'utf8'),
    );
    expect(Object.keys((ledger as { endpoints: object }).endpoints).sort()).toEqual(
      [rig.emulator.url, other.url].sort(),
    );
  });

  it('of another cloud does not take along what was agreed to for the first one', async () => {
    const rig = await syncRig({ pay: entry('1') }, { protectedEnvs: ['test'] });
    const other = await runEmulator({ envs: ['dev', 'test'], token: rig.emulator.token });
    const { sync, rest, of } = await rig.start({ yes: true });
    await rest();
    expect((await running(rig.emulator, 'test', 'pay')).size).toBeGreaterThan(0);
    await rig.project.configure({ ...configFor(other), protectedEnvs: ['test'] });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    await rest();
    expect((await running(other, 'dev', 'pay')).size).toBeGreaterThan(0);
    expect((await running(other, 'test', 'pay')).size).toBe(0);
    expect(of('held').map(({ env, reason }) => [env, reason])).toContainEqual(['test', 'protected']);
  });

  it('a bug is reported without secrets', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, bugs } = await rig.start();
    sync.reportBug(new Error(`of ${rig.emulator.token}`));
    expect(bugs).toEqual([expect.stringContaining('of ')]);
    expect(bugs[0]).not.toContain(rig.emulator.token);
  });

  it('reads the token again, and its secrets are kept out of what is reported', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const loaded = await rig.load();
    const { sync, facts, rest } = await startSync(loaded);
    await rest();
    await sync.reconfigure({ ...loaded, secrets: ['hunter-two-and-more'] });
    expect(sync.redact('it was hunter-two-and-more')).not.toContain('hunter');
    expect(JSON.stringify(facts)).not.toContain(rig.emulator.token);
  });
});

describe('the end', () => {
  it('waits for the upload in flight, and names what is left', async () => {
    const rig = await syncRig({ pay: entry('1') });
    rig.emulator.faults.add({ call: 'batchuploadscf', hold: true });
    const { sync, of, until } = await rig.start();
    await until((fact) => fact.event === 'pushing');
    await rig.emulator.waitFor(() => rig.emulator.held().length > 0);
    const stopped = sync.stop(({ requests }) => requests.size);
    rig.emulator.release();
    expect(await stopped).toBe(0);
    expect(of('pushed')).toHaveLength(1);
    expect(of('stopped')).toHaveLength(1);
  });

  it('it does not say that it watches once it ends', async () => {
    const rig = await syncRig();
    const { sync, of } = await rig.start();
    const watching = sync.watch(() => undefined);
    await sync.stop(() => 0);
    await watching;
    expect(of('watching')).toEqual([]);
  });

  it('broken off, it says once how far it came', async () => {
    const rig = await syncRig({ pay: entry('1') });
    rig.emulator.faults.add({ call: 'batchuploadscf', hold: true });
    const { sync, of, until } = await rig.start();
    await until((fact) => fact.event === 'pushing');
    await rig.emulator.waitFor(() => rig.emulator.held().length > 0);
    sync.breakOff(130);
    sync.breakOff(130);
    expect(of('stopped')).toMatchObject([{ code: 130, pushed: 0 }]);
    expect(of('stopped')[0]?.pending).toHaveLength(2);
    rig.emulator.release();
    await sync.stop(() => 0);
    expect(of('stopped')).toHaveLength(1);
  });

  it('the code is made of the state at the very end', async () => {
    const rig = await syncRig({ pay: { 'readme.md': 'no entry' }, login: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    expect(await sync.stop((state) => state.functions.size)).toBe(1);
  });
});

describe('whoever listens later', () => {
  it('gets the facts from then on, in the language asked for', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    const heard: string[] = [];
    const stop = sync.observe('zh-CN', (fact) => heard.push(fact.event));
    sync.engine.dispatch({ type: 'force', at: Date.now(), id: 'run', function: 'pay', env: 'dev' });
    await rest();
    expect(heard).toEqual(['pushing', 'pushed', 'live']);
    stop();
    sync.engine.dispatch({ type: 'force', at: Date.now(), id: 'run', function: 'pay', env: 'dev' });
    await rest();
    expect(heard).toHaveLength(3);
  });

  it('rest can be asked of some targets alone', async () => {
    const rig = await syncRig();
    rig.emulator.faults.add({ call: 'batchuploadscf', function: 'login', hold: true });
    const { sync, of } = await rig.start();
    await sync.atRest(new AbortController().signal, (name) => name === 'pay');
    expect(of('live').map((fact) => fact.function)).toEqual(['pay', 'pay']);
    await rig.emulator.waitFor(() => rig.emulator.held().length > 0);
    rig.emulator.faults.clear();
    rig.emulator.release();
  });
});
