/** Events as async iterables. */
import { describe, expect, it } from 'vitest';
import { createEventStream, type SyncEvent } from '../../src/library/event-stream.js';
import type { Fact } from '../../src/model/fact.js';

const found = (name: string): Fact => ({ event: 'found', function: name });
const stopped: Fact = {
  ...{
    event: 'stopped',
    code: 0,
    pushed: 1,
    failed: 0,
    pending: [],
    p50Ms: null,
    p95Ms: null,
    answers: { ok: 0, failed: 0 },
  },
};

async function all(events: AsyncIterable<SyncEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) seen.push(event.event === 'found' ? event.function : event.event);
  return seen;
}

describe('a stream', () => {
  it('gives the first reader everything, later ones what comes after they began, and ends for all', async () => {
    const stream = createEventStream();
    stream.push(found('a'), 0);
    const first = all(stream.events);
    const second = all(stream.events);
    await Promise.resolve();
    stream.push(found('b'), 0);
    stream.push(stopped, 0);
    expect(stream.end()).toMatchObject({ event: 'stopped', pushed: 1 });
    expect(await first).toEqual(['a', 'b', 'stopped']);
    expect(await second).toEqual(['b', 'stopped']);
    expect(await all(stream.events)).toEqual([]);
  });

  it('stamps each event with form and time', async () => {
    const stream = createEventStream();
    stream.push(found('a'), Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    const { value } = await stream.events[Symbol.asyncIterator]().next();
    expect(value).toEqual({ v: 1, at: '2026-01-02T03:04:05.006Z', event: 'found', function: 'a' });
  });

  it('wakes a reader that waits, and drops the oldest of one that does not read', async () => {
    const stream = createEventStream();
    const waiting = stream.events[Symbol.asyncIterator]();
    const next = waiting.next();
    stream.push(found('a'), 0);
    expect(await next).toMatchObject({ done: false, value: { function: 'a' } });
    for (let index = 0; index < 10_001; index += 1) stream.push(found(`f${index}`), 0);
    expect((await waiting.next()).value).toMatchObject({ function: 'f1' });
  });

  it('a reader that leaves keeps nothing', async () => {
    const stream = createEventStream();
    stream.push(found('a'), 0);
    for await (const _ of stream.events) break;
    stream.push(found('b'), 0);
    const late = stream.events[Symbol.asyncIterator]();
    const next = late.next();
    stream.push(found('c'), 0);
    expect((await next).value).toMatchObject({ function: 'c' });
  });

  it('ends with what was stopped, whatever is said after it', () => {
    const stream = createEventStream();
    stream.push(stopped, 0);
    stream.push(found('late'), 0);
    expect(stream.end()).toMatchObject({ event: 'stopped', pushed: 1 });
  });

  it('lets a reader go that has read the last event and waits', async () => {
    const stream = createEventStream();
    const reader = stream.events[Symbol.asyncIterator]();
    stream.push(stopped, 0);
    expect((await reader.next()).value).toMatchObject({ event: 'stopped' });
    const last = reader.next();
    await Promise.resolve();
    stream.end();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('must not end without its last event', () => {
    expect(() => createEventStream().end()).toThrow();
  });
});
