import { expect, test } from 'vitest';
import {
  createCoalescer,
  createOnce,
  createSerializer,
  eachLimited,
} from '../../../src/emulator/store/tasks.js';

/** A task that ends when the test says so. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('at most so many at a time, each item once, and the first failure when all have ended', async () => {
  const gates = Array.from({ length: 5 }, gate);
  const begun: number[] = [];
  const ended: number[] = [];
  const all = eachLimited([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    await gates[item]?.opened;
    ended.push(item);
    if (item === 1) throw new Error('one');
  });
  await turn();
  expect(begun).toEqual([0, 1]);
  gates[0]?.open();
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  for (const { open } of gates) open();
  await expect(all).rejects.toThrow('one');
  expect(ended.toSorted()).toEqual([0, 1, 2, 3, 4]);
});

test('tasks of one key come after each other, a failed one too; other keys do not wait', async () => {
  const alone = createSerializer();
  const first = gate();
  const order: string[] = [];
  const task = (name: string, wait?: Promise<void>) => async (): Promise<string> => {
    order.push(`${name} begins`);
    await wait;
    order.push(`${name} ends`);
    if (name === 'a1') throw new Error('failed');
    return name;
  };
  const a1 = alone('a', task('a1', first.opened)).catch((error: unknown) => String(error));
  const a2 = alone('a', task('a2'));
  expect(await alone('b', task('b'))).toBe('b');
  first.open();
  expect([await a1, await a2]).toEqual(['Error: failed', 'a2']);
  expect(order).toEqual(['a1 begins', 'b begins', 'b ends', 'a1 ends', 'a2 begins', 'a2 ends']);
});

test('writes that are asked for during one share the next, and each sees a write that began after it', async () => {
  const gates: ReturnType<typeof gate>[] = [];
  const write = createCoalescer(async () => {
    const one = gate();
    gates.push(one);
    await one.opened;
  });
  const done: string[] = [];
  const note = (name: string): void => void write().then(() => done.push(name));
  note('first');
  note('second');
  note('third');
  await turn();
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await turn();
  expect([done, gates.length]).toEqual([['first'], 2]);
  note('fourth');
  gates[1]?.open();
  await turn();
  await turn();
  expect([done, gates.length]).toEqual([['first', 'second', 'third'], 3]);
  gates[2]?.open();
  await turn();
  expect(done).toEqual(['first', 'second', 'third', 'fourth']);
  note('fifth');
  await turn();
  expect(gates).toHaveLength(4);
  gates[3]?.open();
  await turn();
  expect(done).toHaveLength(5);
});

test('a write that fails fails for those who shared it, and the next one is made all the same', async () => {
  let writes = 0;
  const write = createCoalescer(async () => {
    writes += 1;
    await turn();
    if (writes === 1) throw new Error('disk full');
  });
  const results = await Promise.allSettled([write(), write(), write()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(writes).toBe(2);
});

test('what failed to be made is made at the next use, and then kept', async () => {
  let tries = 0;
  const once = createOnce(async () => {
    tries += 1;
    if (tries === 1) throw new Error('no space left');
    return tries;
  });
  await expect(once()).rejects.toThrow('no space left');
  expect(await Promise.all([once(), once()])).toEqual([2, 2]);
  expect(await once()).toBe(2);
});
