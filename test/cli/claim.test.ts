/** A configuration that another process has: how long that is waited for, what is said meanwhile, and how it ends. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type ClaimOptions, claim } from '../../src/cli/claim.js';
import { type Holder, takeLock } from '../../src/state/lock.js';
import { loaded } from '../support/config-folder.js';
import { deskIn } from '../support/init-rig.js';
import { patienceMs } from '../support/rig.js';

/** Another process has the lock; the clock stands where the test puts it. */
async function waiting(role: Holder['role'], more: Partial<ClaimOptions> = {}) {
  const { config } = await loaded({ envs: ['dev'] });
  const folder = join(config.folder, '.tcb-watch');
  await mkdir(folder);
  const holder = { v: 1, pid: 4711, role, socket: null, endpoint: 'x', config: null, version: '1' } as const;
  const taken = await takeLock(folder, holder);
  if (taken.type !== 'taken') throw new Error(taken.type);
  onTestFinished(() => taken.lock.release());
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  onTestFinished(() => void clock.mockRestore());
  const desk = deskIn(config.folder);
  const { signal } = new AbortController();
  const claimed = claim({ config, role: 'push', patienceSeconds: 600, signal, ...more }, desk.context);
  /** Resolves once the lock was looked at, at this time; to all lines that were said by then. */
  const at = async (ms: number): Promise<readonly string[]> => {
    clock.mockReturnValue(ms);
    const { length } = clock.mock.calls;
    await vi.waitUntil(() => clock.mock.calls.length > length + 1, { timeout: patienceMs });
    return desk.err().split('\n').slice(0, -1);
  };
  const end = async (ms: number) => {
    clock.mockReturnValue(ms);
    return { claimed: await claimed, said: desk.err().split('\n').slice(0, -1) };
  };
  return { at, end };
}

it('a watch that does not answer is waited for in silence, then with a word, and given up after twelve seconds', async () => {
  const { at, end } = await waiting('watch');
  expect(await at(0)).toEqual([]);
  expect(await at(2000)).toEqual([]);
  expect(await at(2001)).toEqual([expect.stringContaining('4711')]);
  expect(await at(12_000)).toHaveLength(1);
  const { claimed, said } = await end(12_001);
  expect(claimed).toEqual({ type: 'refused', exitCode: 3 });
  expect(said).toHaveLength(2);
  expect(said[1]).toContain('4711');
});

it('a push is waited for with a word at once, for as long as it was said', async () => {
  const { at, end } = await waiting('push');
  expect(await at(0)).toEqual([expect.stringContaining('4711')]);
  expect(await at(600_000)).toHaveLength(1);
  const { claimed, said } = await end(600_001);
  expect(claimed).toEqual({ type: 'refused', exitCode: 3 });
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(/4711.*600 s/);
});

it('a push is waited for without an end where there is none, until somebody says stop', async () => {
  const ending = new AbortController();
  const { at, end } = await waiting('push', { patienceSeconds: 0, signal: ending.signal });
  expect(await at(1e9)).toHaveLength(1);
  ending.abort();
  expect(await end(1e9)).toMatchObject({ claimed: { type: 'refused', exitCode: 1 } });
});
