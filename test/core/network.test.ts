/** The network: offline, online, asleep; and what nobody knows the outcome of. */
import { describe, expect, it } from 'vitest';
import { failure } from './make.js';
import { Play, row } from './play.js';

const unreachable = failure({ origin: 'unreachable', errcode: null, message: 'ENOTFOUND' });
const names = ['pay', 'login', 'order', 'report'];

describe('offline', () => {
  it('is one state: nobody tries but the probe, and everything goes out when that succeeds', () => {
    const play = new Play({ names });
    play.settle();
    for (const name of names) play.save(name, `${name}-2`);
    for (const job of play.pushes()) play.fail(job, unreachable);
    const wentOff = play.now;
    for (const name of names)
      expect(play.hold(name, 'dev')).toMatchObject({ reason: 'offline', subject: 'ENOTFOUND' });
    while (play.now < wentOff + 60_000) {
      if (play.probes().length > 0) play.probed(false);
      play.pass(100);
    }
    expect(play.pushed(wentOff + 1)).toBe(0);
    const back = play.now;
    while (play.probes().length === 0) play.pass(100);
    play.probed(true);
    expect(play.now - back).toBeLessThanOrEqual(2000);
    while (play.pushes().length > 0) for (const job of play.pushes()) play.accept(job);
    for (const name of names) expect(play.phase(name, 'dev').kind).toBe('deploying');
  });

  it('is put to the test after a moment, not in the one in which it was noticed', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), unreachable);
    const { probeMs } = play.state.settings.waits;
    play.pass(probeMs - 1);
    expect(play.probes()).toEqual([]);
    play.pass(1);
    expect(play.probes()).toHaveLength(1);
  });

  it('began when it was noticed first, and is put to the test then, whatever else fails meanwhile', () => {
    const play = new Play({ names });
    play.greet();
    const [first, second] = play.pushes();
    if (first === undefined || second === undefined) throw new Error('not two at a time');
    const { now } = play;
    play.fail(first, unreachable);
    play.pass(400);
    play.fail(second, unreachable);
    expect(play.state.offline?.since).toBe(now);
    play.pass(play.state.settings.waits.probeMs - 400);
    expect(play.probes()).toHaveLength(1);
  });

  it('is noticed by a list, too', () => {
    const play = new Play();
    play.tokenRead();
    play.listFails('dev', unreachable);
    expect(play.hold('pay', 'dev')?.reason).toBe('offline');
    play.pass(500);
    play.probed(true);
    expect(play.lists().length).toBe(1);
  });

  it('is no reason any more once it is over: a first list that met it is only awaited', () => {
    const play = new Play();
    play.tokenRead();
    play.listFails('dev', unreachable);
    expect(play.hold('pay', 'dev')?.reason).toBe('offline');
    while (play.probes().length === 0) play.pass(100);
    play.probed(true);
    const hold = play.hold('pay', 'dev');
    expect(hold).toMatchObject({ reason: 'unlisted', failure: null });
    expect(hold?.briefSince).not.toBeNull();
  });

  it('probes one at a time', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), unreachable);
    play.pass(60_000);
    expect(play.probes().length).toBe(1);
  });
});

describe('sleep', () => {
  it('ends every wait for a failing gateway, and the probe is made at once', () => {
    const play = new Play({ jitter: () => 0.99 });
    play.greet();
    for (let tries = 0; tries < 4; tries += 1) {
      play.fail(play.push(), failure({ origin: 'http', errcode: null }));
      if (tries < 3) play.pass(5000);
    }
    play.feed({ type: 'woke', at: play.now });
    expect(play.pushes().length).toBe(1);
    play.fail(play.push(), unreachable);
    play.feed({ type: 'woke', at: play.now });
    expect(play.probes().length).toBe(1);
  });

  it.each([
    ['a gateway that failed', { origin: 'http', errcode: null, httpStatus: 502 }, 1],
    ['a connection that broke', { origin: 'broken', errcode: null }, 1],
    ['a cloud that was busy', { errcode: -1 }, 1],
    ['a failure of this environment alone', { errcode: null, message: 'build failed' }, 0],
  ] as const)('leaves %s no longer to wait than it is to blame for', (_, over, sent) => {
    const play = new Play({ jitter: () => 0.99 });
    play.greet();
    const push = play.push();
    if (sent === 1) play.fail(push, failure(over));
    else play.answer(push, { dev: failure(over) });
    play.feed({ type: 'woke', at: play.now });
    expect(play.pushes()).toHaveLength(sent);
  });

  it('ends no wait of what has failed again and again while others did not', () => {
    const play = new Play({ jitter: () => 0.99 });
    play.greet();
    for (let tries = 1; tries <= 5; tries += 1) {
      if (tries > 1) play.pass(30_000);
      play.fail(play.push(), failure({ origin: 'http', errcode: null, httpStatus: 502 }));
    }
    play.feed({ type: 'woke', at: play.now });
    expect(play.pushes()).toEqual([]);
  });

  it('gives an environment that was not listed yet its 10 s anew', () => {
    const play = new Play({ jitter: () => 0.99 });
    play.tokenRead();
    const listInVain = (ms: number): void => {
      for (let passed = 0; passed < ms; passed += 100) {
        for (const { env } of play.lists()) play.listFails(env, failure({ errcode: 45_011 }));
        play.pass(100);
      }
    };
    listInVain(9000);
    play.feed({ type: 'woke', at: play.now });
    listInVain(9000);
    expect(play.pushes()).toEqual([]);
    listInVain(2000);
    expect(play.pushes()).toHaveLength(1);
  });

  it('does not break the peace that a gateway asked for', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), failure({ origin: 'http', errcode: null, httpStatus: 429, retryAfterMs: 60_000 }));
    play.feed({ type: 'woke', at: play.now });
    expect(play.pushes()).toEqual([]);
  });
});

describe('what a failed request leaves behind', () => {
  it.each([
    ['a broken connection', failure({ origin: 'broken', errcode: null }), true],
    ['a gateway’s 502', failure({ origin: 'http', errcode: null, httpStatus: 502 }), true],
    ['system busy', failure({ errcode: -1 }), true],
    ['a bug of ours', failure({ class: 'unknown', origin: 'unexpected', errcode: null }), true],
    ['no connection', unreachable, false],
    ['429', failure({ origin: 'http', errcode: null, httpStatus: 429 }), false],
    ['too frequent', failure({ errcode: 45_011 }), false],
    ['an expired token', failure({ class: 'token', errcode: 42_001 }), false],
  ])('after %s', (_, failed, unknown) => {
    const play = new Play();
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), failed);
    expect(play.target('pay', 'dev').live).toBe(unknown ? null : 'pay-1');
    expect(play.phase('pay', 'dev').kind).not.toBe('live');
  });

  it('is sent again even if the edit is undone, since nobody knows which of the two arrived', () => {
    const play = new Play({ jitter: () => 0 });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ origin: 'broken', errcode: null }));
    play.accept(play.push());
    play.save('pay', 'pay-1');
    expect(play.push()).toMatchObject({ fingerprint: 'pay-1' });
  });

  it('after a newer edit was made in flight, sends that and nothing else', () => {
    const play = new Play();
    play.settle();
    play.save('pay', 'pay-2');
    const first = play.push();
    play.save('pay', 'pay-3');
    play.save('pay', 'pay-4');
    play.accept(first);
    expect(play.push().fingerprint).toBe('pay-4');
    play.accept(play.push());
    play.seeActive('new');
    expect(play.target('pay', 'dev').live).toBeNull();
    play.pass(3000);
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'new')]);
    play.seeActive('new');
    expect(play.target('pay', 'dev').live).toBe('pay-4');
  });
});

it('first contact waits 3 s for an environment’s list, then goes on with the others', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.tokenRead();
  play.listed('dev', [row('pay', 'old')]);
  play.pass(2999);
  expect(play.pushes()).toEqual([]);
  play.pass(1);
  expect(play.push().envs).toEqual(['dev']);
});
