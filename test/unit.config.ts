import { defineConfig } from 'vitest/config';

/** They set the clock, which modules that stay loaded remember. */
const isolated = ['test/watch/**/*.test.ts', 'test/sync/waiting.test.ts', 'test/monitor/pace.test.ts'];

/** They need no process, but many seconds: every size of a screen, and a megabyte for each expression. `npm test` runs them. */
const long = ['test/system/regular-expressions.test.ts', 'test/monitor/sizes.test.ts'];

const exclude = [
  ...['test/bench/**', 'test/soak/**', 'test/e2e/**', 'test/**/*.process.test.ts'],
  // A mutation run wants all that may notice.
  ...(process.env['MUTATE'] === undefined ? long : []),
];

/** `npm run test:unit`: what is tested without starting a process, in seconds. Needs no build. */
export default defineConfig({
  test: {
    setupFiles: ['./test/support/no-processes.ts'],
    // Few random histories, and none with a seed that is drawn: the same commit gives the same result.
    env: { HISTORIES: '40', FRESH_HISTORIES: '0' },
    // One that is cut short because the machine is busy with other mutants looks as if it had noticed.
    testTimeout: process.env['MUTATE'] === undefined ? 30_000 : 180_000,
    reporters: ['default', './test/support/closing-lines.ts'],
    // Many of them wait for a disk or a socket.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        // One process takes many files, and loads what they share once. A mutation run changes modules between two runs: there nothing
        // may stay loaded.
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...isolated],
          isolate: process.env['MUTATE'] !== undefined,
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated, exclude } },
    ],
  },
});
