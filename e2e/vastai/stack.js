/**
 * The two servers under test: the example upstream, and a real Keyporter in front of it with an empty data directory.
 * Everything they write is kept, so that it can be searched for secrets afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

/** Starts both. `written()` and `writtenToStdout()` are what Keyporter wrote, the line with the admin key aside. */
export async function openStack(root, dataDir, adminEmail) {
  const upstream = start(root, ['examples/gpu-cloud/dist/main.js'], { PORT: '0' })
  let keyporter = null
  const close = async () => {
    await Promise.all([stop(keyporter), stop(upstream)])
  }
  try {
    const [upstreamUrl] = await waitFor(() => /http:\/\/\S+/.exec(upstream.stderr), upstream)
    const port = await findFreePort()
    keyporter = start(root, ['server/dist/main.js', 'serve'], {
      KEYPORTER_HOST: '127.0.0.1',
      KEYPORTER_PORT: String(port),
      KEYPORTER_DATA_DIR: dataDir,
      KEYPORTER_UPSTREAM: upstreamUrl,
      KEYPORTER_ADMIN_EMAIL: adminEmail,
    })
    const url = `http://127.0.0.1:${port}`
    const [, adminSecret] = await waitFor(() => /^admin key: (kp_\S+)\n/.exec(keyporter.stdout), keyporter)
    await waitFor(() => isHealthy(url), keyporter)
    const writtenToStdout = () => keyporter.stdout.replace(/^admin key: .*\n/, '')
    const written = () => writtenToStdout() + keyporter.stderr
    return { url, upstreamUrl, adminSecret, written, writtenToStdout, close }
  } catch (error) {
    await close()
    throw error
  }
}

function start(root, args, env) {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...readOwnEnvironment(), ...env } })
  const running = { name: args[0], child, stdout: '', stderr: '', exited: once(child, 'exit') }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    running.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    running.stderr += text
  })
  return running
}

/** The environment without settings and keys of a Keyporter or a client that somebody runs on this machine. */
function readOwnEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(KEYPORTER|VAST)/.test(name)))
}

async function stop(running) {
  if (running === null || running.child.exitCode !== null || running.child.signalCode !== null) return
  running.child.kill('SIGTERM')
  await Promise.race([running.exited, sleep(STOP_TIMEOUT_MS, null, { ref: false })])
  running.child.kill('SIGKILL')
}

async function waitFor(find, running) {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline) {
    const found = await find()
    if (found) return found
    if (running.child.exitCode !== null) break
    await sleep(50)
  }
  throw new Error(`${running.name} did not start (exit code ${running.child.exitCode}):\n${running.stderr}`)
}

async function isHealthy(url) {
  try {
    return (await fetch(`${url}/keyporter/healthz`)).status === 200
  } catch {
    return false
  }
}

async function findFreePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
