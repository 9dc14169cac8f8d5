import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testEnvironment } from './test/support/environment.js';

export default defineConfig({
  test: {
    env: testEnvironment,
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/soak/**'],
    // Tests of whole programs mostly wait: with one less than there are cores, two cores would be half idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 90_000,
    hookTimeout: 90_000,
    reporters: ['default', './test/support/closing-lines.ts'],
  },
});
