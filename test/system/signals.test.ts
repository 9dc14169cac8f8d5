import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { collectGarbage } from '../../src/system/garbage.js';
import { anySignal } from '../../src/system/signals.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Nothing but the promise is left of its signals. */
function abortOf(make: () => AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    make().addEventListener('abort', ({ target }) => resolve(Object(target).reason.name), { once: true });
  });
}

it('a time-out that nothing else holds comes, whatever garbage is collected before', async () => {
  const other = new AbortController();
  const aborted = abortOf(() => anySignal([other.signal, AbortSignal.timeout(200)]));
  // The frame that made the signal may still hold it until the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(await aborted).toBe('TimeoutError');
});

it('the first of them decides, also where it came before', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const reasons: unknown[] = [];
  const signal = anySignal([one.signal, other.signal]);
  expect(signal.aborted).toBe(false);
  // Node 24 follows the sources of a signal only once somebody listens to it.
  signal.addEventListener('abort', () => reasons.push(signal.reason));
  other.abort('other');
  one.abort('one');
  expect(reasons).toEqual(['other']);
  expect(anySignal([one.signal]).reason).toBe('one');
});

it('nothing else in src joins signals', async () => {
  const names = await readdir(source, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(source, name), 'utf8')));
  expect(files.filter((_, index) => /AbortSignal\s*\.any\(/.test(texts[index] ?? ''))).toEqual([
    join('system', 'signals.ts'),
  ]);
});
