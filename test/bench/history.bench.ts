/** A save with history and without it, by turns: what is kept must make no save later. And what keeping costs by itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { type Files, makeProject, type Program, run } from '../support/rig.js';
import { sourceFiles } from './material.js';
import { median, percentile, report } from './rows.js';
import { configForSink, openSink, type Sink } from './sink.js';

const debounceMs = 50;

const cases = [
  { what: 'a save with history: 3 files 5 KB', count: 3, bytes: 5000, saves: 30, reach: '≤ 1 ms later' },
  {
    what: 'the same, 400 files 12 MB, one changed',
    count: 400,
    bytes: 12_000_000,
    saves: 12,
    reach: '≤ 5 ms later',
  },
] as const;

interface Lane {
  readonly sink: Sink;
  readonly root: string;
  readonly program: Program;
  readonly times: number[];
}

async function laneOf(files: Files, history: unknown): Promise<Lane> {
  const sink = await openSink(['pay']);
  const project = await makeProject({ pay: files }, { ...configForSink(sink, ['dev']), debounceMs, history });
  const program = run(['watch', '--json'], { cwd: project.folder, env: { TEST_TOKEN: 'token' } });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([['pay', 'dev']]);
  return { sink, root: project.root, program, times: [] };
}

async function save({ sink, root, program, times }: Lane, version: number): Promise<void> {
  const from = program.events.length;
  const received = sink.uploads(1);
  const savedAt = performance.now();
  await writeFile(join(root, 'pay', 'index.js'), `exports.main = async () => ${version};\n`);
  times.push((await received) - savedAt - debounceMs);
  await program.waitForLive([['pay', 'dev']], from);
}

for (const { what, count, bytes, saves, reach } of cases) {
  it(what, async (context) => {
    const files = sourceFiles(count, bytes);
    const kept = await laneOf(files, { versions: 20, megabytes: 256 });
    const bare = await laneOf(files, false);
    for (let version = 0; version < saves; version += 1) {
      await save(kept, version);
      await save(bare, version);
    }
    await kept.program.stop();
    await bare.program.stop();
    report(context, {
      what,
      unit: 'ms',
      median: median(kept.times),
      p99: percentile(kept.times, 0.99),
      reference: { name: 'without history', median: median(bare.times) },
      reach,
    });
  });
}
