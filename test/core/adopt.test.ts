/** Somebody else's code, kept by a person's word: nothing goes over it before our own content changes. */
import { describe, expect, it } from 'vitest';
import { isAdoptable } from '../../src/core/adopt.js';
import { overwrittenBy } from '../../src/core/first-start.js';
import { ledgerOf } from '../../src/core/remembered.js';
import { exitCodeOf, isAtRest, pendingOf } from '../../src/core/standing.js';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { failure, spec } from './make.js';
import { Play, row } from './play.js';

/** Ours ran there, and a colleague has deployed since. */
const known: LedgerEntry = {
  ...{ function: 'pay', env: 'dev', sending: false, live: 'pay-1', liveSince: 1, verified: true },
  ...{ modTime: 'ours', deploying: null, foreign: null, unsureUntil: null, sent: true },
  ...{ goneSince: null, dismissed: false },
};

function adopt(play: Play, envs: readonly string[] | null = ['dev']): void {
  play.feed({ type: 'adopt', at: play.now, meant: [{ function: 'pay', envs }] });
}

function withForeign(ledger: readonly LedgerEntry[] = [known], settings = {}): Play {
  const play = new Play({ ledger, settings });
  play.greet([row('pay', 'theirs')]);
  return play;
}

describe('a deployment of somebody else', () => {
  it('is in order once it is adopted, and no push follows', () => {
    const play = withForeign();
    expect([exitCodeOf(play.state), pendingOf(play.state)]).toEqual([1, [{ ...pay, reason: 'foreign' }]]);
    adopt(play);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'adopted', modTime: 'theirs' });
    expect(isAtRest(play.state)).toBe(true);
    expect([exitCodeOf(play.state), pendingOf(play.state)]).toEqual([0, []]);
    play.pass(600_000);
    expect(play.pushed()).toBe(0);
  });

  it('is adopted once it is known what ours is, and not before', () => {
    const play = new Play({ holdsScans: true });
    play.greet([row('pay', 'theirs')]);
    const adoptable = () =>
      [...play.state.functions.values()].map((fn) => isAdoptable(fn, play.target('pay', 'dev')));
    expect(adoptable()).toEqual([false]);
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.endScans();
    expect(adoptable()).toEqual([true]);
  });

  it('stays adopted when they deploy again, and shows the newest time', () => {
    const play = withForeign();
    adopt(play);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    const next = new Play({ ledger: ledgerOf(play.state) });
    next.greet([row('pay', 'theirs too')]);
    expect(next.phase('pay', 'dev')).toMatchObject({ kind: 'adopted', modTime: 'theirs too' });
    expect(next.pushed()).toBe(0);
  });

  it('is replaced by our own next change, and is ours then', () => {
    const play = withForeign();
    adopt(play);
    play.save('pay', 'pay-2');
    expect(play.push().fingerprint).toBe('pay-2');
    play.accept(play.push());
    play.pass(1000);
    play.listed('dev', [row('pay', 'ours again')]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('is adopted again when the change was refused, and is taken back', () => {
    const play = withForeign();
    adopt(play);
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ class: 'function', errcode: 40_097 }));
    expect(play.hold('pay', 'dev')?.reason).toBe('refused');
    play.save('pay', 'pay-1');
    expect(play.phase('pay', 'dev').kind).toBe('adopted');
    expect(play.pushes()).toEqual([]);
  });

  it('is adopted again when the change is undone before it went', () => {
    const play = withForeign();
    adopt(play);
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.save('pay', 'pay-2');
    expect(play.hold('pay', 'dev')?.reason).toBe('paused');
    play.save('pay', 'pay-1');
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.phase('pay', 'dev').kind).toBe('adopted');
    expect(play.pushed()).toBe(0);
  });

  it('is replaced by force', () => {
    const play = withForeign();
    adopt(play);
    play.feed({ type: 'force', id: 'person', at: play.now, function: 'pay', env: 'dev' });
    expect(play.pushed()).toBe(1);
  });

  it('that holds our change is adopted with that change, which is not sent', () => {
    const play = withForeign([known], { onForeignChange: 'hold' });
    play.save('pay', 'pay-2');
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
    adopt(play);
    expect(play.phase('pay', 'dev').kind).toBe('adopted');
    play.save('pay', 'pay-3');
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
  });

  it('is not live before its environment was asked in this run', () => {
    const play = withForeign();
    adopt(play);
    const next = new Play({ ledger: ledgerOf(play.state) });
    expect(next.phase('pay', 'dev').kind).toBe('held');
    expect(exitCodeOf(next.state)).not.toBe(0);
  });

  it('is remembered when the process dies within a quiet time', () => {
    const play = withForeign();
    adopt(play);
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    const next = withForeign(ledgerOf(play.state));
    expect(next.phase('pay', 'dev').kind).toBe('adopted');
    expect(next.pushed()).toBe(0);
  });
});

const pay = { function: 'pay', env: 'dev' };

describe('a first start', () => {
  it('adopts what it never sent, asks no more about it, and creates what is missing', () => {
    const play = new Play({ names: ['login', 'pay'] });
    play.feed({ type: 'ask', at: play.now, asking: ['dev'] });
    play.greet([row('pay', 'somebody')]);
    adopt(play);
    play.feed({ type: 'ask', at: play.now, asking: [] });
    expect(play.push()).toMatchObject({ function: 'login', operation: 'create' });
    expect(play.phase('pay', 'dev').kind).toBe('adopted');
    const next = new Play({ names: ['login', 'pay'], ledger: ledgerOf(play.state) });
    next.save('pay', 'pay-2');
    next.feed({ type: 'ask', at: next.now, asking: ['dev'] });
    next.greet([row('login', 'ours'), row('pay', 'somebody')]);
    expect(overwrittenBy(next.state, ['dev'])).toEqual([]);
  });

  it('adopts nothing that is on its way, or that is ours', () => {
    const play = new Play();
    play.greet([]);
    const push = play.push();
    adopt(play);
    play.accept(push);
    adopt(play);
    play.pass(1000);
    play.listed('dev', [row('pay', 'ours')]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });
});

describe('a function that is gone', () => {
  const goneSpec = { ...spec('pay', ['dev']), problem: { reason: 'gone', dir: '/project/pay' } } as const;

  function dismissed(ledger: readonly LedgerEntry[] = [known]): Play {
    const play = withForeign(ledger);
    play.feed({ type: 'discovered', at: play.now, functions: [goneSpec] });
    expect(play.hold('pay', 'dev')?.reason).toBe('gone');
    adopt(play, null);
    return play;
  }

  it('has nothing to adopt, whoever deployed it', () => {
    const play = withForeign();
    const isOffered = (): boolean => {
      const fn = play.state.functions.get('pay');
      return fn !== undefined && isAdoptable(fn, play.target('pay', 'dev'));
    };
    expect(isOffered()).toBe(true);
    play.feed({ type: 'discovered', at: play.now, functions: [goneSpec] });
    expect(isOffered()).toBe(false);
  });

  it('is listed no more once it is named, in this run and in the next', () => {
    const play = dismissed();
    expect(play.state.functions.has('pay')).toBe(false);
    play.feed({ type: 'discovered', at: play.now, functions: [goneSpec] });
    expect(play.state.functions.has('pay')).toBe(false);
    const next = new Play({ names: [], ledger: ledgerOf(play.state) });
    next.feed({ type: 'discovered', at: next.now, functions: [goneSpec] });
    expect(next.state.functions.has('pay')).toBe(false);
    expect(exitCodeOf(next.state)).toBe(0);
  });

  it('leaves known what runs in environments that are not in the configuration now', () => {
    const play = dismissed([known, { ...known, env: 'old' }]);
    expect(ledgerOf(play.state)).toMatchObject([
      { env: 'old', live: 'pay-1', modTime: 'ours' },
      { env: 'dev' },
    ]);
  });

  it('is as it was when its folder is back', () => {
    const play = dismissed();
    play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev'])] });
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
    expect(ledgerOf(play.state)).toMatchObject([{ dismissed: false }]);
  });
});
