/** `build.command`: whatever the project builds with. */
import { stat } from 'node:fs/promises';
import { runCommand } from '../system/command.js';
import type { BuildEnd, BuildRun } from './model.js';
import { placesFromProject } from './places.js';

/** A build that takes longer has hung. */
const timeoutMs = 5 * 60_000;
/** Lines of output that are shown: where compilers sum up. */
const linesShown = 30;

export async function runBuildCommand(
  task: BuildRun & { readonly build: { readonly kind: 'command' } },
  signal: AbortSignal,
): Promise<BuildEnd> {
  const { command, output: folder } = task.build;
  const environment = { ...task.environment, NO_COLOR: '1', TCB_WATCH_FUNCTION: task.name };
  const { code, output } = await runCommand({ command, folder: task.dir, environment, timeoutMs, signal });
  if (code === 'ABORTED') return { type: 'cancelled' };
  const lines = output.split(/\r?\n/).slice(-linesShown);
  const shown = lines.map((line) => placesFromProject(line, task)).join('\n');
  if (code === 'TIMED_OUT')
    return { type: 'failed', fault: 'timed-out', output: shown || command, inputs: [] };
  if (code !== '0') {
    return { type: 'failed', fault: 'compiler', output: `${shown}\n${command}: ${code}`.trim(), inputs: [] };
  }
  const made = await stat(task.output).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!made) return { type: 'failed', fault: 'no-output', output: folder, inputs: [] };
  return { type: 'built', inputs: [] };
}
