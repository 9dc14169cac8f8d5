/** A person goes back: at once, for as long as the disk holds what it held then, and through restarts. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/remembered.js';
import { exitCodeOf, isAtRest } from '../../src/core/standing.js';
import { carriesHelper } from '../../src/core/state.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

function undo(play: Play, fingerprint: string | null, env = 'dev'): void {
  play.feed({ type: 'undo', at: play.now, id: 'undo', function: 'pay', steps: [{ env, fingerprint }] });
}

let seconds = 0;

/** The upload in progress is accepted, and seen to run. */
function carry(play: Play): void {
  for (let push = play.pushes()[0]; push !== undefined; push = play.pushes()[0]) play.accept(push);
  seconds += 1;
  play.seeActive(`later ${seconds}`);
}

/** The questions to the cloud find all as it was. */
function look(play: Play): void {
  for (const { env } of play.lists()) play.listed(env, [row('pay', play.target('pay', env).modTime ?? '')]);
}

/** pay-1 and then pay-2 became live. */
function saved(envs: readonly string[] = ['dev']): Play {
  const play = new Play({ envs });
  play.settle();
  play.pass(60_000);
  play.save('pay', 'pay-2');
  look(play);
  carry(play);
  play.pass(60_000);
  return play;
}

/** … and pay-1 is live again. */
function wentBack(): Play {
  const play = saved();
  undo(play, 'pay-1');
  carry(play);
  play.pass(60_000);
  return play;
}

describe('what was gone back to', () => {
  it('is sent at once, by a cause of its own, and no save caused it', () => {
    const play = saved();
    undo(play, 'pay-1');
    expect(play.push()).toMatchObject({ fingerprint: 'pay-1', cause: 'undo', savedAt: null, envs: ['dev'] });
    carry(play);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'undone', subject: 'pay-1' });
    expect(isAtRest(play.state)).toBe(true);
    expect(exitCodeOf(play.state)).toBe(1);
    // Who asked for it got it.
    expect(exitCodeOf(play.state, () => true, true)).toBe(0);
  });

  it('sends nothing for a way back that the disk has overtaken', () => {
    const play = wentBack();
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    undo(play, null);
    const before = play.pushed();
    play.save('pay', 'pay-1');
    play.pass(60_000);
    expect(play.phase('pay', 'dev').kind).toBe('live');
    expect(play.pushed()).toBe(before);
  });

  it('sends nothing for a way back that was taken back', () => {
    const play = wentBack();
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    const before = play.pushed();
    undo(play, null);
    undo(play, 'pay-1');
    expect(play.pushed()).toBe(before);
  });

  it('goes where it was asked for alone, in requests of its own', () => {
    const play = saved(['dev', 'test']);
    undo(play, 'pay-1');
    expect(play.pushes().map(({ envs, fingerprint }) => [envs, fingerprint])).toEqual([[['dev'], 'pay-1']]);
    carry(play);
    expect(play.phase('pay', 'test').kind).toBe('live');
    expect(play.hold('pay', 'dev')?.reason).toBe('undone');
  });

  it('is kept by a touch, and by content that cannot be sent', () => {
    const play = wentBack();
    play.save('pay', 'pay-2');
    expect(play.pushes()).toEqual([]);
    play.problems.set('pay', { reason: 'no-entry', expected: ['index.js'] });
    play.save('pay', 'pay-2');
    expect(play.hold('pay', 'dev')?.reason).toBe('undone');
    play.problems.clear();
    play.save('pay', 'pay-2');
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')?.reason).toBe('undone');
  });

  it('is sent once more where a request that broke before was carried out over it', () => {
    const play = saved();
    play.save('pay', 'pay-3');
    look(play);
    play.fail(play.push(), failure({ origin: 'broken', errcode: null }));
    undo(play, 'pay-1');
    play.pass(1000);
    carry(play);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'undone' });
    play.pass(60_000);
    play.listed('dev', [row('pay', 'late')]);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-1', cause: 'undo' });
  });

  it('ends with the next content that is different, which is sent', () => {
    const play = wentBack();
    play.save('pay', 'pay-3');
    expect(play.push()).toMatchObject({ fingerprint: 'pay-3', cause: 'change' });
    carry(play);
    play.save('pay', 'pay-2');
    expect(play.push().fingerprint).toBe('pay-2');
  });

  it('that was taken back before it was sent sends nothing', () => {
    const play = saved();
    play.feed({ type: 'pause', at: play.now, paused: true });
    undo(play, 'pay-1');
    undo(play, null);
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('is what is on disk once the disk holds it, and is live without a request', () => {
    const play = wentBack();
    play.save('pay', 'pay-1');
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it.each<readonly [string, 'undo' | 'forced', (play: Play) => void]>([
    ['redo', 'undo', (play) => undo(play, null)],
    [
      'force',
      'forced',
      (play) => play.feed({ type: 'force', at: play.now, id: 'x', function: 'pay', env: null }),
    ],
  ])('ends with %s', (_, cause, end) => {
    const play = wentBack();
    end(play);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', cause, isKept: false, savedAt: null });
    carry(play);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('takes nothing back where nobody went back: what was to be sent by force still is', () => {
    const play = saved();
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.feed({ type: 'force', at: play.now, id: 'x', function: 'pay', env: null });
    undo(play, null);
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', cause: 'forced' });
  });

  it('is remembered: a restart sends nothing, and another content then ends it', () => {
    const play = new Play();
    play.settle();
    undo(play, 'pay-0');
    carry(play);
    const again = new Play({ ledger: ledgerOf(play.state) });
    again.tokenRead({});
    look(again);
    expect(again.pushes()).toEqual([]);
    expect(again.hold('pay', 'dev')?.reason).toBe('undone');
    again.save('pay', 'pay-2');
    look(again);
    expect(again.push().fingerprint).toBe('pay-2');
  });

  it('is sent though the disk has nothing to send, and git is at work', () => {
    const play = saved();
    play.problems.set('pay', { reason: 'no-entry', expected: ['index.js'] });
    play.save('pay', 'pay-2');
    play.feed({ type: 'git', at: play.now, repository: 'r', busy: true });
    undo(play, 'pay-1');
    expect(play.push().fingerprint).toBe('pay-1');
  });

  it('is sent though the files are being read', () => {
    const play = saved();
    play.holdScans();
    play.save('pay', 'pay-2');
    look(play);
    undo(play, 'pay-1');
    expect(play.push().fingerprint).toBe('pay-1');
  });

  it('is refused where it is not kept any more, and nothing of what is known is put in doubt', () => {
    const play = saved();
    undo(play, 'pay-1');
    play.fail(play.push(), failure({ class: 'function', origin: 'history', errcode: null }));
    expect(play.hold('pay', 'dev')?.reason).toBe('refused');
    expect(play.target('pay', 'dev').live).toBe('pay-2');
    undo(play, null);
    carry(play);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('needs consent in a protected environment, like everything', () => {
    const play = saved();
    const envs = [{ id: 'dev', protected: true }];
    const { settings } = play.state;
    const functions = [...play.state.functions.values()].map(({ spec }) => spec);
    play.feed({
      type: 'configured',
      at: play.now,
      settings,
      envs,
      functions,
      ledger: [],
      cloudChanged: false,
    });
    undo(play, 'pay-1');
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')?.reason).toBe('protected');
  });
});

describe('somebody else’s deployment', () => {
  it('over what was gone back to is not replaced by itself', () => {
    const play = wentBack();
    play.save('pay', 'pay-2');
    play.listed('dev', [row('pay', 'theirs')]);
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
  });

  it('is replaced where a person asks to go back', () => {
    const play = wentBack();
    play.save('pay', 'pay-2');
    play.listed('dev', [row('pay', 'theirs')]);
    undo(play, 'pay-1');
    expect(play.push()).toMatchObject({ fingerprint: 'pay-1', cause: 'undo' });
    carry(play);
    expect(play.hold('pay', 'dev')?.reason).toBe('undone');
  });

  /** A person went back over theirs while nothing was sent. */
  function askedOverTheirs(): Play {
    const play = wentBack();
    play.save('pay', 'pay-2');
    play.listed('dev', [row('pay', 'theirs')]);
    play.feed({ type: 'pause', at: play.now, paused: true });
    undo(play, 'pay-1');
    return play;
  }

  function resume(play: Play): void {
    play.feed({ type: 'pause', at: play.now, paused: false });
  }

  it('is replaced as asked, also by the next run', () => {
    const play = new Play();
    play.settle();
    play.pass(60_000);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    play.listed('dev', [row('pay', 'theirs')]);
    play.feed({ type: 'pause', at: play.now, paused: true });
    undo(play, 'pay-0');
    const again = new Play({ ledger: ledgerOf(play.state) });
    again.tokenRead({});
    again.listed('dev', [row('pay', 'theirs')]);
    expect(again.push()).toMatchObject({ fingerprint: 'pay-0', cause: 'undo' });
  });

  it('is replaced by what is on disk, also where that was not known yet', () => {
    const play = new Play();
    play.settle();
    play.pass(60_000);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    play.listed('dev', [row('pay', 'theirs')]);
    const again = new Play({ ledger: ledgerOf(play.state), holdsScans: true });
    again.tokenRead({});
    undo(again, null);
    again.listed('dev', [row('pay', 'theirs')]);
    expect(again.pushes()).toEqual([]);
    again.endScans();
    expect(again.push()).toMatchObject({ fingerprint: 'pay-1', cause: 'undo' });
    // Until it is, theirs is what runs.
    expect(again.target('pay', 'dev').foreign).toMatchObject({ modTime: 'theirs', replaceBy: 'pay-1' });
  });

  it.each([
    ['though that is touched before it goes', 'pay-1', 'undo'],
    ['and by a change of it as by any change', 'pay-2', 'change'],
  ] as const)('is replaced by what is on disk, %s', (_, content, cause) => {
    const play = new Play();
    play.settle();
    play.pass(60_000);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    play.listed('dev', [row('pay', 'theirs')]);
    play.feed({ type: 'pause', at: play.now, paused: true });
    undo(play, null);
    play.save('pay', content);
    look(play);
    resume(play);
    expect(play.push()).toMatchObject({ fingerprint: content, cause });
  });

  it('is replaced as asked, though the disk holds that content by then', () => {
    const play = askedOverTheirs();
    play.save('pay', 'pay-1');
    resume(play);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-1', cause: 'undo', isKept: false });
  });

  it('is not replaced where they deploy once more before that', () => {
    const play = askedOverTheirs();
    play.pass(60_000);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    play.listed('dev', [row('pay', 'theirs again')]);
    resume(play);
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
  });

  it('is not replaced by a content that nobody asked for', () => {
    const play = askedOverTheirs();
    play.save('pay', 'pay-2 and its way back');
    resume(play);
    expect(play.pushes().map(({ fingerprint }) => fingerprint)).not.toContain('pay-1');
  });

  it('may stay by a person’s word, which ends what was gone back to', () => {
    const play = wentBack();
    play.save('pay', 'pay-2');
    play.listed('dev', [row('pay', 'theirs')]);
    play.feed({ type: 'adopt', at: play.now, meant: [{ function: 'pay', envs: null }] });
    expect(play.phase('pay', 'dev').kind).toBe('adopted');
    expect(exitCodeOf(play.state)).toBe(0);
    expect(play.pushes()).toEqual([]);
  });
});

it.each<
  readonly [live: string | null, undone: { fingerprint: string; dressed?: boolean } | null, carries: boolean]
>([
  [null, null, false],
  ['plain', null, false],
  ['dressed', null, true],
  ['old', { fingerprint: 'old', dressed: true }, true],
  ['old', { fingerprint: 'old' }, false],
  ['plain', { fingerprint: 'old', dressed: true }, false],
])('where %s is live and %j was gone back to, the helper is there: %s', (live, undone, carries) => {
  const play = new Play();
  play.settle();
  const fn = play.state.functions.get('pay');
  if (fn === undefined) throw new Error('it is not there');
  const target = {
    ...play.target('pay', 'dev'),
    live,
    undone: undone === null ? null : { ...undone, against: 'plain' },
  };
  expect(carriesHelper({ ...fn, wanted: 'plain', dressed: 'dressed' }, target)).toBe(carries);
});
