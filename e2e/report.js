// The report of a test that runs as a program of its own: a line for each check, a count at the end, and the exit code.

/** `check` runs one step, prints its outcome and returns its value, or undefined when it threw; `finish` counts. */
export function createReport() {
  let passed = 0
  let failed = 0
  return {
    async check(name, run) {
      const startedAt = Date.now()
      try {
        const value = await run()
        passed += 1
        console.log(`ok      ${name} (${Date.now() - startedAt} ms)`)
        return value
      } catch (error) {
        failed += 1
        console.log(`FAILED  ${name}\n${String(error?.message ?? error).replace(/^/gm, '        ')}`)
        return undefined
      }
    },
    finish() {
      console.log(`${passed} passed, ${failed} failed`)
      process.exitCode = failed === 0 ? 0 : 1
    },
  }
}
