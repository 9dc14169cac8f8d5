/** The timers of a function's config.json, read from real files; the cloud is a double. */
import { describe, expect, it } from 'vitest';
import type { Cloud, Trigger } from '../../src/cloud/cloud.js';
import type { PartJob } from '../../src/model/event.js';
import type { Fact } from '../../src/model/fact.js';
import { createTimers, type Timers } from '../../src/sync/timers.js';
import { folderWith } from '../support/init-rig.js';

const daily = { name: 't', type: 'timer', config: '0 0 2 1 * * *' };
const none = new AbortController().signal;

interface Rig extends Timers {
  readonly folder: string;
  readonly notices: () => string[];
  /** Everything that was reported. */
  readonly told: readonly Fact[];
  readonly sent: readonly (readonly Trigger[])[];
}

async function rig(settings: unknown, isOn = true, mayStillGo = true): Promise<Rig> {
  const text = typeof settings === 'string' ? settings : JSON.stringify(settings);
  const folder = await folderWith({ 'pay/config.json': text });
  const told: Fact[] = [];
  const sent: (readonly Trigger[])[] = [];
  const updateTriggers: Cloud['updateTriggers'] = async (_, __, triggers) => {
    sent.push(triggers);
    return { type: 'answered', requestMs: 1, failures: [] };
  };
  const timers = createTimers({
    isOn: () => isOn,
    cloud: () => ({ updateTriggers }),
    mayStillGo: () => mayStillGo,
    dirOf: (name) => (name === 'pay' ? `${folder}/pay` : null),
    language: 'en',
    tell: (fact) => told.push(fact),
  });
  const notices = (): string[] => told.flatMap((fact) => (fact.event === 'notice' ? [fact.kind] : []));
  return { ...timers, folder, notices, told, sent };
}

function jobFor(fingerprint: string): PartJob {
  return { type: 'part', id: 1, part: 'timers', function: 'pay', envs: ['dev'], fingerprint };
}

describe('timers of config.json', () => {
  it('are sent as they were read', async () => {
    const { wanted, send, sent } = await rig({ triggers: [daily] });
    const fingerprint = (await wanted('pay')) ?? '';
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await send(jobFor(fingerprint), none)).toMatchObject({ type: 'answered' });
    expect(sent).toEqual([[{ trigger_name: 't', type: 'Timer', config: '0 0 2 1 * * *' }]]);
  });

  it('that differ from what was asked for are not sent, and say what they are', async () => {
    const { wanted, send, sent } = await rig({ triggers: [daily] });
    expect(await send(jobFor('another'), none)).toEqual({ type: 'not-sent', wanted: await wanted('pay') });
    expect(sent).toEqual([]);
  });

  it('whose consent ended while they were read are not sent, and are wanted still', async () => {
    const { wanted, send, sent } = await rig({ triggers: [daily] }, true, false);
    const fingerprint = (await wanted('pay')) ?? '';
    expect(await send(jobFor(fingerprint), none)).toEqual({ type: 'not-sent', wanted: fingerprint });
    expect(sent).toEqual([]);
  });

  it('of an empty list are wanted: they take away what is there', async () => {
    const { wanted } = await rig({ triggers: [] });
    expect(await wanted('pay')).not.toBeNull();
  });

  it.each<readonly [string, unknown, readonly string[]]>([
    ['no word of timers', {}, []],
    ['not JSON', '{', ['timers-wrong']],
    ['six fields', { triggers: [{ ...daily, config: '0 0 2 1 * *' }] }, ['timers-wrong']],
    ['no list', { triggers: {} }, ['timers-wrong']],
    ['permissions', { permissions: { openapi: ['wxacode.get'] } }, ['permissions']],
  ])('%s: none are wanted, which is reported once', async (_, settings, kinds) => {
    const { wanted, notices } = await rig(settings);
    expect([await wanted('pay'), await wanted('pay')]).toEqual([null, null]);
    expect(notices()).toEqual(kinds);
  });

  it('that cannot be read name their function, so that whoever looks elsewhere sees whose they are', async () => {
    const { wanted, told } = await rig({ triggers: [{ ...daily, config: 'daily' }] });
    await wanted('pay');
    expect(told).toMatchObject([
      { function: 'pay', detail: 'The timers in config.json cannot be read: triggers[0]' },
    ]);
  });

  it('are left alone where nobody asked for them, and where there is no such function', async () => {
    const off = await rig({ triggers: [daily], permissions: { openapi: ['wxacode.get'] } }, false);
    expect(await off.wanted('pay')).toBeNull();
    expect(off.notices()).toEqual([]);
    const on = await rig({ triggers: [daily] });
    expect(await on.wanted('gone')).toBeNull();
  });
});
