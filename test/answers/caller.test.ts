/** Calls until the code that is meant has answered, or nobody wants to know any more. */
import { describe, expect, it } from 'vitest';
import { type CallerOptions, createCaller, createPace } from '../../src/answers/caller.js';
import { createAnswerStore } from '../../src/answers/store.js';
import type { InvokeOutcome } from '../../src/cloud/cloud.js';
import { defaultConfig } from '../../src/config/config.js';
import { probeMark, type SavedEvent } from '../../src/model/answer.js';
import { failure } from '../core/make.js';

const event: SavedEvent = {
  ...{ name: 'one', value: { n: 1 }, expect: null, ignore: [], envs: null, file: '/p/events/pay.json' },
  at: { line: 1, column: 1 },
};
const target = { function: 'pay', env: 'dev', live: 'f1'.repeat(32), carriesHelper: true, isLatest: true };
const signal = new AbortController().signal;

function caller(
  outcome: InvokeOutcome,
  onCall: () => void,
  timeScale: number,
  store = createAnswerStore(null),
) {
  return createCaller({
    cloud: () => ({
      async invoke() {
        onCall();
        return outcome;
      },
    }),
    config: () => defaultConfig('/p', { envs: ['dev'] }),
    folderOf: () => '/p/functions/pay',
    store,
    keyOf: () => 'ab'.repeat(32),
    turn: async () => true,
    timeScale,
  });
}

it('calls other code three times more, and then names it', async () => {
  let calls = 0;
  const count = (): void => {
    calls += 1;
  };
  const old: InvokeOutcome = { ok: true, result: 'old', logs: [], ms: 1 };
  expect(await caller(old, count, 0).call(target, event, signal)).toMatchObject({
    proven: false,
    result: 'old',
  });
  expect(calls).toBe(4);
});

it('does not go on waiting for what nobody wants any more', async () => {
  let isWanted = true;
  const old: InvokeOutcome = { ok: true, result: 'old', logs: [], ms: 1 };
  const stop = (): void => {
    isWanted = false;
  };
  // The whole wait would be longer than any test.
  expect(await caller(old, stop, 10_000).call(target, event, signal, () => isWanted)).toBe(null);
});

it('compares with no call that did not come to the code, and not from one either', async () => {
  const store = createAnswerStore(null);
  const plain = { ...target, carriesHelper: false };
  const away: InvokeOutcome = {
    ok: false,
    logs: [],
    failure: failure({ class: 'transient', origin: 'unreachable', errcode: null, message: 'ECONNREFUSED' }),
  };
  const call = async (outcome: InvokeOutcome, live: string) =>
    caller(outcome, () => undefined, 0, store).call({ ...plain, live }, event, signal);
  const said = (result: string): InvokeOutcome => ({ ok: true, result, logs: [], ms: 1 });
  await call(said('one'), 'a'.repeat(64));
  expect(await call(away, 'b'.repeat(64))).toMatchObject({ changed: 'first', diff: null, ok: false });
  const next = await call(said('two'), 'b'.repeat(64));
  expect(next?.diff).toContain('-  "result": "one"');
});

describe('what is sent', () => {
  /** The texts that the cloud is called with, and the answers. */
  async function sent(over: Partial<CallerOptions>, carriesHelper = true, signalGiven = signal) {
    const texts: string[] = [];
    const made = createCaller({
      cloud: () => ({
        async invoke(env, name, text) {
          texts.push(`${env} ${name} ${text}`);
          return { ok: true, result: { n: 1 }, logs: [], ms: 1 };
        },
      }),
      config: () => defaultConfig('/p', { envs: ['dev'] }),
      folderOf: () => '/p/functions/pay',
      store: createAnswerStore(null),
      keyOf: () => 'the key',
      turn: async () => true,
      timeScale: 0,
      ...over,
    });
    const answer = await made.call({ ...target, carriesHelper }, event, signalGiven);
    return { texts, answer };
  }

  it('is the event, and the key where a helper runs that knows it', async () => {
    const { texts } = await sent({});
    expect(texts[0]).toBe(`dev pay {"n":1,"${probeMark}":{"key":"the key"}}`);
    expect((await sent({ keyOf: () => null })).texts[0]).toBe('dev pay {"n":1}');
    const plain = await sent({}, false);
    expect(plain.texts).toEqual(['dev pay {"n":1}']);
    expect(plain.answer).toMatchObject({
      ...{ proven: null, fingerprint: target.live, ok: true, changed: 'first' },
      ...{ file: 'events/pay.json', line: 1, ignored: [] },
    });
  });

  it('is nothing where its turn does not come, and no answer where the signal came meanwhile', async () => {
    expect(await sent({ turn: async () => false })).toEqual({ texts: [], answer: null });
    const leaving = new AbortController();
    const turn = async (): Promise<boolean> => {
      leaving.abort();
      return true;
    };
    expect((await sent({ turn }, false, leaving.signal)).answer).toBeNull();
  });

  it('is compared with the answer to the same question alone', async () => {
    const store = createAnswerStore(null);
    const call = async (asked: SavedEvent, live: string, result: unknown) => {
      const outcome: InvokeOutcome = { ok: true, result, logs: [], ms: 1 };
      const made = caller(outcome, () => undefined, 0, store);
      return (await made.call({ ...target, carriesHelper: false, live }, asked, signal))?.changed;
    };
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(await call(event, a, { at: 1, n: 1 })).toBe('first');
    expect(await call({ ...event, name: 'other' }, b, { at: 1, n: 1 })).toBe('first');
    expect(await call({ ...event, value: { n: 2 } }, b, { at: 1, n: 1 })).toBe('first');
    const ignoring = { ...event, ignore: ['/result/at'] };
    expect(await call(ignoring, a, { at: 1, n: 1 })).toBe('first');
    expect(await call(ignoring, b, { at: 2, n: 1 })).toBe('same');
    expect(await call(event, b, { n: 1, at: 1 })).toBe('same');
    expect(await call(event, 'c'.repeat(64), { n: 1, at: 2 })).toBe('different');
  });
});

describe('the pace', () => {
  it('lets so many begin at once, and the next one not before there is room', async () => {
    const leaving = new AbortController();
    const turn = createPace(2);
    const first = [turn(leaving.signal), turn(leaving.signal)];
    expect(await Promise.all(first)).toEqual([true, true]);
    const next = turn(leaving.signal);
    leaving.abort();
    expect(await next).toBe(false);
    expect(await createPace(2)(leaving.signal)).toBe(false);
  });

  it('of less than one a second lets one begin', async () => {
    const leaving = new AbortController();
    const turn = createPace(0.5);
    expect(await turn(leaving.signal)).toBe(true);
    const next = turn(leaving.signal);
    leaving.abort();
    expect(await next).toBe(false);
  });

  it('lets the next one begin in time', async () => {
    const turn = createPace(100);
    for (let begun = 0; begun < 105; begun += 1) expect(await turn(signal)).toBe(true);
  });
});
