// The server under test: a real one, with an empty data folder, that serves its console.
import {
  adminKeyLine,
  findFreePort,
  makeEnvironment,
  startServer,
  waitForLine,
  waitUntilHealthy,
} from '../server-process.js'

const signInLine = /^sign-in link: (http\S+\/sign-in#token=\S+)$/

/** `signInLink` and `adminSecret` are what the first start printed. */
export async function openStack(root, dataDir, settings = {}) {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const server = startServer(process.execPath, ['server/dist/main.js', 'serve'], {
    cwd: root,
    env: makeEnvironment({
      KEYPORTER_HOST: '127.0.0.1',
      KEYPORTER_PORT: String(port),
      KEYPORTER_DATA_DIR: dataDir,
      KEYPORTER_WORKERS: '2',
      KEYPORTER_USAGE_INTERVAL: '200',
      KEYPORTER_LOG_LEVEL: 'warn',
      ...settings,
    }),
  })
  const close = async () => {
    if (!server.hasExited()) await server.stop()
  }
  try {
    await waitUntilHealthy(server, url)
    const [, adminSecret] = await waitForLine(server, adminKeyLine)
    const [, signInLink] = await waitForLine(server, signInLine)
    return { url, adminSecret, signInLink, written: () => server.stdout() + server.stderr(), close }
  } catch (error) {
    await close()
    throw error
  }
}
