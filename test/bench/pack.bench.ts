/** Packing, against deflating the same bytes and against archiver's and zip's own whole zips. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { ZipArchive } from 'archiver';
import { expect, it } from 'vitest';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSnapshots, type Snapshots } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { preloadZip } from '../../src/zip/zip.js';
import { type Files, temporaryFolder } from '../support/rig.js';
import { sourceFiles, writeFiles } from './material.js';
import { median, report } from './rows.js';

async function functionOf(files: Files): Promise<SnapshotSource> {
  const dir = join(await temporaryFolder(), 'pay');
  await writeFiles(dir, files);
  const rules = createIgnoreRules([]);
  return { name: 'pay', dir, projectFolder: dir, rules, entries: ['index.js'], shared: [] };
}

async function packed(snapshots: Snapshots, source: SnapshotSource): Promise<{ zip: Buffer; ms: number }> {
  const scan = await snapshots.scan(source, false);
  if (!scan.ok) throw new Error(scan.problem.reason);
  const startedAt = performance.now();
  const result = await snapshots.pack(source, scan.fingerprint);
  const ms = performance.now() - startedAt;
  if (!result.ok) throw new Error('not packed');
  return { zip: result.zip, ms };
}

const fresh = (): Snapshots => createSnapshots({ maxZipBase64: () => 20_971_520 });

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

async function archiverMs(files: Files): Promise<number> {
  const startedAt = performance.now();
  const archive = new ZipArchive({ zlib: { level: 6 } });
  const ended = new Promise((resolve) => archive.on('data', () => undefined).on('end', resolve));
  for (const [name, text] of Object.entries(files)) archive.append(text, { name });
  await Promise.all([archive.finalize(), ended]);
  return performance.now() - startedAt;
}

/** null without the program. */
async function zipMs({ dir }: SnapshotSource): Promise<number | null> {
  const startedAt = performance.now();
  const done = await promisify(execFile)('zip', ['-q', '-X', '-r', '../all.zip', '.'], { cwd: dir }).then(
    () => true,
    () => false,
  );
  await rm(join(dir, '../all.zip'), { force: true });
  return done ? performance.now() - startedAt : null;
}

async function repeated(times: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let time = 0; time < times; time += 1) values.push(await work());
  return values;
}

it('first pack', async (context) => {
  await preloadZip();
  const files = sourceFiles(40, 600_000);
  const source = await functionOf(files);
  const contents = Object.values(files).map((text) => Buffer.from(text));
  const bare = (): number => timed(() => contents.map((content) => deflateRawSync(content, { level: 6 })));
  await packed(fresh(), source);
  const pairs: [number, number][] = [];
  for (let round = 0; round < 20; round += 1) pairs.push([(await packed(fresh(), source)).ms, bare()]);
  report(context, {
    what: 'first pack, 40 files 600 KB',
    unit: 'ms',
    median: median(pairs.map(([ours]) => ours)),
    p99: null,
    reference: { name: 'bare deflateRaw', median: median(pairs.map(([, theirs]) => theirs)) },
    reach: '≤ 1.3 ×',
  });
});

it('pack again', async (context) => {
  const files = sourceFiles(400, 12_000_000);
  const source = await functionOf(files);
  const snapshots = fresh();
  await packed(snapshots, source);
  const entry = join(source.dir, 'index.js');
  const text = await readFile(entry, 'utf8');
  let version = 0;
  const ours = await repeated(20, async () => {
    version += 1;
    await writeFile(entry, `// ${version}\n${text}`);
    return (await packed(snapshots, source)).ms;
  });
  const again = (await packed(snapshots, source)).zip;
  expect(again.equals((await packed(fresh(), source)).zip)).toBe(true);
  const theirs = await repeated(3, () => archiverMs(files));
  const row = { unit: 'ms', median: median(ours), p99: null } as const;
  const what = 'pack again after one change, 400 files 12 MB';
  const reference = { name: 'archiver, all of it', median: median(theirs) };
  report(context, { ...row, what, reference, reach: '≤ 10 ms, ≤ 1/30' });
  const zip = await zipMs(source);
  if (zip === null) return;
  report(context, { ...row, what: 'the same', reference: { name: 'zip -q -X', median: zip }, reach: '–' });
});
