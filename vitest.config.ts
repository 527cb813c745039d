import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{core,sdk,server}/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'e2e/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
