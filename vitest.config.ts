import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Vite would take graphql's ES modules where Node gives type-graphql the CommonJS ones: two realms.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    globalSetup: './test/helpers/template.ts',
    setupFiles: ['reflect-metadata'],
    include: ['test/**/*.test.ts'],
    // Most of a test is waiting: for the database, for a job, for somebody who stalls on purpose.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
