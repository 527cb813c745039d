/**
 * The two servers under test: the example upstream, and a real Keyporter in front of it with an empty data directory.
 * Everything they write is kept, so that it can be searched for secrets afterwards.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { adminKeyLine, findFreePort, makeEnvironment, startServer, waitUntilHealthy } from '../server-process.js'

const START_TIMEOUT_MS = 30_000

/** Starts both. `written()` and `writtenToStdout()` are what Keyporter wrote, the lines of the first start aside. */
export async function openStack(root, dataDir, adminEmail) {
  const servers = []
  const start = (args, settings) => {
    const server = startServer(process.execPath, args, { cwd: root, env: makeEnvironment(settings) })
    servers.push(server)
    return server
  }
  const close = async () => {
    await Promise.all(servers.map((server) => server.hasExited() || server.stop()))
  }
  try {
    const upstream = start(['examples/gpu-cloud/dist/main.js'], { PORT: '0', HOST: '127.0.0.1' })
    const [upstreamUrl] = await waitForText(upstream, upstream.stderr, /http:\/\/[\w.]+:\d+/)
    const port = await findFreePort()
    const keyporter = start(['server/dist/main.js', 'serve'], {
      KEYPORTER_HOST: '127.0.0.1',
      KEYPORTER_PORT: String(port),
      KEYPORTER_CONSOLE_PORT: '0',
      KEYPORTER_DATA_DIR: dataDir,
      KEYPORTER_UPSTREAM: upstreamUrl,
      KEYPORTER_ADMIN_EMAIL: adminEmail,
    })
    const url = `http://127.0.0.1:${port}`
    await waitUntilHealthy(keyporter, url)
    const [announced, adminLine] = await waitForText(keyporter, keyporter.stdout, /^(.*)\nsign-in link: .*\n/)
    const adminSecret = adminKeyLine.exec(adminLine)?.[1]
    if (adminSecret === undefined) throw new Error('the first line of stdout is not the line with the admin key')
    const writtenToStdout = () => keyporter.stdout().slice(announced.length)
    const written = () => writtenToStdout() + keyporter.stderr()
    return { url, upstreamUrl, adminSecret, written, writtenToStdout, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until the pattern occurs in what a server writes, and returns the match. */
async function waitForText(server, readText, pattern) {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  while (Date.now() < giveUpAt && !server.hasExited()) {
    const match = pattern.exec(readText())
    if (match !== null) return match
    await delay(50)
  }
  throw new Error(`a server did not write ${pattern}; it wrote:\n${server.stderr()}`)
}
