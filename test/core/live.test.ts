/** Live means live: when a deployment is believed to be done. */
import { describe, expect, it } from 'vitest';
import { nextLook } from '../../src/core/looks.js';
import { realWaits } from '../../src/core/waits.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const minute = 60_000;

/** Accepted just now, over a function whose mod_time was "before". */
function accepted(): Play {
  const play = new Play();
  play.greet([row('pay', 'before')]);
  play.accept(play.push());
  return play;
}

describe('the schedule', () => {
  it('is 0.3, 1, 2 s, then every 5 s for 5 minutes, then every minute', () => {
    const looks: number[] = [];
    for (let at = 0; at < 8 * minute; ) {
      at = nextLook(0, at, [], realWaits);
      looks.push(at);
    }
    expect(looks.slice(0, 6)).toEqual([300, 1000, 2000, 7000, 12_000, 17_000]);
    const late = looks.filter((at) => at > 5 * minute + 5000);
    expect(late.map((at, index) => at - (late[index - 1] ?? at - minute))).toEqual(late.map(() => minute));
    expect(looks.length).toBeLessThan(70);
  });

  it('is one call for each environment, however many functions deploy there', () => {
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const play = new Play({ names, envs: ['dev', 'test'] });
    play.greet([]);
    while (play.pushes().length > 0) for (const job of play.pushes()) play.accept(job);
    play.pass(300);
    expect(
      play
        .lists()
        .map(({ env }) => env)
        .sort(),
    ).toEqual(['dev', 'test']);
  });
});

describe('a deployment is done', () => {
  it('when it is Active and mod_time differs', () => {
    const play = accepted();
    play.pass(300);
    play.listed('dev', [row('pay', 'after')]);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true });
  });

  it('when it is Active after Updating was seen, in the same second as the one before', () => {
    const play = accepted();
    play.pass(300);
    play.listed('dev', [row('pay', 'before', 'Updating')]);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    play.pass(700);
    play.listed('dev', [row('pay', 'before')]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('only after Active has stood for 3 s where nothing tells it from the one before', () => {
    const play = accepted();
    const since = play.now;
    for (let looks = 0; looks < 10 && play.phase('pay', 'dev').kind === 'deploying'; looks += 1) {
      while (play.lists().length === 0) play.pass(100);
      play.listed('dev', [row('pay', 'before')]);
    }
    expect(play.phase('pay', 'dev').kind).toBe('live');
    expect(play.now - since).toBe(3000);
  });

  it('not by the answer of a list that began before it was accepted', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    play.save('login', 'login-2');
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled'), row('login', 'settled')]);
    play.accept(play.push());
    play.pass(300);
    play.save('pay', 'pay-2');
    play.accept(play.push());
    play.listed('dev', [row('pay', 'other'), row('login', 'new')]);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    expect(play.phase('login', 'dev').kind).toBe('live');
  });

  it('not by a function whose name only resembles it', () => {
    const play = accepted();
    play.pass(300);
    play.listed('dev', [row('pay-2', 'after'), row('pay', 'before', 'Updating')]);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
  });

  it('at once with verify false, and no list is asked for', () => {
    const play = new Play({ settings: { verify: false } });
    play.greet();
    play.accept(play.push());
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: false });
    const before = play.begun.length;
    play.pass(60 * minute);
    expect(play.begun.length).toBe(before);
  });
});

describe('a deployment that fails', () => {
  it.each([
    ['UpdateFailed', [row('pay', 'before')]],
    ['CreateFailed', []],
  ])('is a failure of that content, with its reason: %s', (status, first) => {
    const play = new Play();
    play.greet(first);
    play.accept(play.push());
    play.pass(300);
    play.listed('dev', [row('pay', 'after', status, '-1: ResourceNotFound.File')]);
    expect(play.hold('pay', 'dev')).toMatchObject({
      reason: 'refused',
      failure: { class: 'function', origin: 'deployment', errcode: null },
    });
    expect(play.hold('pay', 'dev')?.failure?.message).toContain('ResourceNotFound.File');
    play.pass(60 * minute);
    expect(play.pushed()).toBe(1);
    play.save('pay', 'pay-2');
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'after', status)]);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', attempt: 1 });
  });

  it('leaves what was live before live: bringing that back sends nothing', () => {
    const play = new Play();
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    play.pass(300);
    play.listed('dev', [row('pay', 'after', 'UpdateFailed', 'boom')]);
    play.save('pay', 'pay-1');
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('by the state of an earlier failure is not believed before it can be told from it', () => {
    const play = new Play();
    play.greet([row('pay', 'before', 'UpdateFailed', 'old')]);
    play.accept(play.push());
    play.pass(300);
    play.listed('dev', [row('pay', 'before', 'UpdateFailed', 'old')]);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
  });
});

describe('an answer that never comes', () => {
  it('makes it unverified after 5 minutes, followed on slowly, and live in the end', () => {
    const play = accepted();
    const since = play.now;
    const look = (): void => {
      for (const { env } of play.lists()) play.listed(env, [row('pay', 'before', 'Updating')]);
    };
    while (play.now < since + 5 * minute - 1000) {
      look();
      play.pass(1000);
    }
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    while (play.now < since + 5 * minute + 10_000) {
      look();
      play.pass(1000);
    }
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'unverified' });
    const before = play.begun.length;
    while (play.now < since + 15 * minute) {
      look();
      play.pass(1000);
    }
    expect(play.begun.length - before).toBeLessThanOrEqual(11);
    while (play.lists().length === 0) play.pass(1000);
    play.listed('dev', [row('pay', 'after')]);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true });
    expect(play.pushed()).toBe(1);
  });

  it('because every list fails makes it unverified, too', () => {
    const play = accepted();
    const end = play.now + 5 * minute;
    while (play.now < end) {
      for (const { env } of play.lists()) play.listFails(env, failure({ origin: 'http', errcode: null }));
      play.pass(1000);
    }
    expect(play.hold('pay', 'dev')?.reason).toBe('unverified');
  });
});

describe('a list that is not permitted', () => {
  it.each([48_001, 48_004, 50_001, 50_002, 61_007])(
    'lets uploads go on unverified, and is asked for again every 5 minutes: %s',
    (errcode) => {
      const play = new Play();
      play.tokenRead();
      play.listFails('dev', failure({ class: 'config', errcode }));
      play.accept(play.push());
      expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: false });
      play.save('pay', 'pay-2');
      play.accept(play.push());
      play.pass(5 * minute - 1);
      expect(play.lists()).toEqual([]);
      play.pass(1);
      play.listFails('dev', failure({ class: 'config', errcode }));
      play.pass(5 * minute);
      play.listed('dev', [row('pay', 'seen')]);
      expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true });
      expect(play.pushed()).toBe(2);
    },
  );

  it('takes what was being followed for live', () => {
    const play = accepted();
    play.pass(300);
    play.listFails('dev', failure({ class: 'config', errcode: 48_001 }));
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: false });
  });
});

it('one upload is on its way to an environment that was taken out and is back', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.settle();
  play.save('pay', 'pay-2');
  const job = play.push();
  play.configure(['test']);
  play.configure(['dev', 'test']);
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  expect(play.phase('pay', 'dev').kind).toBe('sending');
  play.pass(1000);
  expect(play.pushes()).toEqual([job]);
  play.accept(job);
  expect(play.target('pay', 'dev').deploying).toMatchObject({ fingerprint: 'pay-2' });
});
