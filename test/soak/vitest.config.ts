import { defineConfig } from 'vitest/config';
import { testEnvironment } from '../support/environment.js';

export default defineConfig({
  test: {
    env: testEnvironment,
    include: ['test/soak/chaos.ts', 'test/soak/faults.ts', 'test/soak/burst.ts'],
    fileParallelism: false,
    testTimeout: 0,
    disableConsoleIntercept: true,
    reporters: ['default'],
  },
});
