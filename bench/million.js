/**
 * A million stored keys: time from starting a server to its first correct 200, the memory of that process alone after each
 * key was used once, and the 99th percentile of a hit beside that with a thousand keys. Prints one line of JSON.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  builtinCatalog,
  hintSecret,
  loadCatalog,
  mintSecret,
  parsePermissions,
  printPermissions,
} from '@keyporter/core'
import { openApp, openLocalContext } from '../server/dist/app.js'
import { loadConfig } from '../server/dist/config/load.js'
import { digestSecret, hashDigest } from '../server/dist/secrets.js'
import { loadSqlite } from '../server/dist/store/sqlite-driver.js'
import { loadCore, run, serverCore } from './processes.js'
import { permissions } from './server.js'

const many = Number(process.argv[2] ?? 1_000_000)
const few = 1_000
const listLength = 1_000
const dataDir = mkdtempSync(join(tmpdir(), 'keyporter-million-'))
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))

const config = loadConfig({
  // Measuring holds the event loop for longer than any ordinary lease.
  KEYPORTER_LEASE: '600000',
  KEYPORTER_DATA_DIR: dataDir,
  KEYPORTER_PORT: '0',
  KEYPORTER_LOG_LEVEL: 'error',
  KEYPORTER_WORKERS: '1',
})
const app = await openApp(config)
const admin = app.announcements[0].replace('admin key: ', '')
await app.close()
const secrets = await storeKeys(many)

const { readySeconds, rssMiB } = await measureServer()
const { p99Many, p99Few } = await measureHits()
process.stdout.write(
  `${JSON.stringify({ keys: many, readySeconds, rssMiB, p99Ratio: p99Many / p99Few, p99ManyNs: p99Many, p99FewNs: p99Few })}\n`,
)
process.exit(0)

/** Rows as the server writes them, in one transaction: a million calls would measure calls. */
async function storeKeys(count) {
  const { context, close } = await openLocalContext(config)
  const pepper = context.peppers.current
  await close()
  const entries = JSON.parse(readFileSync(new URL('../server/catalogs/vast.json', import.meta.url), 'utf8'))
  const parsed = parsePermissions(permissions, loadCatalog([builtinCatalog, { own: false, entries }]))
  const document = JSON.stringify(printPermissions(parsed.permissions))
  const db = new (loadSqlite())(join(dataDir, 'keyporter.db'))
  const insert = db.prepare(
    `insert into api_keys (account_id, hash, pepper_id, hint, is_primary, permissions, created_at) values (1, ?, ?, ?, 0, ?, ?)`,
  )
  const made = []
  db.transaction(() => {
    for (let i = 0; i < count; i++) {
      const secret = mintSecret(randomBytes(32))
      insert.run(hashDigest(digestSecret(secret), pepper), pepper.id, hintSecret(secret), document, Date.now())
      made.push(secret)
    }
  })()
  db.close()
  return made
}

async function measureServer() {
  const startedAt = performance.now()
  const child = run(serverCore, 'million-server.js', dataDir)
  const { url } = await child.read()
  const last = { Authorization: `Bearer ${secrets.at(-1)}` }
  const response = await fetch(`${url}/keyporter/whoami`, { headers: last })
  const { key } = await response.json()
  if (response.status !== 200 || !key?.id) throw new Error(`answered ${response.status}`)
  const readySeconds = (performance.now() - startedAt) / 1000
  for (let i = 0; i < many; i += listLength) await useKeys(url, secrets.slice(i, i + listLength))
  // As it stands, with what the collector has not got to yet.
  child.child.stdin.write('\n')
  const { rssMiB } = await child.read()
  await child.stop()
  return { readySeconds, rssMiB }
}

/** Asks the server about each key once, as a program would that asks for many. */
async function useKeys(url, asked) {
  const questions = asked.map((key) => ({ key, method: 'GET', path: '/api/v0/instances/1227/?owner=me' }))
  const headers = { Authorization: `Bearer ${admin}`, 'Content-Type': 'application/json' }
  const response = await fetch(`${url}/keyporter/verify`, { method: 'POST', headers, body: JSON.stringify(questions) })
  const verdicts = await response.json()
  if (response.status !== 200) throw new Error(`answered ${response.status}`)
  if (!verdicts.every(({ allowed }) => allowed)) throw new Error('a good key was refused')
}

/** The server's own verifier over its own store, without HTTP in between: a hit is not a matter of sockets. */
async function measureHits() {
  const child = run(loadCore, 'million-hits.js', dataDir, String(few), String(many))
  child.child.stdin.write(`${secrets.join('\n')}\n`)
  const result = await child.read()
  await child.stop()
  return result
}
