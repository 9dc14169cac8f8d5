/** From a save to its request on the wire, with the built program in a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { packContent } from '../../src/zip/deflate.js';
import { writeZip } from '../../src/zip/zip.js';
import { entry, type Files, makeProject, run } from '../support/rig.js';
import { buildUploadBody } from '../support/upload-body.js';
import { sourceFiles } from './material.js';
import { post } from './post.js';
import { median, percentile, report } from './rows.js';
import { configForSink, openSink, type Sink } from './sink.js';

const debounceMs = 50;
interface Case {
  readonly what: string;
  readonly count: number;
  readonly bytes: number;
  readonly saves: number;
  readonly reach: string;
  /** Functions of one file each next to it. */
  readonly others?: number;
  readonly environments?: number;
}

const cases: readonly Case[] = [
  {
    what: 'save → request, beyond the quiet time, 3 files 5 KB',
    ...{ count: 3, bytes: 5000, saves: 40, reach: '≤ 5 ms, p99 ≤ 20 ms' },
  },
  {
    what: 'the same, one of 300 functions in 12 environments',
    ...{ count: 3, bytes: 5000, saves: 40, others: 299, environments: 12, reach: '–' },
  },
  { what: 'the same, 40 files 600 KB, one changed', count: 40, bytes: 600_000, saves: 25, reach: '≤ 5 ms' },
  { what: 'the same, 400 files 12 MB, one changed', count: 400, bytes: 12e6, saves: 12, reach: '≤ 15 ms' },
];

for (const { what, count, bytes, saves, reach, others = 0, environments = 2 } of cases) {
  it(what, async (context) => {
    const envs = Array.from({ length: environments }, (_, index) => `env-${index}`);
    const rest = Array.from({ length: others }, (_, index) => [`fn-${index}`, entry('1')] as const);
    const files = sourceFiles(count, bytes);
    const sink = await openSink(['pay', ...rest.map(([name]) => name)]);
    const settings = { ...configForSink(sink, envs), debounceMs };
    const project = await makeProject({ pay: files, ...Object.fromEntries(rest) }, settings);
    const program = run(['watch', '--json'], { cwd: project.folder, env: { TEST_TOKEN: 'token' } });
    await program.waitFor((seen) => seen.event === 'watching');
    const targets = (name: string) => envs.map((env) => [name, env] as const);
    // One request for all environments of a function: where one of them is live, the others are.
    await program.waitForLive(['pay', ...rest.map(([name]) => name)].map((name) => [name, 'env-0']));
    const times: number[] = [];
    for (let save = 0; save < saves; save += 1) {
      const from = program.events.length;
      const received = sink.uploads(1);
      const savedAt = performance.now();
      await writeFile(join(project.root, 'pay', 'index.js'), `exports.main = async () => ${save + 1};\n`);
      times.push((await received) - savedAt - debounceMs);
      await program.waitForLive(targets('pay'), from);
    }
    await program.stop();
    report(context, {
      ...{ what, unit: 'ms', median: median(times), p99: percentile(times, 0.99) },
      reference: { name: 'posting its body', median: await bareMs(sink, files, envs) },
      reach,
    });
  });
}

/** From the first byte's way out to the last one's arrival, of a body like the ones above. */
async function bareMs(sink: Sink, files: Files, envs: readonly string[]): Promise<number> {
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({
      path,
      executable: false,
      packed: await packContent(Buffer.from(text)),
    })),
  );
  const body = await buildUploadBody({ functionname: 'pay', envs, zip: await writeZip(entries) });
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const received = sink.uploads(1);
    const startedAt = performance.now();
    await post(sink.url, body);
    times.push((await received) - startedAt);
  }
  return median(times);
}
