/**
 * Packing compared with the tools that people use for this cloud today, each with its own packer, on the same folders. Skipped where they
 * cannot be installed.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, it } from 'vitest';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { preloadZip } from '../../src/zip/zip.js';
import { temporaryFolder } from '../support/rig.js';
import { installMs, installPeers, packages, peers } from './install.js';
import { sourceFiles, writeFiles } from './material.js';
import { median, report } from './rows.js';

const run = promisify(execFile);
let installed = false;

beforeAll(async () => {
  installed = await installPeers();
}, installMs + 10_000);

async function peerMs(peer: string, folder: string, rounds: number): Promise<number> {
  const script = fileURLToPath(new URL('peer.mjs', import.meta.url));
  const { stdout } = await run(process.execPath, [script, packages, peer, folder, String(rounds)]);
  const times: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return median(Array.isArray(times) ? times.map(Number) : []);
}

/** From nothing known to a zip, and again after one file changed. */
async function ourMs(dir: string, rounds: number): Promise<{ first: number; again: number }> {
  await preloadZip();
  const rules = createIgnoreRules([]);
  const source = {
    name: basename(dir),
    dir,
    projectFolder: dirname(dir),
    rules,
    entries: ['index.js'],
    shared: [],
  };
  const once = async (snapshots = createSnapshots({ maxZipBase64: () => 20_971_520 })) => {
    const startedAt = performance.now();
    const scan = await snapshots.scan(source, false);
    if (!scan.ok) throw new Error(scan.problem.reason);
    const packed = await snapshots.pack(source, scan.fingerprint);
    if (!packed.ok) throw new Error('not packed');
    return { snapshots, ms: performance.now() - startedAt };
  };
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const { snapshots, ms } = await once();
    await writeFile(join(dir, 'index.js'), `exports.main = async () => ${round};\n`);
    const second = await once(snapshots);
    if (round === 0) continue;
    first.push(ms);
    again.push(second.ms);
  }
  return { first: median(first), again: median(again) };
}

for (const [what, count, bytes, rounds] of [
  ['40 files 600 KB', 40, 600_000, 5],
  ['400 files 12 MB', 400, 12_000_000, 3],
] as const) {
  it(`read and pack ${what}, beside peers`, async (context) => {
    context.skip(!installed, 'the peers could not be installed');
    const dir = join(await temporaryFolder(), 'pay');
    await writeFiles(dir, sourceFiles(count, bytes));
    const ours = await ourMs(dir, rounds);
    for (const peer of Object.keys(peers)) {
      const reference = { name: peer, median: await peerMs(peer, dir, rounds) };
      const row = { unit: 'ms', p99: null, reference, reach: '–' } as const;
      report(context, { ...row, what: `read and pack ${what}`, median: ours.first });
      report(context, { ...row, what: `the same after one change`, median: ours.again });
    }
  });
}
