import { defineConfig } from 'vitest/config';
import { unitProjects } from './projects.js';

/** `npm run test:unit`: what is tested without starting a process, in seconds. Needs no build. */
export default defineConfig({
  test: {
    setupFiles: ['./test/support/no-processes.ts'],
    // Few random histories, and none with a seed that is drawn: the same commit gives the same result.
    env: { HISTORIES: '40', FRESH_HISTORIES: '0' },
    // One that is cut short because the machine is busy with other mutants looks as if it had noticed.
    ...(process.env['MUTATE'] === undefined
      ? { testTimeout: 30_000 }
      : { testTimeout: 180_000, hookTimeout: 180_000 }),
    reporters: ['default', './test/support/closing-lines.ts'],
    // Many of them wait for a disk or a socket.
    maxWorkers: 3,
    projects: [...unitProjects],
  },
});
