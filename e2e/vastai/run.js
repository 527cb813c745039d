/**
 * Runs the official `vastai` client, unmodified, through every row of rows.js against a real Keyporter in front of the
 * example upstream. One line per row, then `N passed, M failed`; exit code 1 when any failed. No secret is printed.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createReport } from '../report.js'
import { installClient, runClient } from './client.js'
import { compareRun } from './expect.js'
import { adminEmail, files, rows } from './rows.js'
import { openStack } from './stack.js'

const MAX_REPORT_CHARS = 4_000
const root = fileURLToPath(new URL('../..', import.meta.url))

async function main() {
  const bin = await installClient(root)
  const dir = await mkdtemp(path.join(tmpdir(), 'keyporter-vastai-'))
  let stack = null
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interruption.abort())
  try {
    await prepareFiles(dir)
    stack = await openStack(root, path.join(dir, 'data'), adminEmail)
    const context = createContext(dir, stack)
    const report = createReport()
    for (const row of rows) {
      interruption.signal.throwIfAborted()
      await report.check(row.name, () => runRow(row, context, bin, interruption.signal))
    }
    report.finish()
  } finally {
    await stack?.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function prepareFiles(dir) {
  await mkdir(path.join(dir, 'files'))
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(dir, 'files', name), JSON.stringify(content))
  }
}

/** Throws an Error that tells the mismatch and what was printed, without secrets. */
async function runRow(row, context, bin, signal) {
  const resolve = (value) => (typeof value === 'function' ? value(context) : value)
  let found = null
  try {
    await row.before?.(context)
    if (row.argv || row.sdk) {
      const home = path.join(context.dir, row.home ?? 'home')
      await mkdir(home, { recursive: true })
      found = await runClient(bin, {
        argv: resolve(row.argv),
        sdk: resolve(row.sdk),
        secret: row.key === null ? null : context.getSecret(row.key),
        home,
        cwd: path.join(context.dir, 'files'),
        url: context.stack.url,
        signal,
      })
      compareRun(found, resolve(row.expect))
    }
    await row.after?.(context, found)
  } catch (error) {
    throw new Error(redact(describeFailure(error, found)).slice(0, MAX_REPORT_CHARS))
  }
}

/** What rows share: the keys made so far, by name, and a look behind the client's back at both servers. */
function createContext(dir, stack) {
  const keys = { admin: { id: null, secret: stack.adminSecret }, wrong: { id: null, secret: makeUnknownSecret() } }
  const getKey = (name) => {
    if (keys[name] === undefined) throw new Error(`there is no key ${name}: an earlier row failed`)
    return keys[name]
  }
  return {
    dir,
    stack,
    keys,
    getId: (name) => getKey(name).id,
    getSecret: (name) => getKey(name).secret,
    /** Remembers a key from what the client printed: a Python dict or JSON. */
    keepKey(name, printed) {
      const id = /['"]id['"]: (\d+)/.exec(printed)?.[1]
      const secret = /['"]key['"]: ['"](kp_\w+)['"]/.exec(printed)?.[1]
      if (id === undefined || secret === undefined) throw new Error('no id and key in what was printed')
      keys[name] = { id: Number(id), secret }
    },
    async call(key, method, target, body) {
      const headers = { authorization: `Bearer ${getKey(key).secret}`, 'content-type': 'application/json' }
      const response = await fetch(stack.url + target, { method, headers, body: body && JSON.stringify(body) })
      return { status: response.status, body: await response.json() }
    },
    async showInstance(id) {
      return (await (await fetch(`${stack.upstreamUrl}/api/v0/instances/${id}/`)).json()).instances
    },
  }
}

/** Of the shape of a secret, wrong in its checksum. */
function makeUnknownSecret() {
  return `kp_${'0'.repeat(49)}`
}

function describeFailure(error, found) {
  const printed = found === null ? '' : `\nexit ${found.exit}\nstdout: ${found.stdout}\nstderr: ${found.stderr}`
  return `${error.message}${printed}`
}

function redact(text) {
  return text.replace(/kp_\w{8,}/g, (secret) => `kp_…${secret.slice(-4)}`)
}

await main()
