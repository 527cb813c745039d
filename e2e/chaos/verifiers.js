/** The processes that verify: servers on the database, each through a proxy of its own, and verifiers over HTTP. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort, makeEnvironment } from '../server-process.js'
import { startChild } from './children.js'
import { startProxy } from './proxy.js'

const main = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))
const httpVerifier = fileURLToPath(new URL('./http-verifier.js', import.meta.url))
const skew = new URL('./skew.js', import.meta.url).href

/** A server. Its clock runs at `rate`. */
export async function startServer(name, { database, leaseMs, pepper, rate, folder }) {
  const proxy = await startProxy(database.port)
  const port = await findFreePort()
  const settings = {
    KEYPORTER_DATABASE: database.address(proxy.port),
    KEYPORTER_DATA_DIR: join(folder, name),
    KEYPORTER_PORT: String(port),
    KEYPORTER_WORKERS: '1',
    KEYPORTER_PEPPER: pepper,
    KEYPORTER_LEASE: String(leaseMs),
    KEYPORTER_LOG_LEVEL: process.env.CHAOS_LOG_LEVEL ?? 'silent',
    KEYPORTER_FAILED_AUTH_BURST: '1000000',
    KEYPORTER_FAILED_AUTH_PER_MINUTE: '1000000',
    CHAOS_CLOCK_RATE: String(rate),
  }
  const node = makeProcess([main, 'serve'], settings)
  await node.start()
  return { name, kind: 'server', url: `http://127.0.0.1:${port}`, proxy, ...node }
}

/** A verifier over HTTP, which asks a server through a proxy. */
export async function startHttpVerifier(name, { server, key, rate }) {
  const proxy = await startProxy(() => Number(new URL(server.url).port))
  const port = await findFreePort()
  const settings = {
    CHAOS_URL: `http://127.0.0.1:${proxy.port}`,
    CHAOS_KEY: key,
    CHAOS_PORT: String(port),
    CHAOS_CLOCK_RATE: String(rate),
  }
  const node = makeProcess([httpVerifier], settings)
  await node.start()
  return { name, kind: 'http', url: `http://127.0.0.1:${port}`, proxy, ...node }
}

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'keyporter-chaos-servers-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A process that is frozen, thawed, killed and started again. */
function makeProcess(args, settings) {
  let child = null
  let stdout = ''
  return {
    async start() {
      child = startChild(process.execPath, ['--import', skew, ...args], {
        env: makeEnvironment(settings),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text
      })
    },
    stdout: () => stdout,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    stepClock: () => child.kill('SIGUSR2'),
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(5_000)])
      child.kill('SIGKILL')
    },
  }
}
