/**
 * A decision in process, from strings to a decision: a hit, two constraints. Beside it the least that any check costs:
 * SHA-256 of the secret and one look into a map. Interleaved, ten thousand keys in turn. Prints one line of JSON.
 */
import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { builtinCatalog, compileGrant, loadCatalog, mintSecret, parsePermissions } from '@keyporter/core'
import { judge, Verifier } from '@keyporter/sdk'
import { systemClock } from '../server/dist/revocation/revocation.js'
import { permissions } from './server.js'

const rounds = Number(process.argv[2] ?? 15)
const keyCount = 10_000
const perRound = 200_000

const entries = JSON.parse(readFileSync(new URL('../server/catalogs/vast.json', import.meta.url), 'utf8'))
const catalog = loadCatalog([builtinCatalog, { own: false, entries }])
const parsed = parsePermissions(permissions, catalog)
if (!parsed.ok) throw new Error(parsed.problem)
const grant = compileGrant(parsed.permissions, catalog)

const secrets = Array.from({ length: keyCount }, () => mintSecret(randomBytes(32)))
const records = new Map(secrets.map((secret, i) => [hash('sha256', secret), makePresented(i + 1)]))
const judging = { catalog, keys: await openKeys(), keyPrefix: 'kp_', queryKeys: true, now: () => Date.now() }
const decideOn = (secret) =>
  judge(judging, {
    method: 'GET',
    target: '/api/v0/instances/1227/?owner=me',
    credentials: { secret },
    body: undefined,
    contentType: null,
    contentEncoding: null,
    client: null,
  })

const ours = []
const bare = []
for (let round = -2; round < rounds; round++) {
  const bareNs = measure((secret) => records.get(hash('sha256', secret)) !== undefined)
  const oursNs = measure((secret) => decideOn(secret).decision.allowed)
  if (round < 0) continue
  bare.push(bareNs)
  ours.push(oursNs)
}
process.stdout.write(`${JSON.stringify({ ours, bare })}\n`)
process.exit(0)

function measure(check) {
  let allowed = 0
  const start = process.hrtime.bigint()
  for (let i = 0; i < perRound; i++) if (check(secrets[i % keyCount])) allowed++
  const ns = Number(process.hrtime.bigint() - start) / perRound
  if (allowed !== perRound) throw new Error(`${perRound - allowed} checks were refused`)
  return ns
}

function makePresented(id) {
  const key = {
    id,
    accountId: 1,
    createdByKeyId: null,
    name: null,
    hint: '',
    primary: false,
    keyParams: undefined,
    permissions: parsed.permissions,
    addresses: null,
    notBefore: null,
    expiresAt: null,
    createdAt: new Date(),
    disabledAt: null,
    deletedAt: null,
    resetAt: null,
    lastUsedAt: null,
    lastUsedAddress: null,
  }
  return {
    kind: 'known',
    principal: { kind: 'key', key, account: { id: 1, operator: false, suspendedAt: null }, grant },
  }
}

/** The real verifier over a source that always renews: what is measured is a hit. */
async function openKeys() {
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
  return { findNow: (digest) => verifier.findNow(digest), find: () => Promise.reject(new Error('not a hit')) }
}
