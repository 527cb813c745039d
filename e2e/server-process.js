// Runs a Keyporter server as a user would, as a process of its own, and reads what it says.
// Nothing of the surrounding environment that configures Keyporter or an enclosing npm reaches it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The two lines of stdout that the first start prints; the first group is the secret, the second the link. */
export const adminKeyLine = /^admin key: (kp_[0-9A-Za-z]{49})$/
export const signInLinkLine = /^sign-in link: (http\S+\/sign-in#token=[\w-]{43})$/

/** A TCP port of the loopback interface that was free a moment ago. */
export async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

// What `npm run` adds to the environment; how the machine reaches its registry and compiles is kept.
const leakingName = /^(?:KEYPORTER|VAST)_|^npm_(?!config_)|^npm_config_(?:local_|global_)?prefix$/i

/** The environment without what configures Keyporter, its clients or an enclosing npm, plus `settings`. */
export function makeEnvironment(settings = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !leakingName.test(name))
  return { ...Object.fromEntries(inherited), ...settings }
}

/**
 * Starts a server and returns at once. `stdout` and `stderr` return what was written so far; `stop` sends SIGTERM to
 * the started process alone and resolves with `{ code, signal }`, after SIGKILL to its group when that took too long.
 */
export function startServer(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      written[name] += text
    })
  }
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  return {
    pid: () => child.pid,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    async stop(timeoutMs = 10_000) {
      child.kill('SIGTERM')
      const inTime = await Promise.race([exited, delay(timeoutMs, null, { ref: false })])
      if (inTime) return inTime
      process.kill(-child.pid, 'SIGKILL')
      await exited
      throw new Error(`still running ${timeoutMs} ms after SIGTERM`)
    },
  }
}

/** Waits until the health check of a started server answers 200; throws with its stderr when it ends or stays silent. */
export async function waitUntilHealthy(server, baseUrl, timeoutMs = 60_000) {
  const giveUpAt = Date.now() + timeoutMs
  while (Date.now() < giveUpAt && !server.hasExited()) {
    const response = await fetch(`${baseUrl}/keyporter/healthz`).catch(() => null)
    await response?.arrayBuffer()
    if (response?.status === 200) return
    await delay(100)
  }
  const state = server.hasExited() ? 'ended' : `was not healthy after ${timeoutMs} ms`
  throw new Error(`the server ${state}; it wrote:\n${server.stdout()}${server.stderr()}`)
}

/** Waits until a whole line of stdout matches, and returns the match: a server may be healthy before it says anything. */
export async function waitForLine(server, pattern, timeoutMs = 10_000) {
  const giveUpAt = Date.now() + timeoutMs
  while (true) {
    const found = server
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => pattern.exec(line))
      .find((match) => match !== null)
    if (found) return found
    if (Date.now() > giveUpAt) throw new Error(`no line of stdout matches ${pattern}`)
    await delay(20)
  }
}

/** GETs a path and returns `{ status, body }`, with the body parsed. */
export async function getJson(baseUrl, path, secret) {
  const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
  const response = await fetch(baseUrl + path, { headers })
  return { status: response.status, body: await response.json() }
}
