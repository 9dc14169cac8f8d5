/** Events of many functions in one turn of the event loop go together, in the order in which they happened. */
import { expect, it } from 'vitest';
import type { Event } from '../../src/model/event.js';
import { createQuietEvents } from '../../src/watch/quiet-events.js';

function scene() {
  const seen: string[] = [];
  const engine = {
    dispatch(event: Event) {
      if (event.type === 'touched') seen.push(`touched ${event.functions.join(' ')}`);
      if (event.type === 'settled')
        seen.push(`settled ${event.functions.map(({ function: name }) => name).join(' ')}`);
    },
  };
  const events = createQuietEvents({ engine, now: () => 1 });
  const settle = (name: string): void =>
    events.settled({ function: name, cause: 'change', savedAt: null, full: false, capped: false });
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  return { events, seen, settle, turn };
}

it('the first goes at once, the others of its turn together', async () => {
  const { events, seen, settle, turn } = scene();
  for (const name of ['a', 'b', 'c']) events.touched(name);
  expect(seen).toEqual(['touched a']);
  await turn();
  expect(seen).toEqual(['touched a', 'touched b c']);
  await turn();
  events.touched('d');
  for (const name of ['a', 'b', 'c']) settle(name);
  expect(seen.slice(2)).toEqual(['touched d']);
  await turn();
  expect(seen.slice(3)).toEqual(['settled a b c']);
  await turn();
  settle('d');
  expect(seen.slice(4)).toEqual(['settled d']);
});

it('one that ends and begins again in one turn has begun', async () => {
  const { events, seen, settle, turn } = scene();
  for (const name of ['x', 'a']) events.touched(name);
  settle('a');
  events.touched('a');
  settle('b');
  await turn();
  expect(seen).toEqual(['touched x', 'touched a', 'settled a', 'touched a', 'settled b']);
});

it('what is waiting at the end is sent, and nothing after it', async () => {
  const { events, seen, settle, turn } = scene();
  events.touched('a');
  settle('b');
  events.close();
  expect(seen).toEqual(['touched a', 'settled b']);
  await turn();
  events.close();
  expect(seen).toHaveLength(2);
});
