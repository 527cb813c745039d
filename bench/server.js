/** A whole server of one process in a folder of its own, which is removed when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClient } from '@keyporter/sdk'
import { openApp } from '../server/dist/app.js'
import { loadConfig } from '../server/dist/config/load.js'

/** Two constraints on one endpoint: what the decisions that are measured have to judge. */
export const permissions = {
  api: {
    instance_read: {
      'api.instance.show': { constraints: { id: { gte: 1000, lte: 2000 }, owner: { eq: ['me', 'you'] } } },
    },
  },
}

export async function openServer(settings) {
  const dataDir = settings.KEYPORTER_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'keyporter-bench-'))
  if (!settings.KEYPORTER_DATA_DIR) process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const app = await openApp(
    loadConfig({
      KEYPORTER_DATA_DIR: dataDir,
      KEYPORTER_PORT: '0',
      KEYPORTER_WORKERS: '1',
      KEYPORTER_LOG_LEVEL: 'error',
      ...settings,
    }),
  )
  const secret = app.announcements[0]?.replace('admin key: ', '')
  if (!secret) return { app, url: app.url }
  const client = openClient({ url: app.url, key: secret })
  const { secret: constrained } = await client.createApiKey({ name: 'bench', permissions })
  return { app, url: app.url, secret, constrained }
}
