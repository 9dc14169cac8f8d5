/** Calls of functions in the emulator, warm and cold. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'vitest';
import { startEmulator } from '../../src/emulator/index.js';
import { median, percentile, report } from './rows.js';

interface Reached {
  readonly url: string;
  readonly token: string;
}

async function post({ url, token }: Reached, path: string, body: unknown): Promise<unknown> {
  const address = `${url}${path}${path.includes('?') ? '&' : '?'}access_token=${token}`;
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

it('calls a function', async (context) => {
  const emulator = await startEmulator({ envs: ['dev'] });
  const call = (): Promise<unknown> => post(emulator, '/tcb/invokecloudfunction?env=dev&name=pay', {});
  const [cold, warm, empty]: number[][] = [[], [], []];
  for (let round = 0; round < 15; round += 1) {
    await emulator.deploy('dev', 'pay', { 'index.js': `exports.main = async () => ${round};` });
    empty?.push(await timed(() => once(spawn(process.execPath, ['-e', '0']), 'exit')));
    cold?.push(await timed(call));
  }
  for (let round = 0; round < 300; round += 1) warm?.push(await timed(call));
  await emulator.close();
  const p99 = (values: readonly number[]): number => percentile(values, 0.99);
  report(context, {
    ...{ what: 'a call on a warm instance', unit: 'ms', reach: '≤ 5 ms', reference: null },
    ...{ median: median(warm ?? []), p99: p99(warm ?? []) },
  });
  report(context, {
    ...{ what: 'a call with a cold start', unit: 'ms', reach: '≤ 150 ms' },
    ...{ median: median(cold ?? []), p99: p99(cold ?? []) },
    reference: { name: 'an empty process', median: median(empty ?? []) },
  });
});
