/** From the start to watching, and what waiting costs. */
import { spawnSync } from 'node:child_process';
import { it, type TestContext } from 'vitest';
import { configFor, makeProject, type Program, programFile, runEmulator, runWith } from '../support/rig.js';
import { installPeers } from './install.js';
import { processorMs, residentMb, writeTree } from './material.js';
import { canProbe, probed, reportBlock } from './probe.js';
import { median, report } from './rows.js';

/** Protected environments without an answer: everything is read and compared, nothing is sent. */
async function startOn(files: number, functions: number, probing: boolean) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const project = await makeProject({}, { ...configFor(emulator), protectedEnvs: ['*'] });
  await writeTree(project.root, functions, files);
  const program = runWith(emulator, project, ['watch'], probing ? probed(project.folder) : {});
  await program.waitFor((seen) => seen.event === 'watching');
  return { program, folder: project.folder };
}

const sizes = [
  { files: 10_000, functions: 200, ms: '≤ 600 ms', watches: '≤ 1,100', mb: '≤ 110 MB' },
  { files: 20_000, functions: 400, ms: '≤ 2 ×', watches: '≤ 2 ×', mb: '≤ 2 ×' },
  { files: 50_000, functions: 500, ms: '≤ 3 s', watches: '–', mb: '≤ 200 MB' },
];

for (const { files, functions, ...reach } of sizes) {
  it(`start on ${files} files`, async (context) => {
    // What probes wakes the program often: not where its idling is measured.
    const probing = files === 50_000 && canProbe;
    const { program, folder } = await startOn(files, functions, probing);
    const watching = program.events.find(({ event }) => event === 'watching');
    const mb = await residentMb(program.pid);
    const what = `${files.toLocaleString('en')} files, ${functions} functions`;
    one(context, `start → watching: ${what}`, 'ms', Number(watching?.['ms']), reach.ms);
    one(context, `watches: ${what}`, 'count', Number(watching?.['directories']), reach.watches);
    if (mb !== null) one(context, `memory when watching: ${what}`, 'MB', mb, reach.mb);
    if (files === 10_000) await idle(program, context);
    if (probing) await reportBlock(context, `start → watching, ${what}`, program, folder);
    await program.stop();
  });
}

const idleSeconds = 60;

/**
 * The one wait for time to pass: what is measured is the time in which nothing happens. Only this process's own work counts, so
 * the machine may fetch meanwhile what the comparison with others needs.
 */
async function idle(program: Program, context: TestContext): Promise<void> {
  await pass(5);
  const before = await processorMs(program.pid);
  const fetched = installPeers();
  await pass(idleSeconds);
  const after = await processorMs(program.pid);
  await fetched;
  if (before === null || after === null) return;
  const percent = ((after - before) / (idleSeconds * 1000)) * 100;
  one(context, 'idle for a minute, 10,000 files: of one core', '%', percent, '≤ 0.1 %');
}

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function one(
  context: TestContext,
  what: string,
  unit: 'ms' | 'count' | 'MB' | '%',
  value: number,
  reach: string,
): void {
  const reference = unit === 'ms' ? { name: 'empty node process', median: emptyProcessMs() } : null;
  report(context, { what, unit, median: value, p99: null, reference, reach });
}

function run(args: string[]): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - startedAt;
}

/** How fast the machine is just now: others may be using it. */
function emptyProcessMs(): number {
  return median(Array.from({ length: 5 }, () => run(['-e', '0'])));
}

it('--version', (context) => {
  const pairs = Array.from(
    { length: 20 },
    () => [run([programFile, '--version']), run(['-e', '0'])] as const,
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

/** Ends each frame of the monitor (synchronized output). */
const frameEnd = '\u001b[?2026l';

it('first picture', async (context) => {
  const { spawn } = await import('@lydell/node-pty');
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: { 'index.js': 'exports.main = 0;' } }, configFor(emulator));
  const times: number[] = [];
  const listed: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const startedAt = performance.now();
    const { CI: _, NO_COLOR: __, ...inherited } = process.env;
    const terminal = spawn(process.execPath, [programFile, '--yes'], {
      cwd: project.folder,
      cols: 100,
      rows: 30,
      env: { ...inherited, TERM: 'xterm-256color', TEST_TOKEN: emulator.token },
    });
    let seen = '';
    await new Promise<void>((resolve) =>
      terminal.onData((text) => {
        const framed = seen.includes(frameEnd);
        seen += text;
        if (!framed && seen.includes(frameEnd)) times.push(performance.now() - startedAt);
        if (seen.includes('pay')) resolve();
      }),
    );
    listed.push(performance.now() - startedAt);
    const ended = new Promise((resolve) => terminal.onExit(resolve));
    terminal.kill('SIGINT');
    await ended;
  }
  const what = 'start → first picture of the monitor';
  const reference = { name: 'empty node process', median: emptyProcessMs() };
  report(context, { what, unit: 'ms', median: median(times), p99: null, reference, reach: '≤ 350 ms' });
  const all = 'start → every function in the monitor';
  report(context, { what: all, unit: 'ms', median: median(listed), p99: null, reference, reach: '–' });
});
