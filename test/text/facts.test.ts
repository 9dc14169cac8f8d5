/** The facts that are reported, and whether they are true: functions that are gone, holds, retries. */
import { describe, expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { exitCodeOf, pendingOf } from '../../src/core/standing.js';
import { targetRows } from '../../src/daemon/status.js';
import type { Fact } from '../../src/model/fact.js';
import type { ContentProblem, Failure, LedgerEntry } from '../../src/model/nouns.js';
import { createFacts } from '../../src/text/facts.js';
import type { Language } from '../../src/text/language.js';
import { plainRenderer } from '../../src/text/stream.js';
import { plainWords } from '../../src/text/words/plain.js';
import { failure, spec } from '../core/make.js';
import { Play, row } from '../core/play.js';

/** Everything that is reported from now on. */
function factsOf(play: Play, language: Language = 'en'): Fact[] {
  const told: Fact[] = [];
  const derive = createFacts(language);
  const feed = play.feed.bind(play);
  play.feed = (event) => {
    const before = play.state;
    feed(event);
    told.push(...derive(event, play.state, before));
  };
  return told;
}

const ofEvent = <Event extends Fact['event']>(told: readonly Fact[], event: Event) =>
  told.filter((fact): fact is Extract<Fact, { event: Event }> => fact.event === event);

/** The plain lines, without their times. */
function linesOf(facts: readonly Fact[], language: Language = 'en'): string {
  const written: string[] = [];
  const options = { language, color: false, ascii: false, timestamps: false };
  const render = plainRenderer((text) => written.push(text), options);
  for (const fact of facts) render(fact, 0);
  return written.join('');
}

function discover(play: Play, problem: ContentProblem | null): void {
  const functions = [{ ...spec('pay', ['dev']), problem }];
  play.feed({ type: 'discovered', at: play.now, functions });
}

describe('a function that is not there', () => {
  it('is lost where its folder is gone, told once in plain lines, and found when it is back', () => {
    const play = new Play();
    play.settle();
    const told = factsOf(play);
    play.feed({ type: 'discovered', at: play.now, functions: [] });
    expect(told.map(({ event }) => event)).toEqual(['lost', 'held']);
    expect(linesOf(told).match(/does not exist/g)).toHaveLength(1);
    expect(linesOf(told)).toMatch(/^! removed +pay .*\/project\/pay.*still runs in the cloud/);
    discover(play, null);
    expect(told.map(({ event }) => event)).toEqual(['lost', 'held', 'found']);
  });

  it('is told once where its files are read before its folder is looked for', () => {
    const play = new Play();
    play.settle();
    const told = factsOf(play);
    const gone = { reason: 'gone', dir: '/project/pay' } as const;
    play.problems.set('pay', gone);
    play.save('pay', 'pay-2');
    expect(told.map(({ event }) => event)).toEqual(['held']);
    discover(play, gone);
    expect(told.map(({ event }) => event)).toEqual(['held', 'lost']);
    expect(linesOf(told).match(/does not exist/g)).toHaveLength(1);
  });

  it('is not lost where its root is gone, which is what holds it, but found when that returns', () => {
    const play = new Play();
    play.settle();
    const told = factsOf(play);
    discover(play, { reason: 'root-gone', root: '/project' });
    discover(play, null);
    expect(told.map(({ event }) => event)).toEqual(['held', 'found']);
    expect(told[0]).toMatchObject({ reason: 'root-gone' });
  });

  it.each(['en', 'zh-CN'] as const)(
    'is not said to have lost its folder where it left the configuration, in %s',
    (language) => {
      const play = new Play();
      play.settle();
      const told = factsOf(play, language);
      const { settings, envs } = play.state;
      const specs = [...envs.values()].map((env) => env.spec);
      const event = {
        type: 'configured',
        at: play.now,
        settings,
        envs: specs,
        functions: [],
        ledger: [],
      } as const;
      play.feed({ ...event, cloudChanged: false });
      expect(told).toMatchObject([{ event: 'lost', function: 'pay' }]);
      expect(linesOf(told, language)).not.toMatch(/folder is|文件夹不存在|delete|删除/);
      expect(linesOf(told, language)).toMatch(/`functions`/);
    },
  );

  it('is told as held, and as not live, where it never was there: a name mistyped in `functions`', () => {
    const play = new Play({ names: [] });
    const told = factsOf(play);
    discover(play, { reason: 'gone', dir: '/project/payy' });
    expect(linesOf(told)).toMatch(/^! held +pay .*\/project\/payy/m);
    expect(linesOf(told)).toContain('if any');
    expect(exitCodeOf(play.state)).toBe(6);
    expect(pendingOf(play.state)).toEqual([{ function: 'pay', env: 'dev', reason: 'gone' }]);
  });
});

describe('what somebody else deployed', () => {
  const known: LedgerEntry = {
    ...{ function: 'pay', env: 'dev', live: 'pay-1', liveSince: 0, verified: true, goneSince: null },
    ...{ modTime: 'ours', deploying: null, sending: false, foreign: null, unsureUntil: null, sent: true },
    dismissed: false,
  };
  /** The notices that go with the upload after a colleague's, made by this. */
  const noticesOf = (language: Language, act: (play: Play) => void) => {
    const play = new Play({ ledger: [known] });
    play.greet([row('pay', 'theirs')]);
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
    act(play);
    const event = { type: 'push-sending', at: play.now, job: play.push(), zipBytes: 1, files: 1 } as const;
    return ofEvent(createFacts(language)(event, play.state, play.state), 'notice');
  };

  it.each(['en', 'zh-CN'] as const)('is said to be replaced by a change, in %s', (language) => {
    const [notice, ...more] = noticesOf(language, (play) => play.save('pay', 'pay-2'));
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ kind: 'foreign-replaced', function: null });
    expect(notice?.detail).toMatch(/(?:deployed: |的版本：)pay → dev$/);
    expect(notice?.hint).toContain('`onForeignChange`');
  });

  it('is replaced without a word where a person forces it', () => {
    const forced = (play: Play): void =>
      play.feed({ type: 'force', at: play.now, id: 'u', function: 'pay', env: null });
    expect(noticesOf('en', forced)).toEqual([]);
  });
});

describe('holds', () => {
  it('have no environment only where all the function’s are held alike', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.settle();
    const told = factsOf(play);
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.save('pay', 'pay-2');
    expect(ofEvent(told, 'held')).toMatchObject([{ env: null, reason: 'paused' }]);
    const other = new Play({ envs: ['dev', 'test'] });
    other.greet();
    other.answer(other.push(), { test: failure({ class: 'function', errcode: 40_097 }) });
    const mixed = factsOf(other);
    other.feed({ type: 'pause', at: other.now, paused: true });
    expect(ofEvent(mixed, 'held').filter(({ env }) => env === null)).toEqual([]);
  });

  it('are not told in plain lines after the failure that they follow from', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.greet();
    const told = factsOf(play);
    play.answer(play.push(), { test: failure({ class: 'function', errcode: 40_097, message: 'no' }) });
    expect(ofEvent(told, 'held')).toMatchObject([{ env: 'test', detail: '40097 no' }]);
    expect(linesOf(told).match(/40097 no/g)).toHaveLength(1);
    // Any other hold of the function is.
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.save('pay', 'pay-2');
    expect(linesOf(told)).toMatch(/^! held .*paused/m);
  });
});

describe('what becomes of a failed upload', () => {
  function failed(over: Partial<Failure>, language: Language): string {
    const play = new Play();
    play.greet();
    const told = factsOf(play, language);
    play.fail(play.push(), failure(over));
    return linesOf(ofEvent(told, 'push-failed'), language);
  }

  it.each([
    ['en', /Retrying in/, /Not retried automatically/],
    ['zh-CN', /后重试/, /不会自动重试/],
  ] as const)('says when it is tried again, or that it is not, in %s', (language, again, never) => {
    expect(failed({}, language)).toMatch(again);
    expect(failed({ class: 'function', errcode: 40_097 }, language)).toMatch(never);
    const waits = failed({ class: 'config', errcode: 61_003 }, language);
    expect(waits).not.toMatch(again);
    expect(waits).not.toMatch(never);
  });

  it.each([
    ['no answer within 5004 ms', 'broken'],
    ['TIMED_OUT: no answer within 30000 ms', 'broken'],
  ] as const)('is told in the language of the rest: %s', (message, origin) => {
    const over = { origin, errcode: null, message };
    expect(failed(over, 'zh-CN')).toMatch(/dev +\d+(\.\d)? 秒内没有响应\n/);
    expect(failed(over, 'en')).toMatch(/dev +no answer within \d+(\.\d)? s\n/);
  });

  it('has no blank between Chinese sentences', () => {
    expect(failed({}, 'zh-CN')).not.toMatch(/[。）] /);
  });

  it('is tried at once where nothing is waited for', () => {
    const play = new Play();
    play.greet();
    const told = factsOf(play);
    play.fail(play.push(), failure());
    const [fact] = ofEvent(told, 'push-failed');
    if (fact === undefined) throw new Error('nothing failed');
    expect(linesOf([{ ...fact, retryInMs: 0 }])).toContain('Retrying now.');
    expect(linesOf([{ ...fact, retryInMs: 0 }], 'zh-CN')).toContain('立即重试。');
  });
});

describe('no way to the cloud', () => {
  it.each([
    ['en', /`token`/, /`endpoint`/],
    ['zh-CN', /`token`/, /`endpoint`/],
  ] as const)('says what to do about the token and the network, in %s', (language, token, network) => {
    const play = new Play();
    const told = factsOf(play, language);
    play.tokenEnds({ ok: false, problem: 'env-unset:TOKEN' });
    expect(linesOf(told, language)).toMatch(/TOKEN/);
    const other = new Play();
    other.greet();
    const offline = factsOf(other, language);
    other.fail(other.push(), failure({ origin: 'unreachable', errcode: null, message: 'ECONNREFUSED' }));
    expect(linesOf(ofEvent(offline, 'offline'), language)).toMatch(network);
    const refused = new Play();
    refused.greet();
    const rejected = factsOf(refused, language);
    refused.fail(refused.push(), failure({ class: 'token', errcode: 40_001, message: 'invalid credential' }));
    refused.tokenRead({ changed: false });
    expect(linesOf(ofEvent(rejected, 'token'), language)).toMatch(token);
    expect(linesOf(ofEvent(rejected, 'token'), language)).not.toMatch(/[。）] /);
    expect(linesOf(ofEvent(rejected, 'token'), language)).toMatch(/invalid credential(\. Put|。请)/);
  });
});

describe('the last line', () => {
  const stopped = {
    event: 'stopped',
    code: 0,
    pushed: 1,
    failed: 0,
    p50Ms: null,
    p95Ms: null,
    answers: { ok: 0, failed: 0 },
  } as const;

  it('says that all is live, and nothing of saves where there were none', () => {
    expect(linesOf([{ ...stopped, pending: [] }])).toBe(
      '· stopped   1 target updated, 0 failed, all is live\n',
    );
    expect(linesOf([{ ...stopped, pending: [] }], 'zh-CN')).toContain('失败 0 个，已全部生效\n');
    expect(linesOf([{ ...stopped, code: 1, pending: [] }])).not.toContain('all is live');
  });

  it('names in words why something is not, and promises nothing', () => {
    const pending = [
      { function: 'pay', env: 'dev', reason: 'refused' },
      { function: 'pay', env: 'test', reason: 'deploying' },
    ];
    expect(linesOf([{ ...stopped, pending }])).toMatch(
      /2 not live:\n +pay +dev +failed\n +pay +test +deploying\n$/,
    );
    expect(linesOf([{ ...stopped, pending }], 'zh-CN')).toMatch(/pay +dev +失败\n +pay +test +部署中\n$/);
  });

  it('promises that the next start sends those that wait', () => {
    const pending = [{ function: 'pay', env: 'dev', reason: 'waiting' }];
    expect(linesOf([{ ...stopped, pending }])).toMatch(
      /\n +The next start sends those that wait\.\n +pay +dev +waiting\n$/,
    );
    expect(linesOf([{ ...stopped, pending }], 'zh-CN')).toContain('会在下次启动时上传。\n');
  });
});

describe('a target of which only the ledger tells', () => {
  it('is not said to differ from what was sent where nobody saw what runs, or nothing was sent', () => {
    const details = (play: Play): (string | null)[] =>
      (['en', 'zh-CN'] as const).map(
        (language) => targetRows(play.state, { language, place: 'lines' }, 'none')[0]?.detail ?? null,
      );
    const play = new Play();
    play.greet();
    play.accept(play.push());
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    expect(details(play)).toEqual([
      'The cloud accepted the code. tcb-watch stopped before it was seen to run.',
      '云端已接收代码，但 tcb-watch 在确认生效之前就退出了。',
    ]);
    const unsent = new Play();
    expect(unsent.hold('pay', 'dev')?.reason).toBe('token');
    expect(details(unsent).join(' ')).not.toMatch(/last sent|上次发送/);
  });
});

describe('a second look after a save', () => {
  const look = (play: Play): void =>
    play.feed({
      type: 'settled',
      at: play.now,
      functions: [{ function: 'pay', cause: 'change', savedAt: play.now, full: false, capped: false }],
    });
  const events = (told: readonly Fact[]): string[] => told.map(({ event }) => event);

  it('is no news while what changed is on its way, and tells that nothing changed afterwards', () => {
    const play = new Play();
    play.greet();
    play.accept(play.push());
    const told = factsOf(play);
    play.save('pay', 'pay-2');
    look(play);
    expect(events(told)).toEqual(['changed']);
    play.accept(play.push());
    told.length = 0;
    look(play);
    expect(events(told)).toEqual(['unchanged']);
  });
});

describe('an upload that failed', () => {
  /** The facts of the upload, once it was answered so. */
  function failedWith(over: Partial<Failure>, settings: { readonly createMissing?: boolean } = {}) {
    const play = new Play({ envs: ['dev', 'test'], settings });
    play.greet();
    const told = factsOf(play);
    const push = play.push();
    play.answer(push, { dev: failure(over) });
    return ofEvent(told, 'push-failed');
  }

  it.each<readonly [string, Partial<Failure>, object]>([
    ['passes', { class: 'transient' }, { retryInMs: 250, final: false }],
    ['is the function’s own fault', { class: 'function', errcode: 1 }, { retryInMs: null, final: true }],
    ['is nobody knows what', { class: 'unknown', errcode: 1 }, { final: false }],
    ['is the environment’s', { class: 'env', errcode: 1 }, { retryInMs: null }],
  ])('that %s says when it is retried, or that it is not', (_, over, expected) => {
    expect(failedWith(over)).toEqual([expect.objectContaining({ envs: ['dev'], ...expected })]);
  });

  it('is final where the function is missing and must not be created', () => {
    const missing = { class: 'missing', errcode: null } as const;
    expect(failedWith(missing)).toMatchObject([{ final: false }]);
    expect(failedWith(missing, { createMissing: false })).toMatchObject([{ retryInMs: null, final: true }]);
  });

  it('is no failure to mend where the function is missing and is created next', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.greet();
    const job = play.push();
    const told = (over: Partial<Failure>): Fact[] => {
      const failures = [{ env: 'dev', failure: failure(over) }];
      const outcome = { type: 'answered', requestMs: 1, failures } as const;
      const event = { type: 'push-ended', at: play.now, job, outcome, jitter: 0.5 } as const;
      return createFacts('en')(event, reduce(play.state, event), play.state);
    };
    const { created } = plainWords.en;
    expect(told({ class: 'missing', errcode: null })).toContainEqual(
      expect.objectContaining({ event: 'push-failed', final: false, retryInMs: 0, hint: created }),
    );
    expect(told({ class: 'transient' })).not.toContainEqual(expect.objectContaining({ hint: created }));
  });

  it('has one line for environments that failed alike, and is an upload in the others', () => {
    const play = new Play({ envs: ['a', 'b', 'c', 'd', 'e'] });
    play.greet();
    const told = factsOf(play);
    const alike = failure({ class: 'function', errcode: 1, message: 'no', rid: 'r' });
    play.answer(play.push(), {
      a: alike,
      b: { ...alike },
      c: { ...alike, rid: 's' },
      d: { ...alike, message: 'nope' },
    });
    expect(ofEvent(told, 'push-failed').map(({ envs }) => envs)).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(ofEvent(told, 'pushed').map(({ envs }) => envs)).toEqual([['e']]);
  });
});

describe('quotas', () => {
  function asked(quota: { limit: number; used: number; perSecond: number | null }): Fact[] {
    const play = new Play();
    play.feed({ type: 'ask-quotas', at: play.now });
    play.settle();
    for (let round = 0; round < 20; round += 1) play.seeActive('settled');
    const told = factsOf(play);
    play.quotaEnds(play.quotas()[0], { ok: true, quota });
    return told.filter(({ event }) => event === 'quota' || event === 'notice');
  }

  it('are events where they are published, and lines from half of them on', () => {
    const calm = asked({ limit: 1000, used: 500, perSecond: null });
    const api = '/componenttcb/batchuploadscfcode';
    expect(calm).toEqual([{ event: 'quota', api, used: 500, limit: 1000, forecastAt: null }]);
    expect(linesOf(calm)).toBe('');
    const gone = asked({ limit: 1000, used: 1000, perSecond: null });
    expect(linesOf(gone)).toMatch(/^! quota +1,000 of 1,000 uploads used today; none are left today\n/);
    expect(linesOf(gone, 'zh-CN')).toMatch(/^! 额度 +今日上传额度已用 1,000\/1,000；今日已用完\n/);
  });

  it('that are not published are nothing', () => {
    expect(asked({ limit: 0, used: 0, perSecond: null })).toEqual([]);
  });

  it('a question without an answer is said once for each reason, but not that nothing is published', () => {
    const play = new Play();
    play.feed({ type: 'ask-quotas', at: play.now });
    play.settle();
    const told = factsOf(play);
    const next = (found: Partial<Failure>): Fact[] => {
      told.length = 0;
      play.pass(2 * 60 * 60_000);
      for (let round = 0; round < 20; round += 1) play.seeActive('settled');
      play.quotaEnds(play.quotas()[0], { ok: false, failure: failure(found) });
      return told.filter(({ event, ...fact }) => event === 'notice' && 'kind' in fact);
    };
    const closed = { class: 'unknown', errcode: 48001, message: 'api unauthorized' } as const;
    const first = next({ ...closed, rid: '1-2' });
    expect(first).toMatchObject([{ kind: 'quota-unknown', detail: expect.stringContaining('48001') }]);
    expect(next({ ...closed, rid: '3-4' })).toEqual([]);
    expect(next({ ...closed, errcode: 76022 })).toEqual([]);
    expect(next({ ...closed, errcode: 48002 })).toMatchObject([{ kind: 'quota-unknown' }]);
  });

  it('a rate that is lower than ours is said once', () => {
    const told = asked({ limit: 0, used: 0, perSecond: 2.5 });
    expect(told).toMatchObject([{ event: 'notice', kind: 'rate-published' }]);
    expect(linesOf(told)).toContain('2.5 requests per second');
    expect(asked({ limit: 0, used: 0, perSecond: 5000 })).toEqual([]);
  });
});
