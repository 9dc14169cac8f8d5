/** The cost of one write of the ledger for the program's thread, and how long it takes, where a thousand functions are known. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { ledgerPages } from '../../src/core/remembered.js';
import { emptyState, type State } from '../../src/core/state.js';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { openLedger } from '../../src/state/ledger.js';
import { configured, settings } from '../core/make.js';
import { median, report } from './rows.js';

const names = Array.from({ length: 1000 }, (_, index) => `function-number-${index}`);
const envs = Array.from({ length: 12 }, (_, index) => `env-3gewtf9c10f60c7${index}`);
const writes = 60;

function known(): State {
  const entry: Omit<LedgerEntry, 'function' | 'env'> = {
    ...{ sending: false, live: 'a'.repeat(64), liveSince: 1_700_000_000_000, verified: true },
    ...{ modTime: '2026-01-01 00:00:00', deploying: null, foreign: null, unsureUntil: null, sent: true },
    goneSince: null,
  };
  const ledger = names.flatMap((name) => envs.map((env) => ({ function: name, env, ...entry })));
  const now = 1_700_000_000_000;
  const started = reduce(emptyState(settings, now), { ...configured(now, names, envs), ledger });
  const result = { ok: true, fingerprint: 'a'.repeat(64), files: 1, bytes: 1, changed: [] } as const;
  return names.reduce((state, name, id) => {
    const job = { type: 'scan', id, function: name, full: false } as const;
    return reduce(reduce(state, { type: 'job-started', at: now, job }), {
      type: 'scan-ended',
      at: now,
      job,
      result,
    });
  }, started);
}

it('one write, 1,000 functions × 12 environments', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-bench-'));
  const ledger = await openLedger({
    folder,
    endpoint: 'https://api.weixin.qq.com',
    onTrouble(error) {
      throw error;
    },
  });
  let state = known();
  const took: number[] = [];
  let at = 0;
  const write = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const name = names[(at++ * 37) % names.length] ?? '';
      state = reduce(state, { type: 'touched', at: state.now + 1, functions: [name] });
      ledger.update(() => ledgerPages(state));
      const startedAt = performance.now();
      await ledger.written();
      took.push(performance.now() - startedAt);
    }
  };
  await write(10);
  took.length = 0;
  const busyMs = await profiled(() => write(writes));
  const { size } = await stat(join(folder, 'ledger.json'));
  await rm(folder, { recursive: true, force: true });
  report(context, {
    unit: 'ms',
    what: `the thread’s own time for one write, 1,000 × 12, ${(size / 1e6).toFixed(1)} MB, one function changed`,
    median: busyMs / writes,
    p99: null,
    reference: { name: 'until it is on the disk', median: median(took) },
    reach: '≤ 2 ms',
  });
});

/** Milliseconds that JavaScript and its garbage collection ran meanwhile: the disk's time is not the thread's, nor is the profiler's own (`dispatch`). */
async function profiled(work: () => Promise<void>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const idle = new Set(['(idle)', '(program)', '(root)', 'dispatch']);
  const quiet = new Set(
    profile.nodes.filter(({ callFrame }) => idle.has(callFrame.functionName)).map(({ id }) => id),
  );
  const { samples = [], timeDeltas = [] } = profile;
  const busy = samples.reduce((sum, id, index) => sum + (quiet.has(id) ? 0 : (timeDeltas[index] ?? 0)), 0);
  return busy / 1000;
}
