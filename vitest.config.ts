import { defineConfig } from 'vitest/config';

/** Where to write the results for a program to read, beside the summary on the terminal. */
const report = process.env.TEST_REPORT;

const project = (name: string, options: { testTimeout: number; serial?: boolean }) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: options.testTimeout,
    hookTimeout: options.testTimeout,
    fileParallelism: options.serial !== true,
    // Serial projects run after the parallel ones, so that they have the machine to themselves.
    sequence: { groupOrder: options.serial === true ? 1 : 0 },
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      project('unit', { testTimeout: 60_000 }),
      project('contract', { testTimeout: 30_000 }),
      project('protocol', { testTimeout: 30_000 }),
      project('process', { testTimeout: 60_000, serial: true }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'tools/**/*.ts', 'resources/**/*.ts', 'prompts/**/*.ts'],
      reporter: ['text-summary'],
    },
  },
});
