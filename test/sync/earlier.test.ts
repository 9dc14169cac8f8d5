/** Going back to a version that was sent: what is aimed at, and the body of exactly that. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/history/store.js';
import type { PushJob } from '../../src/model/event.js';
import { createEarlier, type EarlierOptions } from '../../src/sync/earlier.js';
import { running } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

const saying = (text: string): string => `exports.main = async () => '${text}';\n`;
const gone = 'f'.repeat(64);

/** `pay`, sent twice: first "one", then "two". With `helper` the uploads carry the helper, but to the protected environment. */
async function scene(helper: boolean) {
  const config = helper
    ? { functions: { pay: { answers: true, proof: true } }, protectedEnvs: ['test'] }
    : { protectedEnvs: ['test'] };
  const rig = await syncRig({ pay: { 'index.js': saying('one') } }, config, { keepZips: true });
  await rig.project.write('events/pay.json', '[{"name":"one","value":{}}]');
  const push = async (text: string, more: Parameters<typeof rig.start>[0] = {}) => {
    await rig.project.write('functions/pay/index.js', saying(text));
    const made = await rig.start({ yes: true, ...more });
    await made.rest();
    return made;
  };
  const stop = async ({ sync }: Awaited<ReturnType<typeof push>>): Promise<void> => {
    await sync.stop(() => 0);
  };
  await stop(await push('one'));
  await stop(await push('two'));
  const versions = async () => {
    const store = openStore(join(rig.project.folder, '.tcb-watch'));
    return (await store.read({ function: 'pay', endpoint: rig.emulator.url })).versions;
  };
  const newKey = (): Promise<void> => rig.project.write('.tcb-watch/probe.key', `${'ab'.repeat(32)}\n`);
  return { ...rig, push, stop, versions, newKey };
}

const shown = (facts: readonly { envs: readonly string[]; fingerprint: string; cause: string }[]) =>
  facts.filter(({ cause }) => cause === 'undo').map(({ envs, fingerprint }) => [envs.join(), fingerprint]);

describe('a start that goes back', () => {
  it('sends the very bytes of then, and only there', async () => {
    const { push, versions, emulator } = await scene(false);
    const oldest = (await versions()).at(-1)?.fingerprint ?? '';
    const back = await push('two', {
      undo: { names: ['pay'], steps: [{ env: 'dev', fingerprint: oldest }] },
    });
    expect(shown(back.of('pushing'))).toEqual([['dev', oldest]]);
    const zips = emulator.requests().flatMap(({ zip }) => (zip === null ? [] : [zip]));
    expect(zips.at(-1)?.equals(zips[0] ?? Buffer.alloc(0))).toBe(true);
    expect((await running(emulator, 'dev', 'pay')).get('index.js')).toBe(saying('one'));
    expect((await running(emulator, 'test', 'pay')).get('index.js')).toBe(saying('two'));
    expect(back.bugs).toEqual([]);
  });

  it('with the helper of today, but without it where functions are never called', async () => {
    const { push, versions, newKey, emulator } = await scene(true);
    const dressed = (await versions()).filter(({ content, fingerprint }) => content !== fingerprint).at(-1);
    await newKey();
    const steps = ['dev', 'test'].map((env) => ({ env, fingerprint: dressed?.fingerprint ?? '' }));
    const back = await push('two', { undo: { names: ['pay'], steps } });
    const sent = new Map(shown(back.of('pushing')).map(([envs, fingerprint]) => [envs, fingerprint]));
    expect(sent.get('test')).toBe(dressed?.content);
    expect(sent.get('dev')).toMatch(/^[0-9a-f]{64}$/);
    expect([dressed?.content, dressed?.fingerprint]).not.toContain(sent.get('dev'));
    expect([...(await running(emulator, 'test', 'pay')).keys()]).toEqual(['index.js']);
    const files = await running(emulator, 'dev', 'pay');
    expect([...files.keys()].sort()).toEqual(['__tcb-watch.cjs', 'index.js']);
    expect(files.get('index.js')).toContain(saying('one').trim());
  });

  it('to what is not kept sends nothing, and says so', async () => {
    const { push } = await scene(false);
    const back = await push('two', { undo: { names: ['pay'], steps: [{ env: 'dev', fingerprint: gone }] } });
    expect(back.of('pushed')).toEqual([]);
    expect(back.of('push-failed')).toMatchObject([
      { envs: ['dev'], message: expect.stringContaining('version ffffffff is not kept any more') },
    ]);
  });
});

describe('a version', () => {
  /** The versions of a real history, with another key today where the test says so. */
  async function earlier(over: Partial<EarlierOptions> = {}, helper = false) {
    const made = await scene(helper);
    const { sync } = await made.push('two');
    const kept = await made.versions();
    const asked: unknown[] = [];
    const spec = sync.engine.state().functions.get('pay')?.spec;
    const { aim, bodyFor } = createEarlier({
      history: sync.history,
      bodies: {
        async bodyOf(name, files, entries, envs) {
          asked.push([name, files.length, entries.length, envs]);
          return { body: Buffer.from('body'), zipBytes: 1, files: entries.length, takeFiles: () => null };
        },
      },
      specOf: () => spec,
      keyDigestOf: () => null,
      ...over,
    });
    const job = (fingerprint: string): PushJob => ({
      ...{
        type: 'push',
        id: 1,
        function: 'pay',
        envs: ['dev'],
        fingerprint,
        operation: 'update',
        attempt: 1,
      },
      ...{ cause: 'undo', isKept: true, savedAt: null },
    });
    return { aim, bodyFor, job, kept, asked };
  }
  const step = (fingerprint: string | null) => ({ env: 'dev', fingerprint });

  it('is aimed at as it was; none, or one that is not kept, stays as it was asked for', async () => {
    const { aim, kept } = await earlier();
    const [newest] = kept;
    const steps = [step(newest?.fingerprint ?? ''), step(null), step(gone)];
    expect(await aim('pay', steps)).toEqual(steps);
  });

  it('without a secret today goes as the files alone', async () => {
    const { aim, kept } = await earlier({}, true);
    const dressed = kept.find(({ content, fingerprint }) => content !== fingerprint);
    expect(await aim('pay', [step(dressed?.fingerprint ?? '')])).toEqual([step(dressed?.content ?? '')]);
  });

  it('of which the files are gone is aimed at by its own name', async () => {
    const { kept } = await earlier({}, true);
    const dressed = kept.find(({ content, fingerprint }) => content !== fingerprint);
    const made = await earlier(
      {
        history: {
          read: async () => ({ versions: [...kept], runs: [], damaged: 0 }),
          filesOf: async () => null,
        },
      },
      true,
    );
    const fingerprint = dressed?.fingerprint ?? '';
    expect(await made.aim('pay', [step(fingerprint)])).toEqual([step(fingerprint)]);
    expect(await made.bodyFor(made.job(fingerprint))).toMatchObject({ type: 'failed' });
  });

  it('has a body of its files, or a failure that names it', async () => {
    const { bodyFor, job, kept, asked } = await earlier();
    const [newest] = kept;
    const fingerprint = newest?.fingerprint ?? '';
    expect(await bodyFor(job(fingerprint))).toMatchObject({ zipBytes: 1, version: { fingerprint } });
    expect(asked).toEqual([['pay', 1, 1, ['dev']]]);
    expect(await bodyFor(job(gone))).toEqual({
      type: 'failed',
      failure: {
        ...{ class: 'function', origin: 'history', message: 'version ffffffff is not kept any more' },
        ...{ errcode: null, httpStatus: null, rid: null, retryAfterMs: null },
      },
    });
  });

  it('with the helper of a key that is not had today is not sent', async () => {
    const { bodyFor, job, kept, asked } = await earlier({ keyDigestOf: () => 'c'.repeat(64) }, true);
    const dressed = kept.find(({ content, fingerprint }) => content !== fingerprint);
    expect(await bodyFor(job(dressed?.fingerprint ?? ''))).toMatchObject({
      ...{ type: 'failed', failure: { origin: 'history' } },
    });
    expect(asked).toEqual([]);
  });

  it('is found by the helper of today, too', async () => {
    const { aim, bodyFor, job, asked } = await earlier({ keyDigestOf: () => 'c'.repeat(64) }, true);
    const [{ kept }] = [await earlier({}, true)];
    const dressed = kept.find(({ content, fingerprint }) => content !== fingerprint);
    const [aimed] = await aim('pay', [step(dressed?.content ?? '')]);
    expect(aimed).toMatchObject({ env: 'dev', dressed: true });
    const fingerprint = aimed?.fingerprint ?? '';
    expect([dressed?.content, dressed?.fingerprint]).not.toContain(fingerprint);
    expect(await bodyFor(job(fingerprint))).toMatchObject({ version: { content: dressed?.content } });
    expect(asked).toEqual([['pay', 1, 2, ['dev']]]);
  });
});
