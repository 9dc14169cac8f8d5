import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { limitsOf, processProjects, unitProjects } from './test/projects.js';
import { testEnvironment } from './test/support/environment.js';

export default defineConfig({
  test: {
    env: testEnvironment,
    // Tests of whole programs mostly wait: with one less than there are cores, two cores would be half idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    ...limitsOf(90_000),
    reporters: ['default', './test/support/closing-lines.ts'],
    projects: [...unitProjects, ...processProjects],
  },
});
