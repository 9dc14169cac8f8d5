/** From the start to watching, and what waiting costs. */
import { it, type TestContext } from 'vitest';
import {
  configFor,
  makeProject,
  type Program,
  type Project,
  programFile,
  runEmulator,
  runWith,
} from '../support/rig.js';
import { installPeers } from './install.js';
import { emptyProcessMs, processMs } from './machine.js';
import { processorMs, residentMb, writeTree } from './material.js';
import { median, report } from './rows.js';

/** Protected environments without an answer: everything is read and compared, nothing is sent. */
async function treeOf(files: number, functions: number) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const project = await makeProject({}, { ...configFor(emulator), protectedEnvs: ['*'] });
  await writeTree(project.root, functions, files);
  return { emulator, project };
}

/** Starts, reports how long it took and the memory that it has then. */
async function start(
  context: TestContext,
  { emulator, project }: { emulator: Parameters<typeof runWith>[0]; project: Project },
  what: string,
  reach: { readonly ms: string; readonly mb: string },
): Promise<Program> {
  const program = runWith(emulator, project, ['watch']);
  const watching = await program.waitFor((seen) => seen.event === 'watching');
  const mb = await residentMb(program.pid);
  const spent = await processorMs(program.pid);
  const reference = { name: 'empty node process', median: emptyProcessMs() };
  const row = { p99: null, reference: null } as const;
  const ms = Number(watching['ms']);
  report(context, { ...row, what: `${what} → watching`, unit: 'ms', median: ms, reference, reach: reach.ms });
  const time = { ...row, what: 'the same, processor time of all threads', unit: 'ms' } as const;
  if (spent !== null) report(context, { ...time, median: spent, reach: '–' });
  const memory = { ...row, what: 'the same, memory', unit: 'MB' } as const;
  if (mb !== null) report(context, { ...memory, median: mb, reach: reach.mb });
  return program;
}

it('10,000 files', async (context) => {
  const tree = await treeOf(10_000, 200);
  const what = '10,000 files in 200 functions';
  const first = await start(context, tree, `first start, ${what}`, { ms: '–', mb: '≤ 110 MB' });
  await idle(first, context);
  await first.stop();
  const second = await start(context, tree, `second start, ${what}`, { ms: '≤ 600 ms', mb: '≤ 110 MB' });
  await second.stop();
});

it('50,000 files', async (context) => {
  const tree = await treeOf(50_000, 500);
  const what = 'first start, 50,000 files in 500 functions';
  await (await start(context, tree, what, { ms: '≤ 3 s', mb: '≤ 200 MB' })).stop();
});

const idleSeconds = 60;
/** By then the files that the start found young have been read once more, and its garbage is collected. */
const calmSeconds = 35;

/**
 * The one wait for time to pass: what is measured is the time in which nothing happens. Only this process's own work counts, so
 * the machine may fetch meanwhile what the comparison with others needs.
 */
async function idle(program: Program, context: TestContext): Promise<void> {
  await pass(calmSeconds);
  const before = await processorMs(program.pid);
  const fetched = installPeers();
  await pass(idleSeconds);
  const after = await processorMs(program.pid);
  await fetched;
  if (before === null || after === null) return;
  const percent = ((after - before) / (idleSeconds * 1000)) * 100;
  const what = 'idle in use, 10,000 files: of one core';
  report(context, { what, unit: '%', median: percent, p99: null, reference: null, reach: '≤ 0.2 %' });
}

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

it('--version', (context) => {
  const pairs = Array.from(
    { length: 10 },
    () => [processMs([programFile, '--version']), processMs(['-e', '0'])] as const,
  );
  report(context, {
    what: 'tcb-watch --version',
    unit: 'ms',
    median: median(pairs.map(([ours]) => ours)),
    p99: null,
    reference: { name: 'empty node process', median: median(pairs.map(([, empty]) => empty)) },
    reach: '≤ 1.3 ×',
  });
});
