import { defineConfig } from 'vitest/config';

/**
 * Five projects. `fast` needs nothing but Node and runs in `npm run check`; `contract` talks to real programs
 * (sshd, QEMU, PostgreSQL, curl …), `cli` runs the compiled program, `e2e` boots machines: `npm test` sets them up. `clouds` boots them in simulated
 * clouds (`npm run test:clouds [-- aws]`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['tests/unit/**/*.test.ts', 'tests/sim/**/*.test.ts'],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'cli',
          include: ['tests/cli/**/*.test.ts'],
          globalSetup: ['tests/cli/build-once.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: ['tests/e2e/clouds/**'],
          globalSetup: ['tests/support/e2e-setup.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // Each test boots machines of its own on the same few cores.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'clouds',
          include: ['tests/e2e/clouds/**/*.test.ts'],
          globalSetup: ['tests/support/e2e-setup.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
