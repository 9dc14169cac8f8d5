/**
 * Command lines of the built program in the test's own process: most of what a start costs is not paid. For tests that need no
 * process of its own: no signal, terminal, stdin or working directory, no `--verbose`, and no variable that Node itself or the
 * packages that it uses read from the process (TMPDIR, CHOKIDAR_USEPOLLING, a proxy).
 */
import { fileURLToPath } from 'node:url';
import type { Emulator } from '../../src/emulator/index.js';
import { play } from './play.js';
import type { Files, Played, Project, RunOptions } from './rig.js';

/** The program's own way from a command line to its end, as `npm test` builds it before the tests run. */
const built: typeof import('../../src/cli/process.js') = await import(
  fileURLToPath(new URL('../../dist/cli/process.js', import.meta.url))
);

/** Plays a command line of the built program. */
export function inside(args: readonly string[], options: Omit<RunOptions, 'program'>): Played {
  return play(built.runCommand, args, options);
}

/** The same against this emulator, with its token: as `runWith`. */
export function insideWith(
  emulator: Emulator,
  project: Project,
  args: readonly string[],
  env: Files = {},
): Played {
  return inside([...args, '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token, ...env } });
}
