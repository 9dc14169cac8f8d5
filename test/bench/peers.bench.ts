/**
 * Packing beside the tools that people use for this cloud today, each with its own packer, on the same folders. They are installed
 * into the system's temporary folder (about 290 MB, once), never beside this project; skipped where the registry cannot be reached.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, it } from 'vitest';
import { createIgnoreRules } from '../../src/io/ignore.js';
import { createSnapshots } from '../../src/io/snapshot.js';
import { preloadZip } from '../../src/io/zip.js';
import { temporaryFolder } from '../rig.js';
import { sourceFiles, writeFiles } from './material.js';
import { median, report } from './rows.js';

const peers = { '@cloudbase/manager-node': '5.6.5', 'miniprogram-ci': '2.1.42' };
const packages = join(tmpdir(), `tcb-watch-bench-peers-${Object.values(peers).join('-')}`);
const installMs = 180_000;
const rounds = 7;
const run = promisify(execFile);
let installed = false;

beforeAll(async () => {
  await mkdir(packages, { recursive: true });
  await writeFile(join(packages, 'package.json'), JSON.stringify({ private: true, dependencies: peers }));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  installed = await run(npm, args, {
    cwd: packages,
    timeout: installMs,
    shell: process.platform === 'win32',
  }).then(
    () => true,
    () => false,
  );
}, installMs + 10_000);

async function peerMs(peer: string, folder: string): Promise<number> {
  const script = fileURLToPath(new URL('peer.mjs', import.meta.url));
  const { stdout } = await run(process.execPath, [script, packages, peer, folder, String(rounds)]);
  const times: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return median(Array.isArray(times) ? times.map(Number) : []);
}

/** From nothing known to a zip, and again after one file changed. */
async function ourMs(dir: string): Promise<{ first: number; again: number }> {
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

for (const [what, count, bytes] of [
  ['40 files 600 KB', 40, 600_000],
  ['400 files 12 MB', 400, 12_000_000],
] as const) {
  it(`read and pack ${what}, beside peers`, async (context) => {
    context.skip(!installed, 'the peers could not be installed');
    const dir = join(await temporaryFolder(), 'pay');
    await writeFiles(dir, sourceFiles(count, bytes));
    const ours = await ourMs(dir);
    for (const peer of Object.keys(peers)) {
      const reference = { name: peer, median: await peerMs(peer, dir) };
      const row = { unit: 'ms', p99: null, reference, reach: '–' } as const;
      report(context, { ...row, what: `read and pack ${what}`, median: ours.first });
      report(context, { ...row, what: `the same after one change`, median: ours.again });
    }
  });
}
