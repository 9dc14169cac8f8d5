import { defineConfig } from 'vitest/config';
import { limitsOf, unitProjects } from './projects.js';

/** `npm run test:unit`: what is tested without starting a process, in seconds. Needs no build. */
export default defineConfig({
  test: {
    setupFiles: ['./test/support/no-processes.ts'],
    // Few random histories, and none with a seed that is drawn: the same commit gives the same result.
    env: { HISTORIES: '40', FRESH_HISTORIES: '0' },
    ...limitsOf(30_000),
    reporters: ['default', './test/support/closing-lines.ts'],
    // Many of them wait for a disk or a socket.
    maxWorkers: 3,
    projects: [...unitProjects],
  },
});
