/** The load of the link: an upload waits while others have more on it than it takes in two seconds. */
import { describe, expect, it } from 'vitest';
import { drainMs, isRateCalm, linkOpensAt, measuredSpeed, rateIsCalmAt } from '../../src/core/requests.js';
import { emptyState, type Request, type State } from '../../src/core/state.js';
import type { ListJob, PushJob } from '../../src/model/event.js';
import { settings } from './make.js';

const now = 1_000_000;
const push: PushJob = {
  ...{ type: 'push', id: 1, function: 'pay', envs: ['dev'], fingerprint: 'f', operation: 'update' },
  ...{ attempt: 1, cause: 'change', isKept: false, savedAt: null },
};
const list: ListJob = { type: 'list', id: 2, env: 'dev', offset: 0, searchKey: null };
const base = { startedAt: now - 10_000, tokenGeneration: 1, answerBy: null };
const packing: Request = { ...base, job: push, bytes: 1000, sentAt: null, writtenAt: null };

/** Kilobytes a second are bytes a millisecond. */
function stateWith(requests: readonly Request[], linkSpeed = 100): State {
  const entries = requests.map((request, id) => [id, request] as const);
  return { ...emptyState(settings, now), linkSpeed, requests: new Map(entries) };
}

describe('the link is free for another upload', () => {
  it.each<readonly [string, readonly Request[], number | null]>([
    ['at once where nothing is on it', [], 0],
    ['at once beside what takes two seconds', [{ ...packing, bytes: 200_000 }], 0],
    ['once something of it is written', [{ ...packing, bytes: 200_100 }], null],
    ['the same while it is being written', [{ ...packing, bytes: 200_100, sentAt: now - 9000 }], null],
    [
      'when only two seconds of what is written are left',
      [{ ...packing, bytes: 500_000, sentAt: now - 2000, writtenAt: now - 1000 }],
      now + 2000,
    ],
    [
      'at once where what was written has left',
      [{ ...packing, bytes: 500_000, sentAt: now - 9000, writtenAt: now - 5000 }],
      0,
    ],
    [
      'not by itself where several share it and one is being written',
      [
        { ...packing, bytes: 150_000, sentAt: now - 2000, writtenAt: now },
        { ...packing, bytes: 60_000 },
      ],
      null,
    ],
    ['whatever lists are asked for', [{ ...packing, job: list, bytes: 900_000 }], 0],
  ])('%s', (_, requests, at) => {
    expect(linkOpensAt(stateWith(requests))).toBe(at);
  });
});

it('this machine holds 4 MiB of what is written at most', () => {
  expect(drainMs(1000, 10)).toBe(100);
  expect(drainMs(4 * 1024 * 1024 + 5000, 1024)).toBe(4096);
});

describe('its speed', () => {
  const sent: Request = { ...packing, bytes: 64 * 1024, sentAt: now - 1024 };
  it.each<readonly [string, Request, number]>([
    ['is measured by bodies that tell', sent, 64],
    ['is what it was after small ones', { ...sent, bytes: 64 * 1024 - 1 }, 100],
    ['is what it was where nothing was sent', { ...sent, sentAt: null }, 100],
    ['is finite however soon the answer comes', { ...sent, sentAt: now }, 65_536],
  ])('%s', (_, request, speed) => {
    expect(measuredSpeed(stateWith([]), request)).toBe(speed);
  });
});

describe('the rate is calm while less than half of it was used within a second', () => {
  it.each<readonly [rate: number, ago: readonly number[], calmAt: number]>([
    [3, [500], Number.NEGATIVE_INFINITY],
    [3, [900, 500], now + 100],
    [3, [1000, 500], now],
    [4, [500], Number.NEGATIVE_INFINITY],
    [4, [700, 500], now + 300],
    [1, [500], now + 500],
  ])('%d a second, sent %j ms ago', (requestsPerSecond, ago, calmAt) => {
    const state = {
      ...emptyState({ ...settings, requestsPerSecond }, now),
      sent: ago.map((ms) => now - ms),
    };
    expect(rateIsCalmAt(state)).toBe(calmAt);
    expect(isRateCalm(state)).toBe(calmAt <= now);
  });
});
