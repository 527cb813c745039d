/**
 * Drives the console in a real Chromium against a real server. One line per row, then `N passed, N failed`; exit code 1
 * when any failed. Arguments name the flows to run; without any, all of them. After each row nothing may have been
 * noticed in its pages: no error, no policy violation, no request to another origin.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createReport } from '../report.js'
import { openBrowser } from './browser.js'
import { createContext } from './context.js'
import { listFlows } from './flows.js'
import { openStack } from './stack.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function main(names) {
  const flows = await listFlows(names)
  const browser = await openBrowser()
  const dir = await mkdtemp(path.join(tmpdir(), 'keyporter-console-'))
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interruption.abort())
  let stack = null
  try {
    stack = await openStack(root, path.join(dir, 'data'))
    const context = createContext(stack, browser)
    const report = createReport()
    for (const row of flows.flatMap(({ rows }) => rows)) {
      interruption.signal.throwIfAborted()
      await report.check(row.name, () => runRow(row, context))
    }
    report.finish()
  } finally {
    await browser.close()
    await stack?.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Throws an Error without secrets. */
async function runRow(row, context) {
  try {
    await row.run(context)
  } catch (error) {
    await context.closePages()
    const cause = error?.cause ? ` (${error.cause.code ?? error.cause.message})` : ''
    throw new Error(redact(`${error?.message ?? error}${cause}`))
  }
  assert.deepEqual((await context.closePages()).map(redact), [], 'noticed in the page')
}

function redact(text) {
  return text.replace(/kp_\w{8,}/g, (secret) => `kp_…${secret.slice(-4)}`)
}

await main(process.argv.slice(2))
