/** Which function's files are read, and which is built, at the same time. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/remembered.js';
import { configured, spec } from './make.js';
import { Play } from './play.js';

/** Nothing is read yet. */
function start(built: readonly string[], plain: readonly string[]): Play {
  const play = new Play({ names: [], holdsScans: true });
  const functions = [...built, ...plain].map((name) => ({
    ...spec(name, ['dev']),
    built: built.includes(name),
  }));
  play.feed({ ...configured(play.now, [], ['dev']), functions });
  return play;
}

const scanned = (play: Play): string[] => play.scans().map((job) => job.function);

describe('at one time', () => {
  it('two functions are read, and the next one when one of them has been', () => {
    const play = start([], ['one', 'two', 'three']);
    expect(scanned(play)).toEqual(['one', 'two']);
    play.endScan('one');
    expect(scanned(play)).toEqual(['two', 'three']);
  });

  it('builds that take long keep nobody’s save', () => {
    const play = start(['graphql', 'protobuf', 'third'], ['pay']);
    expect(scanned(play).sort()).toEqual(['graphql', 'pay', 'protobuf']);
    play.endScan('pay');
    play.save('pay', 'pay-2');
    expect(scanned(play)).toContain('pay');
  });

  it('a build that runs is the reason that nothing goes, and not a quiet time', () => {
    const play = start(['graphql'], ['pay']);
    const reasons = (): unknown[] => ['graphql', 'pay'].map((name) => play.hold(name, 'dev')?.reason);
    expect(reasons()).toEqual(['building', 'settling']);
    play.save('graphql', 'graphql-2');
    play.endScan('graphql');
    expect(reasons()).toEqual(['building', 'settling']);
  });

  it('who waits to be read whole is, though it is saved meanwhile', () => {
    const play = start([], ['one', 'two', 'three']);
    const whole = { function: 'three', cause: 'retry', savedAt: null, full: true, capped: false } as const;
    play.feed({ type: 'settled', at: play.now, functions: [whole] });
    play.save('three', 'three-2');
    play.endScan('one');
    expect(play.scans()).toMatchObject([
      { function: 'two', full: false },
      { function: 'three', full: true },
    ]);
  });

  it('a function that changes while it is read is read once more, after that', () => {
    const play = start([], ['pay']);
    play.save('pay', 'pay-2');
    expect(scanned(play)).toEqual(['pay']);
    play.endScan('pay', 'half of it');
    expect(scanned(play)).toEqual(['pay']);
    play.endScan('pay', 'pay-2');
    expect(scanned(play)).toEqual([]);
    expect(play.state.functions.get('pay')?.wanted).toBe('pay-2');
  });
});

describe('a file that a program goes on writing', () => {
  /** The longest wait is over, and the next burst begins before the function is read. */
  function writtenOn(capped: boolean): Play {
    const play = new Play();
    play.settle();
    play.holdScans();
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    const settled = { function: 'pay', cause: 'change', savedAt: play.now, full: false, capped } as const;
    play.feed({ type: 'settled', at: play.now, functions: [settled] });
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    return play;
  }

  it('is sent as it was read then, though it has changed since', () => {
    const play = writtenOn(true);
    expect(play.pushes()).toEqual([]);
    play.endScan('pay', 'pay-2');
    expect(play.pushes()).toMatchObject([{ function: 'pay', fingerprint: 'pay-2' }]);
  });

  it('counts as unsent while it changes, for a crash', () => {
    const play = writtenOn(true);
    play.endScan('pay', 'pay-1');
    expect(ledgerOf(play.state)).toMatchObject([{ sending: true }]);
  });

  it('waits for the end of the burst where it had grown quiet before', () => {
    const play = writtenOn(false);
    play.endScan('pay', 'pay-2');
    expect(play.pushes()).toEqual([]);
  });
});
