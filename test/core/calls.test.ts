/** Calls with saved events: when one may begin, and which content is about to stay. */
import { describe, expect, it } from 'vitest';
import { mayCallNow, restingLive } from '../../src/core/calls.js';
import { Play } from './play.js';

function settled(over: ConstructorParameters<typeof Play>[0] = {}): Play {
  const play = new Play({ names: ['pay', 'login'], ...over });
  play.settle();
  play.pass(60_000);
  return play;
}

describe('a call may begin', () => {
  it('never before an upload that is ready', () => {
    const play = new Play({ names: ['pay', 'login'], settings: { concurrency: 1 } });
    play.greet();
    const [first] = play.pushes();
    const queued = ['pay', 'login'].filter((name) => play.phase(name, 'dev').kind === 'queued');
    expect([first === undefined, queued.length]).toEqual([false, 1]);
    expect(mayCallNow(play.state)).toBe(false);
    if (first !== undefined) play.accept(first);
    // The other is on its way, and nothing waits.
    expect(play.pushes().length).toBe(1);
    expect(mayCallNow(play.state)).toBe(true);
  });

  it('within the rate, of which each call takes a part', () => {
    const play = settled({ settings: { requestsPerSecond: 2 } });
    for (const may of [true, true, false]) {
      expect(mayCallNow(play.state)).toBe(may);
      if (may) play.feed({ type: 'called', at: play.now });
    }
    play.pass(999);
    expect(mayCallNow(play.state)).toBe(false);
    play.pass(1);
    expect(mayCallNow(play.state)).toBe(true);
  });
});

describe('the content that is called', () => {
  it('is none while another is on its way, from the save until it is live', () => {
    const play = settled();
    const of = (): string | null => restingLive(play.state, 'pay', 'dev');
    expect(of()).toBe('pay-1');
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    expect(of()).toBe(null);
    play.save('pay', 'pay-2');
    expect(of()).toBe(null);
    play.accept(play.push());
    expect(of()).toBe(null);
    play.seeActive('later');
    expect(of()).toBe('pay-2');
  });

  it('is what a person went back to', () => {
    const play = settled();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    play.seeActive('later');
    const steps = [{ env: 'dev', fingerprint: 'pay-1' }];
    play.feed({ type: 'undo', at: play.now, id: 'undo', function: 'pay', steps });
    play.accept(play.push());
    play.seeActive('latest');
    expect(play.hold('pay', 'dev')?.reason).toBe('undone');
    expect(restingLive(play.state, 'pay', 'dev')).toBe('pay-1');
  });

  it('is none of a function or an environment that is not there', () => {
    const { state } = settled();
    expect([restingLive(state, 'no', 'dev'), restingLive(state, 'pay', 'no')]).toEqual([null, null]);
  });
});
