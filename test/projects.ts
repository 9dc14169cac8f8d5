import type { TestProjectInlineConfiguration } from 'vitest/config';

const isMutationRun = process.env['MUTATE'] !== undefined;

/** Of a test and its hooks, ms. A mutation run bounds each file by its own time: on a busy machine these would look like faults that were noticed. */
export function limitsOf(ms: number): { readonly testTimeout: number; readonly hookTimeout: number } {
  const limit = isMutationRun ? 0 : ms;
  return { testTimeout: limit, hookTimeout: limit };
}

/** They set the clock, which modules that stay loaded remember. */
export const clocks = [
  'test/watch/**/*.test.ts',
  'test/sync/waiting.test.ts',
  'test/monitor/pace.test.ts',
  'test/monitor/input.test.ts',
  'test/cli/claim.test.ts',
  'test/cli/stop.test.ts',
  'test/cli/whole.test.ts',
  'test/cli/whole-terminal.test.ts',
  'test/daemon/tenure.test.ts',
  'test/reactions/reactions.test.ts',
  'test/text/gathering.test.ts',
];

/** They need no process, but many seconds: every size of a screen, and a megabyte for each expression. */
const long = ['test/system/regular-expressions.test.ts', 'test/monitor/sizes.test.ts'];

const processes = ['test/e2e/**/*.test.ts', 'test/**/*.process.test.ts'];
const others = ['test/bench/**', 'test/soak/**'];
/** A mutation run wants all that may notice. */
const exclude = [...others, ...processes, ...(isMutationRun ? [] : long)];

/** The tests that start no process: `npm run test:unit` runs these alone. */
export const unitProjects: readonly TestProjectInlineConfiguration[] = [
  {
    extends: true,
    // One process takes many files, and loads what they share once. A mutation run changes modules between two runs: there nothing
    // may stay loaded.
    test: {
      name: 'shared',
      include: ['test/**/*.test.ts'],
      exclude: [...exclude, ...clocks],
      isolate: isMutationRun,
    },
  },
  { extends: true, test: { name: 'isolated', include: clocks, exclude } },
];

/** The tests that start processes, or take long. */
export const processProjects: readonly TestProjectInlineConfiguration[] = [
  {
    extends: true,
    test: { name: 'processes', include: [...processes, ...(isMutationRun ? [] : long)], exclude: others },
  },
];
