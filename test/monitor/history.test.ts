/** The lines that the log keeps of events: whom they name, which of them become one, and how many are kept. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import type { Fact } from '../../src/model/fact.js';
import { firstMonitor, type LogLine, type MonitorState } from '../../src/monitor/model.js';
import { update } from '../../src/monitor/update.js';
import { now, options, stateOf } from '../support/stage.js';

const size = { columns: 100, rows: 30 };
const five = ['dev', 'test', 'staging', 'qa', 'demo'];
const stage = (envs: readonly string[]) =>
  stateOf(envs, [
    { name: 'pay', stands: envs.map(() => 'live' as const) },
    { name: 'cart', stands: envs.map(() => 'live' as const) },
  ]);

/** Facts, each so many ms after the first. */
function heard(
  facts: readonly (readonly [number, Fact])[],
  envs = five,
  from: MonitorState = firstMonitor,
): MonitorState {
  const state = stage(envs);
  return facts.reduce(
    (monitor, [ms, fact]) =>
      update(monitor, { type: 'fact', at: now + ms, fact }, { state, size, options }).monitor,
    from,
  );
}
const texts = (lines: readonly LogLine[]): string[] =>
  lines.map(({ label, text }) => `${label} ${text}`.trim());

const pushing = (fingerprint: string, ...envs: readonly string[]): Fact => ({
  ...{ event: 'pushing', function: 'pay', envs, fingerprint, zipBytes: 1, files: 1, attempt: 1 },
  cause: 'change',
});
const live = (env: string, fingerprint = 'a'.repeat(64)): Fact => ({
  ...{ event: 'live', function: 'pay', env, fingerprint, sinceSaveMs: null, verified: true, cannotRun: null },
});
const held = (name: string, env: string | null, detail = 'Paused.'): Fact => ({
  ...{ event: 'held', function: name, env, reason: 'paused', detail, hint: '' },
});
const failed = (more: Partial<Extract<Fact, { event: 'push-failed' }>> = {}): Fact => ({
  ...{ event: 'push-failed', function: 'pay', envs: ['dev'], class: 'transient', errcode: 7, message: 'No.' },
  ...{ hint: 'Wait.', rid: null, retryInMs: 500, final: false, ...more },
});
const answer = (ok: boolean, eventName = 'one', env = 'dev'): Fact => ({
  ...{ event: 'answer', function: 'pay', env, eventName, fingerprint: 'f', proven: null, ok },
  ...{ result: null, resultBytes: 4, logs: [], moreLogs: 0, ms: 1, callMs: 1, node: null, requestId: null },
  error: ok ? null : { name: 'TypeError', message: 'no id', code: null, stack: null },
  ...{ places: [], outcome: 'o', changed: 'first', diff: null, mismatches: [], ignored: [], failure: null },
  ...{ file: 'events/pay.json', line: 3 },
});
const notice = (kind: string, name: string | null, detail = 'So it is.'): Fact => ({
  ...{ event: 'notice', kind, detail, hint: '', function: name, place: null },
});
const unfolded = (facts: readonly Fact[]): readonly (readonly [number, Fact])[] =>
  facts.map((fact, index) => [index * 10, fact] as const);

describe('an upload that is live in one environment after the other', () => {
  it.each<readonly [number, readonly string[], string]>([
    [1, ['dev'], 'dev'],
    [2, ['dev', 'test'], 'all environments'],
    [5, ['dev', 'test', 'staging'], 'dev, test, staging'],
    [5, ['dev', 'test', 'staging', 'qa'], '4 environments'],
    [5, five, 'all environments'],
  ])('is one line: of %i environments, %j', (count, envs, shown) => {
    const { log } = heard(unfolded(envs.map((env) => live(env))), five.slice(0, count));
    expect(texts(log)).toEqual([`live ${shown}  aaaaaaaa`]);
  });

  it('begins another line once something else was sent, and goes on in its own otherwise', () => {
    const other = 'b'.repeat(64);
    const sent = [live('dev'), pushing(other, 'test'), live('test')];
    expect(texts(heard(unfolded(sent)).log)).toEqual([
      'live dev  aaaaaaaa',
      'sending test  1 file, 1 B, bbbbbbbb  changed',
      'live test  aaaaaaaa',
    ]);
    const mixed = heard(unfolded([live('dev'), live('test', other), live('qa')]));
    expect(texts(mixed.log)).toEqual(['live dev, qa  aaaaaaaa', 'live test  bbbbbbbb']);
    expect(texts(mixed.histories.get('pay')?.lines ?? [])).toEqual(texts(mixed.log));
  });
});

describe('targets that one cause holds', () => {
  it('are one line for a while, with the functions and environments that there are', () => {
    const { log } = heard([
      [0, held('pay', 'dev')],
      [1, held('pay', 'test')],
      [2, held('cart', 'dev')],
      [9000, held('cart', 'test')],
    ]);
    expect(texts(log)).toEqual(['held 2 functions  dev, test  Paused.  cart, pay', 'held test  Paused.']);
  });

  it('are lines of their own where the causes differ', () => {
    const { log } = heard(unfolded([held('pay', null), held('pay', 'test', 'Other.')]));
    expect(texts(log)).toEqual(['held all environments  Paused.', 'held test  Other.']);
  });
});

describe('it is said at once', () => {
  const toastAfter = (...facts: readonly Fact[]) => {
    const { toast } = heard(unfolded(facts));
    return toast === null ? null : `${toast.tone} ${toast.about}${toast.text}`;
  };

  it.each<readonly [string, Fact, string | null]>([
    ['that an upload failed', failed(), 'bad ✖ pay (dev): 7 No.'],
    ['where it failed', failed({ envs: ['dev', 'test'] }), 'bad ✖ pay (dev, test): 7 No.'],
    ['not that it waits for the one before', failed({ class: 'busy' }), null],
    [
      'that it was refused as busy for good',
      failed({ class: 'busy', retryInMs: null }),
      'bad ✖ pay (dev): 7 No.',
    ],
    ['not that it is created next', failed({ class: 'missing', retryInMs: 0 }), null],
    ['not that it goes a moment later', failed({ errcode: 45_011 }), null],
    [
      'that it is held for a fault',
      { ...held('pay', 'dev', 'Too big.'), reason: 'too-big' } as Fact,
      'bad ✖ pay (dev): Too big.',
    ],
    [
      'that all of it is held',
      { ...held('pay', null, 'Too big.'), reason: 'too-big' } as Fact,
      'bad ✖ pay: Too big.',
    ],
    ['not what a person wanted so', held('pay', 'dev'), null],
    ['not what the head of the screen says', { ...held('pay', 'dev'), reason: 'offline' } as Fact, null],
    [
      'that a folder is gone',
      { event: 'lost', function: 'pay', detail: 'Gone.', hint: '' },
      'bad ✖ pay: Gone.',
    ],
    ['that an answer is wrong', answer(false), 'bad ✖ pay (dev): one · TypeError: no id · 1 ms'],
    ['not that it is right', answer(true), null],
    ['of a file of events that is right again', notice('events-right', 'pay'), 'good So it is.'],
    ['of a file of events that is wrong', notice('events-wrong', 'pay'), 'bad ✖ pay: So it is.'],
    ['of a colleague’s code that is replaced', notice('foreign-replaced', null), 'warn So it is.'],
    ['not of what concerns no function', notice('watch-limit', null), null],
  ])('%s', (_, fact, said) => {
    expect(toastAfter(fact)).toBe(said);
  });

  it('until it is right again', () => {
    const wrong = 'bad ✖ pay (dev): 7 No.';
    expect(toastAfter(failed(), { event: 'found', function: 'cart' })).toBe(wrong);
    expect(toastAfter(failed(), pushing('a'.repeat(64), 'dev'))).toBe(wrong);
    expect(toastAfter(failed(), live('dev'))).toBeNull();
    expect(toastAfter(answer(false), live('dev'))).not.toBeNull();
    expect(toastAfter(answer(false), answer(true, 'two'))).not.toBeNull();
    expect(toastAfter(answer(false), answer(true, 'one', 'test'))).not.toBeNull();
    expect(toastAfter(answer(false), answer(true))).toBeNull();
  });
});

describe('what is kept', () => {
  it('is sixty answers of a function, the newest', () => {
    const facts = Array.from({ length: 61 }, (_, count) => answer(true, `event ${count}`));
    const answers = heard(unfolded(facts)).histories.get('pay')?.answers;
    const names = [...(answers?.values() ?? [])].map((each) => each.eventName);
    expect(names).toEqual(Array.from({ length: 60 }, (_, count) => `event ${count + 1}`));
  });

  it('is how each upload ended where it went, the newest of its content', () => {
    const [one, two] = ['a'.repeat(64), 'b'.repeat(64)];
    const facts = [
      ...[pushing(one, 'dev', 'test'), live('dev', one), pushing(two, 'dev', 'test')],
      ...[failed({ envs: ['dev'] }), live('test', two), live('qa', two), live('test', one)],
    ];
    const uploads = heard(unfolded(facts)).histories.get('pay')?.uploads ?? [];
    expect(uploads.map(({ ends }) => [...ends].map(([env, { type }]) => `${env} ${type}`))).toEqual([
      ['dev live', 'test live'],
      ['dev failed', 'test live'],
    ]);
    expect(uploads.map(({ before }) => before)).toEqual([one, one]);
  });

  it('is no content before the first, where the environment does not have the function', () => {
    const state = stage(['dev']);
    const functions = state.functions.map((fn) => ({
      ...fn,
      targets: mapValues(fn.targets, (target) => ({ ...target, live: null, presence: 'missing' as const })),
    }));
    const event = { type: 'fact', at: now, fact: pushing('a'.repeat(64), 'dev') } as const;
    const uploadsIn = (state: State) =>
      update(firstMonitor, event, { state, size, options }).monitor.histories.get('pay')?.uploads ?? [];
    expect(uploadsIn({ ...state, functions }).map(({ before }) => before)).toEqual([null]);
    expect(uploadsIn(state).map(({ before }) => before)).toEqual(['a'.repeat(64)]);
    expect(uploadsIn(stage([])).map(({ before }) => before)).toEqual(['?']);
  });
});
