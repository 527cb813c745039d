// The server under test: a real one, with an empty data folder, that serves its console; and an identity provider for it.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  adminKeyLine,
  findFreePort,
  makeEnvironment,
  startServer,
  waitForLine,
  waitUntilHealthy,
} from '../server-process.js'
import { openProvider } from './provider.js'

const run = promisify(execFile)
const signInLine = /^sign-in link: (http\S+\/sign-in#token=\S+)$/

/** `signInLink` and `adminSecret` are what the first start printed. */
export async function openStack(root, dataDir, settings = {}) {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const provider = await openProvider(url)
  const env = makeEnvironment({
    KEYPORTER_HOST: '127.0.0.1',
    KEYPORTER_PORT: String(port),
    KEYPORTER_DATA_DIR: dataDir,
    KEYPORTER_WORKERS: '2',
    KEYPORTER_USAGE_INTERVAL: '200',
    KEYPORTER_LOG_LEVEL: 'warn',
    ...provider.settings,
    ...settings,
  })
  const server = startServer(process.execPath, ['server/dist/main.js', 'serve'], { cwd: root, env })
  const close = async () => {
    if (!server.hasExited()) await server.stop()
    await provider.close()
  }
  try {
    await waitUntilHealthy(server, url)
    const [, adminSecret] = await waitForLine(server, adminKeyLine)
    const [, signInLink] = await waitForLine(server, signInLine)
    const runCommand = (...words) => run(process.execPath, ['server/dist/main.js', ...words], { cwd: root, env })
    /** Makes another account, as an operator would, and returns the link for its user. */
    const createAccount = async (email) => {
      const { stdout, stderr } = await runCommand('create', 'account', '--email', email)
      return /sign-in link: (http\S+#token=[\w-]+)/.exec(stdout + stderr)[1]
    }
    /** Refuses all that an account asks for, from when it resolves. */
    const suspendAccount = (email) => runCommand('suspend', 'account', email)
    const written = () => server.stdout() + server.stderr()
    return { url, provider, adminSecret, signInLink, createAccount, suspendAccount, written, close }
  } catch (error) {
    await close()
    throw error
  }
}
