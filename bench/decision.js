// How long a decision takes in process, from strings to Decision on a cache hit with two constraints, beside the least it
// could be: SHA-256 of the secret and one look into a map. Run `npx tsc -b && node bench/decision.js [keys …]`.
import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  builtinCatalog,
  canonicaliseTarget,
  compileGrant,
  decide,
  loadCatalog,
  mintSecret,
  parsePermissions,
} from '@keyporter/core'

const rounds = 31
const callsPerRound = 50_000
const counts = process.argv.slice(2).map(Number)

const entries = JSON.parse(readFileSync(new URL('../server/catalogs/vast.json', import.meta.url), 'utf8'))
const catalog = loadCatalog([builtinCatalog, { own: false, entries }])
const parsed = parsePermissions(
  {
    api: {
      instance_read: { 'api.instance.show': { constraints: { id: { gte: 1, lte: 5_000 }, owner: { eq: 'me' } } } },
      user_read: {},
    },
  },
  catalog,
)
if (!parsed.ok) throw new Error(parsed.problem)
const grant = compileGrant(parsed.permissions, catalog)
const now = Date.now()

/** A text as a request has it: in one piece, whatever it was made from. */
const flatten = (text) => Buffer.from(text, 'latin1').toString('latin1')

const paths = Array.from({ length: 1_000 }, (_, i) => flatten(`/api/v0/instances/${1_000 + i}/?owner=me`))

function measure(count) {
  const secrets = Array.from({ length: count }, () => flatten(mintSecret(randomBytes(32))))
  const known = new Map(secrets.map((secret, id) => [hash('sha256', secret), makePresented(id)]))
  const find = (i) => known.get(hash('sha256', secrets[i % count]))
  const bare = (i) => find(i) !== undefined
  const whole = (i) => {
    const presented = find(i)
    const { target } = canonicaliseTarget(paths[i % paths.length])
    return decide(catalog, presented, { method: 'GET', target, body: null, client: null }, now).allowed
  }
  const times = { bare: [], whole: [] }
  for (let round = 0; round < rounds; round++) {
    times.bare.push(time(bare))
    times.whole.push(time(whole))
  }
  return { bareNs: median(times.bare), wholeNs: median(times.whole) }
}

function makePresented(id) {
  const key = {
    id,
    accountId: 1,
    permissions: parsed.permissions,
    addresses: null,
    notBefore: null,
    expiresAt: null,
    deletedAt: null,
    disabledAt: null,
  }
  return { kind: 'known', principal: { key, account: { id: 1, operator: false, suspendedAt: null }, grant } }
}

/** Nanoseconds for one call. */
function time(call) {
  const startedAt = process.hrtime.bigint()
  for (let i = 0; i < callsPerRound; i++) if (!call(i)) throw new Error('every call must succeed')
  return Number(process.hrtime.bigint() - startedAt) / callsPerRound
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]
}

for (const count of counts.length > 0 ? counts : [1_000, 100_000]) {
  const { bareNs, wholeNs } = measure(count)
  const ratio = (wholeNs / bareNs).toFixed(2)
  console.log(
    `${count} keys: sha256 + Map.get ${bareNs.toFixed(0)} ns, decision ${wholeNs.toFixed(0)} ns, ratio ${ratio}`,
  )
}
