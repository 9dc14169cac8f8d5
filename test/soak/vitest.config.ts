import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/soak/chaos.ts', 'test/soak/faults.ts', 'test/soak/burst.ts'],
    fileParallelism: false,
    testTimeout: 0,
    disableConsoleIntercept: true,
    reporters: ['default'],
  },
});
