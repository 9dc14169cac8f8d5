/** The monitor: how soon it is there, and its cost while it is watched. */
import { it } from 'vitest';
import { costOf } from '../support/load.js';
import { configFor, entry, makeProject, programFile, runEmulator } from '../support/rig.js';
import { pty } from '../support/terminal.js';
import { emptyProcessMs } from './machine.js';
import { median, report } from './rows.js';

/** Ends each frame of the monitor (synchronized output). */
const frameEnd = '\u001b[?2026l';
const rounds = 3;

/** Milliseconds from the start to the first frame, and to the first that lists functions. */
async function pictureMs(folder: string, token: string): Promise<{ first: number; listed: number }> {
  const { spawn } = await import('@lydell/node-pty');
  const startedAt = performance.now();
  const { CI: _, NO_COLOR: __, ...inherited } = process.env;
  const terminal = spawn(process.execPath, [programFile, '--yes'], {
    cwd: folder,
    cols: 100,
    rows: 30,
    env: { ...inherited, TERM: 'xterm-256color', TEST_TOKEN: token },
  });
  let [seen, first] = ['', 0];
  await new Promise<void>((resolve) =>
    terminal.onData((text) => {
      seen += text;
      if (first === 0 && seen.includes(frameEnd)) first = performance.now() - startedAt;
      if (seen.includes('fn-0')) resolve();
    }),
  );
  const listed = performance.now() - startedAt;
  const ended = new Promise((resolve) => terminal.onExit(resolve));
  terminal.kill('SIGINT');
  await ended;
  return { first, listed };
}

it.for([
  [1, 1],
  [300, 12],
] as const)('first picture, %i × %i', async ([functions, envs], context) => {
  context.skip(pty === null, 'no pseudo-terminal');
  const emulator = await runEmulator({ envs: Array.from({ length: envs }, (_, index) => `env-${index}`) });
  const files = Array.from({ length: functions }, (_, index) => [`fn-${index}`, entry('1')] as const);
  const project = await makeProject(Object.fromEntries(files), configFor(emulator));
  const pictures: { first: number; listed: number }[] = [];
  for (let round = 0; round < rounds; round += 1)
    pictures.push(await pictureMs(project.folder, emulator.token));
  const row = { unit: 'ms', p99: null } as const;
  const reference = { name: 'empty node process', median: emptyProcessMs() };
  const first = median(pictures.map((picture) => picture.first));
  const listed = median(pictures.map((picture) => picture.listed));
  const size = `${functions} × ${envs}`;
  report(context, {
    ...row,
    ...{ what: `start → first picture, ${size}`, median: first, reference, reach: '≤ 350 ms' },
  });
  report(context, {
    ...row,
    ...{ what: `start → functions in it, ${size}`, median: listed, reference, reach: '–' },
  });
});

for (const [mode, what, reach] of [
  ['load', '200 × 50 characters, 10 changes and 200 lines a second: of one core', '≤ 10 %'],
  ['idle', 'the same where nothing happens', '0 %'],
] as const) {
  it(what, async (context) => {
    context.skip(pty === null, 'no pseudo-terminal');
    const { percent } = await costOf(mode);
    report(context, { what, unit: '%', median: percent, p99: null, reference: null, reach });
  });
}
