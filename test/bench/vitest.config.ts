import { defineConfig } from 'vitest/config';
import { testEnvironment } from '../support/environment.js';

export default defineConfig({
  test: {
    env: testEnvironment,
    include: ['test/bench/**/*.bench.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    reporters: ['default', './test/bench/table.ts'],
  },
});
