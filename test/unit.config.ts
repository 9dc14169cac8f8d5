import { defineConfig } from 'vitest/config';

/** Rooms whose tests change nothing of their process: one process takes many of their files, and loads what they share once. */
const shared = [
  ...['code', 'config', 'content', 'core', 'emulator', 'functions', 'init', 'text', 'upload'].map(
    (room) => `test/${room}/**/*.test.ts`,
  ),
];
const exclude = ['test/bench/**', 'test/soak/**', 'test/e2e/**', 'test/**/*.process.test.ts'];

/** `npm run test:unit`: what is tested without starting a process, in seconds. Needs no build. */
export default defineConfig({
  test: {
    setupFiles: ['./test/support/no-processes.ts'],
    env: { HISTORIES: '150' },
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        // A mutation run changes modules between two runs: there nothing may stay loaded.
        test: { name: 'shared', include: shared, exclude, isolate: process.env['MUTATE'] !== undefined },
      },
      {
        extends: true,
        test: { name: 'isolated', include: ['test/**/*.test.ts'], exclude: [...exclude, ...shared] },
      },
    ],
  },
});
