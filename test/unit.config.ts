import { defineConfig } from 'vitest/config';

/** `npm run test:unit`: what is tested without starting a process, in seconds. Needs no build. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/soak/**', 'test/e2e/**', 'test/**/*.process.test.ts'],
    setupFiles: ['./test/support/no-processes.ts'],
    env: { HISTORIES: '600' },
    testTimeout: 30_000,
  },
});
