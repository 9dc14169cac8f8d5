import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/soak/chaos.ts'],
    testTimeout: 0,
    disableConsoleIntercept: true,
    reporters: ['default'],
  },
});
