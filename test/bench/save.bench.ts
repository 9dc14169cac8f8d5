/** From a save to its request on the wire, with the built program in a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { buildUploadBody } from '../../src/io/body.js';
import { writeZip } from '../../src/io/zip.js';
import { packContent } from '../../src/io/zip-deflate.js';
import { configFor, type Files, makeProject, runEmulator, runWith } from '../rig.js';
import { sourceFiles } from './material.js';
import { post } from './post.js';
import { median, percentile, report } from './rows.js';

const debounceMs = 50;
const envs = ['dev', 'test'];

const cases = [
  {
    what: 'save → request, beyond the quiet time: 3 files 5 KB',
    count: 3,
    bytes: 5000,
    saves: 60,
    reach: '≤ 5 ms, p99 ≤ 20 ms',
  },
  { what: 'the same, 40 files 600 KB, one changed', count: 40, bytes: 600_000, saves: 40, reach: '≤ 5 ms' },
  {
    what: 'the same, 400 files 12 MB, one changed',
    count: 400,
    bytes: 12_000_000,
    saves: 15,
    reach: '≤ 15 ms',
  },
];

for (const { what, count, bytes, saves, reach } of cases) {
  it(what, async (context) => {
    const emulator = await runEmulator({ envs, deployMs: 1 });
    const settings = { ...configFor(emulator), debounceMs, verify: false, requestsPerSecond: 1000 };
    const project = await makeProject({ pay: sourceFiles(count, bytes) }, settings);
    const program = runWith(emulator, project, ['watch']);
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitForLive(envs.map((env) => ['pay', env]));
    const times: number[] = [];
    for (let save = 0; save < saves; save += 1) {
      const from = program.events.length;
      await emulator.finishDeployments();
      const received = nextUpload(emulator);
      const savedAt = performance.now();
      await writeFile(join(project.root, 'pay', 'index.js'), `exports.main = async () => ${save + 1};\n`);
      times.push((await received) - savedAt - debounceMs);
      await program.waitForLive(
        envs.map((env) => ['pay', env]),
        from,
      );
    }
    await program.stop();
    report(context, {
      what,
      unit: 'ms',
      median: median(times),
      p99: percentile(times, 0.99),
      reference: { name: 'posting its body', median: await bareMs(emulator, sourceFiles(count, bytes)) },
      reach,
    });
  });
}

/** From the first byte's way out to the last one's arrival, of a body like the ones above. */
async function bareMs(emulator: Emulator, files: Files): Promise<number> {
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
    await emulator.finishDeployments();
    const received = nextUpload(emulator);
    const startedAt = performance.now();
    await post(emulator, body);
    times.push((await received) - startedAt);
  }
  return median(times);
}

/** When the next upload's body has arrived whole, by this process's clock. */
function nextUpload(emulator: Emulator): Promise<number> {
  return new Promise((resolve) => {
    const stop = emulator.onRequest(({ call }) => {
      if (call !== 'batchuploadscfcode') return;
      stop();
      resolve(performance.now());
    });
  });
}
