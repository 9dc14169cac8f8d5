/** The longest time that the program's thread is blocked: no file event and no answer of the cloud is heard meanwhile. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { it, type TestContext } from 'vitest';
import { configFor, makeProject, type Program, runEmulator, runWith } from '../rig.js';
import { writeTree } from './material.js';
import { report } from './rows.js';

const probe = new URL('./block-probe.mjs', import.meta.url).href;

interface Probed {
  readonly program: Program;
  readonly root: string;
  /** ms since the last time this was asked. */
  longest(): Promise<number>;
}

async function started(files: number, functions: number): Promise<Probed> {
  const emulator = await runEmulator({ envs: ['dev'], deployMs: 1 });
  const settings = { verify: false, requestsPerSecond: 1000, sweepSeconds: 3 };
  const project = await makeProject({}, { ...configFor(emulator), ...settings });
  await writeTree(project.root, functions, files);
  const told = join(project.folder, 'longest.txt');
  const env = { NODE_OPTIONS: `--import=${probe}`, BLOCK_PROBE: told };
  const program = runWith(emulator, project, ['watch'], env);
  await program.waitFor((seen) => seen.event === 'watching');
  const longest = async (): Promise<number> => {
    await rm(told, { force: true });
    program.signal('SIGUSR2');
    for (;;) {
      const text = await readFile(told, 'utf8').catch(() => null);
      if (text !== null) return Number(text);
      await pause(10);
    }
  };
  return { program, root: project.root, longest };
}

function row(context: TestContext, what: string, ms: number): void {
  const measure = { unit: 'ms', median: ms, p99: null, reference: null } as const;
  report(context, { what: `longest block: ${what}`, ...measure, reach: '≤ 20 ms' });
}

/** Everything is live, and the next sweeps find nothing. */
const quietMs = 10_000;

const sizes = [
  { files: 10_000, functions: 200, startOnly: false },
  { files: 50_000, functions: 500, startOnly: true },
];

it.skipIf(process.platform === 'win32').for(sizes)('$files files', async (how, context) => {
  const { files, functions, startOnly } = how;
  const probed = await started(files, functions);
  const size = `${files.toLocaleString('en')} files, ${functions} functions`;
  row(context, `start → watching, modules loaded, ${size}`, await probed.longest());
  if (!startOnly) await goOn(probed, functions, size, context);
  await probed.program.stop();
});

async function goOn(
  { program, root, longest }: Probed,
  functions: number,
  size: string,
  context: TestContext,
): Promise<void> {
  const names = Array.from({ length: functions }, (_, index) => `fn-${index}`);
  const everywhere = names.map((name) => [name, 'dev'] as const);
  await program.waitForLive(everywhere);
  row(context, `first uploads of ${size}`, await longest());
  await pause(quietMs);
  row(context, `sweeps of ${size}`, await longest());
  const from = program.events.length;
  for (const name of names) await writeFile(join(root, name, 'index.js'), 'exports.main = async () => 1;\n');
  await program.waitForLive(everywhere, from);
  row(context, `all of ${functions} functions changed at once`, await longest());
}
