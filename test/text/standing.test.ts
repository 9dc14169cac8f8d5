/** One target, one word: the monitor, `status`, the plain lines and the last line agree on where each target stands. */
import { describe, expect, it } from 'vitest';
import type { TokenSource } from '../../src/config/model.js';
import { pendingOf, standings } from '../../src/core/standing.js';
import type { EnvState, Request, State } from '../../src/core/state.js';
import { targetRows } from '../../src/daemon/status.js';
import type { CodeFault } from '../../src/model/code-fault.js';
import type { Hold, HoldReason } from '../../src/model/nouns.js';
import { markOf } from '../../src/monitor/marks.js';
import { describeHold, describeProblem } from '../../src/text/describe.js';
import { describeFinding } from '../../src/text/findings.js';
import type { Language } from '../../src/text/language.js';
import { lineOf } from '../../src/text/lines.js';
import { cannotRunNotice } from '../../src/text/notices.js';
import { explainTarget, groupOfHold, wordOfReason } from '../../src/text/standing.js';
import { sentences } from '../../src/text/text.js';
import { clockTime } from '../../src/text/time.js';
import { describeFault } from '../../src/text/words/code.js';
import { standingWords } from '../../src/text/words/standing.js';
import { failure } from '../core/make.js';
import { environments, motley, stateOf } from '../support/stage.js';

const languages: readonly Language[] = ['en', 'zh-CN'];
const refusal = failure({ class: 'function', errcode: 40_097, message: 'no' });
const fault: CodeFault = {
  ...{ kind: 'syntax-error', path: 'index.js', line: 7, column: 3, certain: true },
  message: 'Unexpected token',
};

const request: Request = {
  job: { type: 'list', id: 1, env: 'dev', offset: 0, searchKey: null },
  ...{ startedAt: 0, tokenGeneration: 0, bytes: 0, sentAt: null, writtenAt: null, answerBy: null },
};

const states: readonly State[] = [
  motley(),
  stateOf(environments, [{ name: 'pay', stands: ['failed', 'waiting', 'unverified'], failure: refusal }]),
  stateOf(environments, [{ name: 'cart', stands: ['sending', 'deploying', 'queued'] }]),
  broken(stateOf(environments, [{ name: 'cart', stands: ['live', 'queued', 'live'] }])),
];

/** The reasons that everybody calls a failure, and those that end within moments; by hand. */
const failures: ReadonlySet<HoldReason> = new Set(['refused', 'missing', 'build-failed', 'cannot-run']);
const passing: ReadonlySet<HoldReason> = new Set([
  'settling',
  'building',
  'unlisted',
  'throttled',
  'git-busy',
]);

describe.each(languages)('in %s', (language) => {
  it.each(states.map((state, index) => [index, state] as const))('every target of state %i', (_, state) => {
    const rows = targetRows(state, { language, place: 'lines' }, 'running');
    const marks = standings(state).map((each) => markOf(each, state.now, language, false));
    expect(rows.map(({ word, group }) => [word, group])).toEqual(
      marks.map(({ word, group }) => [word, group]),
    );
    for (const { function: name, env, reason } of pendingOf(state)) {
      const row = rows.find((each) => each.function === name && each.env === env);
      // A time to wait has no place in the last line.
      if (reason !== 'waiting') expect(wordOfReason(reason, language)).toBe(row?.word);
    }
  });

  it('every reason to hold has one word, and lines call failed what the monitor counts as failed', () => {
    const { hold } = standingWords[language];
    for (const reason of Object.keys(hold) as HoldReason[]) {
      const fact = { event: 'held', function: 'pay', env: 'dev', reason, detail: 'D', hint: 'H' } as const;
      const line = lineOf(fact, language);
      if (line === null) continue;
      expect(line.label === standingWords[language].hold.refused).toBe(failures.has(reason));
      expect(groupOfHold(reason)).toBe(
        failures.has(reason) ? 'failed' : passing.has(reason) ? 'pending' : 'held',
      );
    }
    expect(new Set(Object.values(hold)).size).toBe(Object.keys(hold).length);
  });

  it('a target that nobody works on is not said to be queued or deploying', () => {
    const [, , state = motley()] = states;
    const rows = targetRows(state, { language, place: 'lines' }, 'none');
    const { phase } = standingWords[language];
    expect(rows.map(({ word }) => word)).toEqual([phase.sending, phase.accepted, phase.idle]);
    expect(rows.slice(1).every(({ hint }) => hint?.includes('tcb-watch push'))).toBe(true);
  });

  it('how long no answer has come is said once it is long', () => {
    const [, , state = motley()] = states;
    const sending = standings(state)[0];
    const { inFlight = null } = sending?.target ?? {};
    if (sending === undefined || inFlight === null) throw new Error('nothing is sent');
    const said = (startedAt: number | null): string => {
      const requests = new Map(startedAt === null ? [] : [[inFlight, { ...request, startedAt }]]);
      return explainTarget({ ...state, requests }, sending, { language, place: 'lines' }).detail;
    };
    const { sending: now, unanswered } = standingWords[language];
    expect(said(null)).toBe(now);
    expect(said(state.now - 1999)).toBe(now);
    expect(said(state.now - 24_000)).toBe(unanswered(language === 'en' ? '24 s' : '24 秒'));
    // A slow connection may still be carrying it: nobody knows that it was sent whole.
    expect(said(state.now - 24_000)).toMatch(
      language === 'en' ? /^The upload began 24 s ago/ : /^上传已进行 24 秒/,
    );
  });

  it('a folder in the place of an ignore file is no matter of permissions', () => {
    const problem = { reason: 'unreadable', path: '.tcbignore' } as const;
    const said = (code: string) => describeProblem({ ...problem, code }, 'en');
    expect(said('EISDIR')).toEqual(said('NOTFILE'));
    expect(describeProblem({ ...problem, code: 'EISDIR' }, 'zh-CN').hint).toContain('文本文件');
  });

  it('what waits for its turn says what failed in its environment before', () => {
    const [, , state = motley()] = states;
    const queued = standings(state)[2];
    const env = state.envs.get(queued?.env ?? '');
    if (queued?.phase.kind !== 'queued' || env === undefined) throw new Error('nothing is queued');
    const said = (apart: EnvState['apart']): string => {
      const envs = new Map([...state.envs, [queued.env, { ...env, apart }]]);
      return explainTarget({ ...state, envs }, queued, { language, place: 'lines' }).detail;
    };
    const { queued: plain, inTurn } = standingWords[language];
    const apart = { by: null, failures: 1, retryAt: null, failure: refusal };
    expect(said(null)).toBe(plain);
    expect(said(apart)).toContain('40097 no');
    expect(said(apart)).toContain(inTurn);
  });

  it('how long it has been deploying is said once it is long', () => {
    const [, , state = motley()] = states;
    const deploying = standings(state)[1];
    if (deploying === undefined) throw new Error('nothing is deploying');
    const said = (acceptedAt: number): string =>
      explainTarget(state, deploying, { language, place: 'lines' }, 'running', { acceptedAt }).detail;
    const { deployingNow, deploying: since } = standingWords[language];
    expect(said(state.now - 1999)).toBe(deployingNow);
    expect(said(state.now - 24_000)).toBe(since(language === 'en' ? '24 s' : '24 秒'));
  });

  it('what is live says since when, as far as that is known, and whether the cloud has confirmed it', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    const [standing] = standings(state);
    if (standing?.phase.kind !== 'live') throw new Error('nothing is live');
    const said = (liveSince: number | null, verified: boolean, moment?: number): string => {
      const target = { ...standing.target, liveSince };
      const one = { ...standing, target, phase: { ...standing.phase, verified } } as typeof standing;
      const moments = moment === undefined ? {} : { liveSince: moment };
      return explainTarget(state, one, { language, place: 'monitor' }, 'running', moments).detail;
    };
    const { liveSince: since, unverified } = standingWords[language];
    const [then, earlier] = [state.now - 5000, state.now - 9000];
    expect(said(then, true)).toBe(since(clockTime(then, state.now)));
    expect(said(then, true, earlier)).toBe(since(clockTime(earlier, state.now)));
    expect(said(null, true)).toBe('');
    expect(said(null, false)).toBe(unverified);
    expect(said(then, false)).toBe(sentences(since(clockTime(then, state.now)), unverified));
  });

  it('what is retried says when, but in the monitor, which counts down', () => {
    const [, state = motley()] = states;
    const waiting = standings(state)[1];
    if (waiting?.phase.kind !== 'waiting') throw new Error('nothing waits');
    const said = (place: 'monitor' | 'lines'): string =>
      explainTarget(state, waiting, { language, place }, 'running').detail;
    expect(said('lines')).toMatch(/12 (s\.|秒后重试。)$/);
    expect(said('monitor')).not.toMatch(/12/);
    expect(said('monitor')).toMatch(/40097 no/);
  });
});

describe('where a fresh token goes', () => {
  const hold: Hold = {
    ...{ reason: 'token', scope: 'global', problem: null, subject: null, briefSince: null },
    failure: failure({ class: 'token', errcode: 42_001, message: 'expired' }),
  };
  const sources: readonly (readonly [TokenSource, RegExp])[] = [
    [{ kind: 'env', name: 'WX_TOKEN' }, /WX_TOKEN.*\.env\.local/],
    [{ kind: 'file', path: '/p/token.txt' }, /\/p\/token\.txt/],
    [{ kind: 'command', command: 'secret --key abc', timeoutMs: 1 }, /`token\.command`/],
    [{ kind: 'url', url: 'https://t.example/a?key=abc', headers: {}, pointer: null }, /t\.example/],
  ];
  it.each(languages)('is named in %s, without what may be secret', (language) => {
    for (const [token, named] of sources) {
      const { hint } = describeHold(hold, { language, place: 'lines', token });
      expect(hint).toMatch(named);
      expect(hint).not.toContain('abc');
    }
    expect(describeHold(hold, { language, place: 'lines' }).hint).toContain('`token`');
  });
});

/** Code that is live and would fail. */
function broken(state: State): State {
  return { ...state, functions: state.functions.map((fn) => ({ ...fn, fault })) };
}

describe('one reason, one explanation', () => {
  it.each(languages)(
    'doctor, status, the monitor, the notice and a hold say the same of a fault in %s',
    (language) => {
      const state = broken(stateOf(environments, [{ name: 'cart', stands: ['live', 'live', 'live'] }]));
      const said = describeFault(fault, language);
      const [row] = targetRows(state, { language, place: 'lines' }, 'running');
      expect(row).toMatchObject({ ...said, word: standingWords[language].phase.broken });
      const [standing] = standings(state);
      if (standing === undefined) throw new Error('no target');
      expect(explainTarget(state, standing, { language, place: 'monitor' })).toEqual(said);
      expect(cannotRunNotice('cart', fault, language)).toMatchObject({ ...said, place: 'index.js:7:3' });
      const finding = { kind: 'code-fault', function: 'cart', env: null, fault } as const;
      expect(describeFinding(finding, language)).toEqual(said);
      const held = describeProblem({ reason: 'cannot-run', fault }, language);
      expect(held.detail).toBe(said.detail);
      expect(held.hint).toContain(said.hint);
    },
  );
});

it.each(languages)(
  'what of ours somebody else replaced is said where that is what holds it, in %s',
  (language) => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    const fn = state.functions.get('pay');
    const target = fn?.targets.get(environments[0] ?? '');
    if (fn === undefined || target === undefined) throw new Error('no target');
    const foreign = { modTime: '2026-04-01 12:00:00', ours: fn.wanted ?? '', adopted: false };
    const said = (reason: HoldReason): string => {
      const nothing = { problem: null, failure: null, briefSince: null } as const;
      const hold: Hold = { reason, scope: 'target', subject: foreign.modTime, ...nothing };
      const phase = { kind: 'held', until: null, hold } as const;
      const theirs = { fn, env: target.env, target: { ...target, live: null, foreign }, phase };
      return explainTarget(state, theirs, { language, place: 'monitor' }).detail;
    };
    expect(said('foreign')).toContain(foreign.ours.slice(0, 8));
    expect(said('paused')).not.toContain(foreign.ours.slice(0, 8));
  },
);

it.each(languages)('a change that waits because somebody else deployed says so, in %s', (language) => {
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
  const [env = ''] = environments;
  const fn = state.functions.get('pay');
  const target = fn?.targets.get(env);
  if (fn === undefined || target === undefined) throw new Error('no target');
  const details = (ours: string): string => {
    const foreign = { modTime: '2026-04-01 12:00:00', ours, adopted: false };
    const hold = { reason: 'foreign', scope: 'target', problem: null, failure: null } as const;
    const phase = {
      kind: 'held',
      until: null,
      hold: { ...hold, subject: foreign.modTime, briefSince: null },
    } as const;
    const their = { fn, env, target: { ...target, live: null, foreign }, phase };
    return explainTarget(state, their, { language, place: 'monitor' }, 'running').detail;
  };
  expect(details('b'.repeat(64))).toMatch(language === 'en' ? /^Your change waits: / : /^你的修改在等待：/);
  expect(details(fn.wanted ?? '')).not.toMatch(/Your change waits|你的修改在等待/);
});
