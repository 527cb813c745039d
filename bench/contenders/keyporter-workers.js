/** Lists of questions to one or two workers behind one port: so many decisions in a request that it is these that cost. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openClient } from '@keyporter/sdk'
import { permissions } from '../server.js'

const questionsPerRequest = 500
const main = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))

export async function start({ workers }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyporter-bench-'))
  const env = {
    ...process.env,
    KEYPORTER_DATA_DIR: dataDir,
    KEYPORTER_PORT: '0',
    KEYPORTER_WORKERS: String(workers),
    KEYPORTER_LOG_LEVEL: 'info',
  }
  const server = spawn(process.execPath, [main, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  process.once('exit', () => {
    server.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })
  const [url, secret] = await Promise.all([
    findLine(server.stderr, /"url":"([^"]+)".*"msg":"listening"/),
    findLine(server.stdout, /admin key: (\S+)/),
  ])
  const { secret: key } = await openClient({ url, key: secret }).createApiKey({ name: 'bench', permissions })
  const question = { key, method: 'GET', path: '/api/v0/instances/1227/?owner=me' }
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify(Array.from({ length: questionsPerRequest }, () => question))
  return { url, method: 'POST', path: '/keyporter/verify', headers, body }
}

async function findLine(stream, pattern) {
  for await (const line of createInterface({ input: stream })) {
    const found = pattern.exec(line)
    if (found) return found[1]
  }
  throw new Error('the server ended early')
}
