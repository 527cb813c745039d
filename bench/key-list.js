/**
 * Looking through the keys of an account that has 10,000 of them, among 100,000 others: milliseconds for a page of 100 and
 * the number of all, on both databases. Prints a table; `node bench/key-list.js KEYS` for another number.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinCatalog, loadCatalog, readStoredPermissions } from '@keyporter/core'
import { startPostgres } from '../e2e/rolling/postgres.js'
import { pageKeys } from '../server/dist/actions/key-list.js'
import { insertAccount } from '../server/dist/store/accounts.js'
import { insertKey } from '../server/dist/store/keys.js'
import { openStore } from '../server/dist/store/store.js'
import { recordUses } from '../server/dist/store/usage.js'

const count = Number(process.argv[2] ?? 10_000)
const rounds = 30
const dayMs = 86_400_000
const now = Date.now()
const catalog = loadCatalog([builtinCatalog])
const page = { search: null, status: null, unusedDays: 30, sort: 'id', descending: false, limit: 100, offset: 0 }
const queries = {
  'first page': page,
  'last page': { ...page, offset: count - 100 },
  'search, few found': { ...page, search: `pipeline ${count - 1}` },
  'search, all found': { ...page, search: 'PIPE' },
  'by name': { ...page, sort: 'name' },
  'by name, last page': { ...page, sort: 'name', descending: true, offset: count - 100 },
  newest: { ...page, sort: 'created_at', descending: true },
  'by last use': { ...page, sort: 'last_used_at', descending: true },
  'by expiry': { ...page, sort: 'expires_at' },
  expiring: { ...page, status: 'expiring', sort: 'expires_at' },
  disabled: { ...page, status: 'disabled' },
  unused: { ...page, status: 'unused' },
  full: { ...page, status: 'full' },
}

const folder = mkdtempSync(join(tmpdir(), 'keyporter-list-'))
const postgres = await startPostgres()
try {
  const table = {}
  for (const [name, options] of [
    ['SQLite', { dataDir: folder }],
    ['PostgreSQL', { dataDir: null, database: postgres.address }],
  ]) {
    const store = await openStore(options)
    const accountId = await fill(store)
    for (const [query, input] of Object.entries(queries)) {
      const { p50, p99 } = await measure({ store, catalog, now: () => now }, accountId, input)
      table[query] = { ...table[query], [`${name} p50`]: p50, [`${name} p99`]: p99 }
    }
    await store.close()
  }
  console.table(table)
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function fill(store) {
  return store.write(async (db) => {
    const createdAt = new Date(now - 90 * dayMs)
    const accounts = []
    for (const email of ['one@example.com', 'other@example.com'])
      accounts.push((await insertAccount(db, { email, operator: false, createdAt })).id)
    const uses = []
    for (let i = 0; i < 11 * count; i++) {
      const own = i % 11 === 0
      const at = i / 11
      const keyId = await insertKey(db, { ...makeKey(at), accountId: accounts[own ? 0 : 1], createdAt })
      if (own && at % 3 > 0) uses.push({ keyId, atMs: now - (at % 60) * dayMs, address: '192.0.2.1' })
    }
    await recordUses(db, uses)
    return accounts[0]
  })
}

/** Every hundredth has a document of its own, every tenth expires, every twentieth is disabled. */
function makeKey(i) {
  const own = { instance_read: { 'api.instance.show': { constraints: { id: { eq: i } } } } }
  const api = i % 100 === 0 ? own : i % 3 === 0 ? { '*': {} } : { user_read: {}, user_write: {} }
  return {
    createdByKeyId: null,
    name: `Pipeline ${i}`,
    hash: randomBytes(32).toString('hex'),
    pepperId: 'bench',
    hint: `kp_…${randomBytes(2).toString('hex')}`,
    primary: false,
    permissions: readStoredPermissions({ api }),
    keyParams: undefined,
    addresses: null,
    expiresAt: i % 10 === 0 ? new Date(now + ((i % 90) - 10) * dayMs) : null,
    notBefore: null,
    disabledAt: i % 20 === 0 ? new Date(now) : null,
  }
}

async function measure(context, accountId, input) {
  const caller = { principal: { account: { id: accountId } } }
  const times = []
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    await pageKeys(context, caller, input)
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const pick = (share) => Number(times[Math.floor(share * (rounds - 1))].toFixed(1))
  return { p50: pick(0.5), p99: pick(0.99) }
}
