import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    globalSetup: ['server/test/postgres-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['{core,sdk,server,console}/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'e2e/**/*.test.ts'],
        },
      },
      {
        // The suites that use a store, once more on the other database.
        extends: true,
        test: {
          name: 'postgres',
          include: ['server/test/{actions,http}/**/*.test.ts', 'server/test/revocation/store-source.test.ts'],
          env: { KEYPORTER_TEST_ENGINE: 'postgres' },
        },
      },
    ],
  },
})
