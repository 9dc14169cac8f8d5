/** Facts in their order, as one thing after the other happens: each is reported when it begins, once, and when it ends. */
import { describe, expect, it } from 'vitest';
import type { CodeFault } from '../../src/model/code-fault.js';
import type { Fact } from '../../src/model/fact.js';
import type { Failure, LedgerEntry } from '../../src/model/nouns.js';

import { createFacts } from '../../src/text/facts.js';
import { failure } from '../core/make.js';
import { Play, type PlayOptions, row } from '../core/play.js';

/** A play, and the facts of what happened since they were last asked for. */
function story(options: PlayOptions = {}) {
  const play = new Play(options);
  const derive = createFacts('en');
  const facts: Fact[] = [];
  const feed = play.feed.bind(play);
  play.feed = (event) => {
    const before = play.state;
    feed(event);
    facts.push(...derive(event, play.state, before));
  };
  return { play, since: (): Fact[] => facts.splice(0) };
}

const unreachable = failure({ origin: 'unreachable', errcode: null, message: 'ECONNREFUSED' });
const denied = failure({ class: 'config', errcode: 48_001, message: 'api unauthorized' });
const minuteMs = 60_000;

describe('the network', () => {
  it('is reported as it goes and as it returns, whatever met it first', () => {
    const { play, since } = story({ envs: ['dev', 'test'] });
    play.tokenRead();
    since();
    play.listFails('dev', unreachable);
    expect(since()).toMatchObject([
      { event: 'offline', detail: 'ECONNREFUSED', hint: expect.stringContaining('`endpoint`') },
      { event: 'held', reason: 'offline' },
    ]);
    play.pass(500);
    play.probed(false);
    expect(since().filter(({ event }) => event !== 'held')).toEqual([]);
    play.pass(500);
    play.probed(true);
    expect(since()).toContainEqual(expect.objectContaining({ event: 'online' }));
  });

  it('that breaks an upload off is said after it, with the time of the next look', () => {
    const { play, since } = story();
    play.greet();
    since();
    play.fail(play.push(), unreachable);
    expect(since()).toMatchObject([
      { event: 'push-failed', envs: ['dev'], retryInMs: play.state.settings.waits.probeMs, final: false },
      { event: 'offline', detail: 'ECONNREFUSED' },
      { event: 'held', reason: 'offline' },
    ]);
  });
});

describe('timers that fail', () => {
  const hintOf = (facts: readonly Fact[]): string =>
    facts.flatMap((fact) =>
      fact.event === 'notice' && fact.kind === 'timers-failed' ? [fact.hint] : [],
    )[0] ?? '';
  const failing = (why: Failure): string => {
    const { play, since } = story();
    play.timers.set('pay', 'daily');
    play.greet();
    play.accept(play.push());
    // The first scan ends before the test can say what it finds.
    const again = {
      function: 'pay',
      cause: 'change',
      savedAt: play.now,
      full: false,
      capped: false,
    } as const;
    play.feed({ type: 'settled', at: play.now, functions: [again] });
    play.seeActive('new');
    const [job] = play.parts();
    if (job === undefined) throw new Error('no timers are sent');
    since();
    play.partEnds(job, { type: 'failed', failure: why });
    return hintOf(since());
  };

  it('promise a retry or name the command, and never both', () => {
    const passing = failing(failure({ class: 'transient', errcode: -1 }));
    expect(passing).toContain('retried automatically');
    expect(passing).not.toContain('--force');
    const final = failing(failure({ class: 'function', errcode: 40_097 }));
    expect(final).toContain('tcb-watch push pay --force');
    expect(final).not.toContain('retried automatically');
  });
});

describe('the token', () => {
  const ofToken = (facts: readonly Fact[]): Fact[] => facts.filter(({ event }) => event === 'token');

  const expired = failure({ class: 'token', errcode: 42_001, message: 'expired' });

  it('is reported when it is read first, and when another one is read', () => {
    const { play, since } = story();
    play.greet();
    expect(ofToken(since())).toEqual([{ event: 'token', state: 'read', detail: null }]);
    play.fail(play.push(), expired);
    expect(ofToken(since())).toEqual([]);
    play.pass(100);
    play.tokenRead({ changed: true });
    expect(ofToken(since())).toEqual([{ event: 'token', state: 'refreshed', detail: null }]);
  });

  it('is reported when the cloud refuses it and it is still the same', () => {
    const { play, since } = story();
    play.greet();
    since();
    play.fail(play.push(), expired);
    play.tokenRead({ changed: false });
    expect(ofToken(since())).toEqual([
      { event: 'token', state: 'rejected', detail: expect.stringMatching(/^42001 expired\. Put a fresh/) },
    ]);
  });

  it('that cannot be read is reported once, with what to do', () => {
    const { play, since } = story();
    for (let tries = 0; tries < 3; tries += 1) {
      play.tokenEnds({ ok: false, problem: 'env-unset:TOKEN' });
      play.pass(minuteMs);
    }
    expect(ofToken(since())).toEqual([
      { event: 'token', state: 'unavailable', detail: expect.stringMatching(/TOKEN is not set\. Set TOKEN/) },
    ]);
  });
});

describe('a list', () => {
  const notices = (facts: readonly Fact[]) =>
    facts.flatMap((fact) => (fact.event === 'notice' ? [[fact.kind, fact.detail] as const] : []));

  it('that is refused is a notice, and what is refused to the account is one for all environments', () => {
    const { play, since } = story({ envs: ['dev', 'test', 'other'] });
    play.tokenRead();
    since();
    play.listFails('dev', denied);
    expect(notices(since())).toEqual([
      ['listing-refused', 'The cloud refuses to list the functions in dev: 48001 api unauthorized'],
    ]);
    play.listFails('test', denied);
    expect(notices(since())).toEqual([]);
    play.listFails('other', failure({ class: 'config', errcode: 61_007, message: 'not yours' }));
    expect(notices(since())).toEqual([
      ['listing-refused', 'The cloud refuses to list the functions in other: 61007 not yours'],
    ]);
    play.pass(6 * minuteMs);
    play.listFails('other', failure({ class: 'config', errcode: 48_004, message: 'blocked' }));
    expect(notices(since())).toEqual([]);
  });

  it('that is not whole from the first on is a notice, once', () => {
    const { play, since } = story();
    play.tokenRead();
    since();
    play.listed('dev', [row('pay', 'long ago')], false);
    expect(notices(since())).toEqual([['list-partial', expect.stringContaining('dev')]]);
  });

  it('that is not whole any more is a notice, once', () => {
    const { play, since } = story();
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    since();
    play.pass(300);
    const partly = (): void => play.listed('dev', [row('pay', 'settled', 'Updating')], false);
    partly();
    expect(notices(since())).toEqual([['list-partial', expect.stringContaining('dev')]]);
    play.pass(1000);
    partly();
    expect(notices(since())).toEqual([]);
  });
});

describe('a deployment', () => {
  it('is live once the cloud says so, and says how long after the save', () => {
    const { play, since } = story();
    play.settle();
    play.pass(minuteMs);
    since();
    play.save('pay', 'pay-2');
    play.pass(1000);
    play.accept(play.push());
    play.seeActive('later');
    const of = { function: 'pay', fingerprint: 'pay-2' } as const;
    expect(since()).toEqual([
      { event: 'changed', function: 'pay', files: [], more: 0 },
      { event: 'pushed', ...of, envs: ['dev'], requestMs: 1, sinceSaveMs: 1000 },
      { event: 'live', ...of, env: 'dev', sinceSaveMs: 1300, verified: true, cannotRun: null },
    ]);
  });

  it('that the cloud could not carry out has failed for good there, and is reported once', () => {
    const { play, since } = story({ envs: ['dev', 'test'] });
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    since();
    play.pass(300);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      for (const { env } of play.lists())
        play.listed(env, [row('pay', 'later', env === 'dev' ? 'UpdateFailed' : 'Active', 'no main')]);
      play.pass(2000);
    }
    const told = since();
    expect(told.map(({ event }) => event)).toEqual(['push-failed', 'held', 'live']);
    expect(told[0]).toMatchObject({
      envs: ['dev'],
      message: 'UpdateFailed: no main',
      retryInMs: null,
      final: true,
    });
    expect(told[2]).toMatchObject({ env: 'test' });
  });

  it('that goes back to an earlier version has no time since a save', () => {
    const { play, since } = story();
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    play.seeActive('later');
    since();
    play.feed({
      ...{ type: 'undo', id: 'u', at: play.now, function: 'pay' },
      steps: [{ env: 'dev', fingerprint: 'pay-1' }],
    });
    play.accept(play.push());
    play.seeActive('undone');
    expect(since().filter(({ event }) => event === 'live')).toMatchObject([
      { fingerprint: 'pay-1', sinceSaveMs: null },
    ]);
  });
});

describe('timers', () => {
  it('that fail are a notice at the first failure of a row and at the last, for all environments alike', () => {
    const { play, since } = story({ envs: ['dev', 'test'] });
    play.settle();
    play.timers.set('pay', 'daily');
    const settled = {
      function: 'pay',
      cause: 'change',
      savedAt: play.now,
      full: false,
      capped: false,
    } as const;
    play.feed({ type: 'settled', at: play.now, functions: [settled] });
    const failAll = (over: Partial<Failure>): readonly string[] => {
      since();
      for (const job of play.parts()) play.partEnds(job, { type: 'failed', failure: failure(over) });
      const found = since().flatMap((fact) => (fact.event === 'notice' ? [fact.detail] : []));
      play.pass(minuteMs);
      return found;
    };
    expect(failAll({ message: 'busy' })).toEqual(['The timers were not updated: pay → dev, test: -1 busy']);
    expect(failAll({ message: 'busy' })).toEqual([]);
    expect(failAll({ class: 'function', errcode: 9, message: 'no' })).toEqual([
      expect.stringMatching(/pay → dev: 9 no$/),
      expect.stringMatching(/pay → test: 9 no$/),
    ]);
  });
});

describe('what a person takes as it is', () => {
  const known: LedgerEntry = {
    ...{ function: 'pay', env: 'dev', live: 'pay-1', liveSince: 0, verified: true, goneSince: null },
    ...{ modTime: 'ours', deploying: null, sending: false, foreign: null, unsureUntil: null, sent: true },
    dismissed: false,
  };

  it('is reported for the environments where somebody else has deployed, and again only for others', () => {
    const { play, since } = story({ envs: ['dev', 'test'], ledger: [known, { ...known, env: 'test' }] });
    play.tokenRead();
    play.listed('dev', [row('pay', 'theirs')]);
    play.listed('test', [row('pay', 'ours')]);
    since();
    const adopt = (): void =>
      play.feed({ type: 'adopt', at: play.now, meant: [{ function: 'pay', envs: ['dev', 'test'] }] });
    adopt();
    expect(since().filter(({ event }) => event === 'adopted')).toEqual([
      { event: 'adopted', function: 'pay', envs: ['dev'] },
    ]);
    adopt();
    expect(since().filter(({ event }) => event === 'adopted')).toEqual([]);
  });
});

it('what is live and could not run is said with its place, until it can', () => {
  const { play, since } = story();
  play.greet();
  const settle = (fault: CodeFault | null, modTime: string): Fact[] => {
    since();
    const fn = play.state.functions.get('pay');
    if (fn === undefined) throw new Error('no pay');
    play.state = { ...play.state, functions: play.state.functions.with('pay', { ...fn, fault }) };
    play.accept(play.push());
    play.seeActive(modTime);
    return since().filter(({ event }) => event === 'live');
  };
  const fault: CodeFault = { kind: 'no-main', path: 'pay/index.js', line: 7, column: 3, certain: true };
  expect(settle(fault, 'first')).toMatchObject([{ cannotRun: 'pay/index.js:7:3' }]);
  play.save('pay', 'other');
  expect(settle(null, 'second')).toMatchObject([{ cannotRun: null }]);
});
