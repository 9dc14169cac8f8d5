/** A file that is locked for a moment is read again soon, and then at growing intervals. */
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { ScanResult } from '../../src/model/event.js';
import type { ContentProblem } from '../../src/model/nouns.js';
import { noAnswer } from '../../src/system/text-file.js';
import { createUnreadableRetries } from '../../src/watch/unreadable-retries.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const locked: ContentProblem = { reason: 'unreadable', path: 'index.js', code: 'EBUSY' };

function scene(first: ContentProblem | null) {
  const looks: number[] = [];
  const touched: number[] = [];
  const start = Date.now();
  const disk: { result: ScanResult; pending: boolean } = {
    result: { ok: false, problem: first ?? locked },
    pending: false,
  };
  const retries = createUnreadableRetries({
    problemOf: () => first,
    content: {
      async glance() {
        looks.push(Date.now() - start);
        return disk.result;
      },
    },
    isPending: () => disk.pending,
    touch: () => void touched.push(Date.now() - start),
    onBug: (error) => expect.unreachable(String(error)),
  });
  onTestFinished(retries.close);
  return { retries, looks, touched, disk };
}

it('after 0.2, 0.4 … 5 s, for as long as it is locked; free, its quiet time begins', async () => {
  const { retries, looks, touched, disk } = scene(locked);
  retries.take('pay');
  retries.take('pay');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(looks).toEqual([200, 600, 1400, 3000, 6200, 11_200, 16_200]);
  expect(touched).toEqual([]);
  disk.result = { ok: true, fingerprint: 'f', files: 1, bytes: 1, changed: [] };
  await vi.advanceTimersByTimeAsync(5_000);
  expect(touched).toEqual([21_200]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toHaveLength(8);
});

it.each([
  [null],
  [{ reason: 'unreadable', path: 'index.js', code: 'ENOENT' }],
  [{ reason: 'unreadable', path: 'a\\b.js', code: 'EILSEQ' }],
  [{ reason: 'no-entry', expected: ['index.js'] }],
] as const)('%j is not looked at again', async (problem) => {
  const { retries, looks } = scene(problem);
  retries.take('pay');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toEqual([]);
});

it('a quiet time that goes on leads to a scan anyway, and nothing comes after close', async () => {
  const { retries, looks, disk } = scene(locked);
  disk.pending = true;
  retries.take('pay');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toEqual([]);
  disk.pending = false;
  retries.take('pay');
  retries.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toEqual([]);
  retries.take('login');
  expect(vi.getTimerCount()).toBe(0);
});

it.each<readonly [string, ScanResult, boolean]>([
  ['locked', { ok: false, problem: locked }, false],
  [
    'broken for good',
    { ok: false, problem: { reason: 'unreadable', path: 'index.js', code: 'EISDIR' } },
    true,
  ],
  ['something else', { ok: false, problem: { reason: 'no-entry', expected: ['index.js'] } }, true],
  ['free', { ok: true, fingerprint: 'f', files: 1, bytes: 1, changed: [] }, true],
])('found %s at the second look', async (_, result, isScanned) => {
  const { retries, touched, disk } = scene(locked);
  disk.result = result;
  retries.take('pay');
  await vi.advanceTimersByTimeAsync(200);
  expect(touched.length).toBe(isScanned ? 1 : 0);
});

it('a disk that gives no answer is looked at again as well', async () => {
  const { retries, looks, touched } = scene({ reason: 'unreadable', path: 'index.js', code: noAnswer });
  retries.take('pay');
  await vi.advanceTimersByTimeAsync(200);
  expect([looks, touched]).toEqual([[200], [200]]);
});
