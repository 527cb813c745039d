/**
 * A decision in process, from strings to a decision: a hit, two constraints; of one target again and again, and of more
 * targets than anybody keeps in mind. Beside it the least that any check costs: SHA-256 of the secret and one look into a
 * map. Ten thousand keys in turn, in slices of a few milliseconds that take turns too, so that whatever else the machine
 * does falls on all alike; of each round the median slice counts. Prints one line of JSON.
 */
import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { builtinCatalog, compileGrant, loadCatalog, mintSecret, parsePermissions } from '@keyporter/core'
import { judge, Verifier } from '@keyporter/sdk'
import { systemClock } from '../server/dist/revocation/revocation.js'
import { permissions } from './server.js'

const rounds = Number(process.argv[2] ?? 15)
const keyCount = 10_000
const slicesPerRound = 60
const perSlice = 2_000
/** None comes again before all others have. */
const targetCount = 5_000

const entries = JSON.parse(readFileSync(new URL('../server/catalogs/vast.json', import.meta.url), 'utf8'))
const catalog = loadCatalog([builtinCatalog, { own: false, entries }])
const parsed = parsePermissions(permissions, catalog)
if (!parsed.ok) throw new Error(parsed.problem)
const grant = compileGrant(parsed.permissions, catalog)

const secrets = Array.from({ length: keyCount }, () => mintSecret(randomBytes(32)))
const records = new Map(secrets.map((secret, i) => [hash('sha256', secret), makePresented(i + 1)]))
const verifier = await openVerifier()
const judging = {
  catalog,
  keys: { findNow: (digest) => verifier.findNow(digest), find: () => Promise.reject(new Error('not a hit')) },
  keyPrefix: 'kp_',
  queryKeys: true,
  now: () => verifier.storeNow(),
}
const targets = JSON.parse(JSON.stringify(Array.from({ length: targetCount }, (_, i) => printTarget(i))))
const decideOn = (secret, target) => {
  const unseen = { body: undefined, contentType: null, contentEncoding: null, client: null }
  return judge(judging, { method: 'GET', target, credentials: { secret }, ...unseen }).decision.allowed
}

const checks = {
  bare: (i) => records.get(hash('sha256', secrets[i % keyCount])) !== undefined,
  ours: (i) => decideOn(secrets[i % keyCount], '/api/v0/instances/1227/?owner=me'),
  varying: (i) => decideOn(secrets[i % keyCount], targets[i % targetCount]),
}
const results = { bare: [], ours: [], varying: [] }
for (let round = -2; round < rounds; round++) {
  const slices = { bare: [], ours: [], varying: [] }
  for (let slice = 0; slice < slicesPerRound; slice++) {
    for (const [name, check] of Object.entries(checks)) slices[name].push(measure(check, slice * perSlice))
  }
  if (round >= 0) for (const [name, ns] of Object.entries(slices)) results[name].push(findMedian(ns))
}
process.stdout.write(`${JSON.stringify(results)}\n`)
process.exit(0)

function printTarget(i) {
  return `/api/v0/instances/${1000 + (i % 1001)}/?owner=${i % 2 === 0 ? 'me' : 'you'}${'&'.repeat(i / 1001)}`
}

/** Nanoseconds of one check. */
function measure(check, from) {
  let allowed = 0
  const start = process.hrtime.bigint()
  for (let i = from; i < from + perSlice; i++) if (check(i)) allowed++
  const ns = Number(process.hrtime.bigint() - start) / perSlice
  if (allowed !== perSlice) throw new Error(`${perSlice - allowed} checks were refused`)
  return ns
}

function findMedian(samples) {
  return samples.sort((a, b) => a - b)[samples.length >> 1]
}

function makePresented(id) {
  const instants = { notBefore: null, expiresAt: null, disabledAt: null, deletedAt: null, resetAt: null }
  const key = { id, name: null, permissions: parsed.permissions, addresses: null, ...instants }
  return {
    kind: 'known',
    principal: { kind: 'key', key, account: { id: 1, operator: false, suspendedAt: null }, grant },
  }
}

/** The real verifier over a source that always renews: what is measured is a hit. */
async function openVerifier() {
  const position = { seq: 1, tag: 'bench' }
  const verifier = new Verifier({
    source: {
      register: async () => ({ verifierId: 'bench', position, leaseMs: 600_000, storeNowMs: Date.now() }),
      renew: async () => ({ gone: false, settingMs: 600_000, storeNowMs: Date.now() }),
      readChanges: async () => ({ gone: false, changes: [] }),
      report: async () => {},
      deregister: async () => {},
      load: async (digest) => {
        const value = records.get(digest)
        return {
          value,
          dependsOn: [
            { kind: 'key', id: value.principal.key.id },
            { kind: 'account', id: 1 },
          ],
        }
      },
      loadConfirmed: () => Promise.reject(new Error('the lease does not lapse here')),
      onWake: () => ({ close() {} }),
    },
    clock: systemClock,
    limits: { maxEntries: 20_000, maxNegatives: 100, maxLoads: 100, maxLoadsPerSecond: 1_000_000 },
  })
  while (!verifier.isInForce()) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const digest of records.keys()) await verifier.find(digest)
  return verifier
}
