/**
 * Real processes on a real PostgreSQL with a synchronous standby, while clients create, verify, narrow and revoke keys, and
 * things break: processes freeze and die, connections are cut and slow, the database restarts and fails over, clocks run at
 * different rates and jump. Every request is recorded; a key that was accepted by a request which began after the call that took it
 * back had returned is a stale accept, of which there must be none.
 *
 *   npm run chaos -- --seconds 60 --verifiers 4 [--json] [--seed N] [--lease MS] [--calm]
 *
 * With `--calm` nothing breaks: how long calls take in a healthy cluster.
 */

import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { classify, describe, findGoodRefused, findStaleAccepts, makeHistory, measureLongestRefusal } from './history.js'
import { startCluster } from './postgres.js'
import { makeFolder, startHttpVerifier, startServer } from './verifiers.js'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    verifiers: { type: 'string', default: '4' },
    lease: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
    calm: { type: 'boolean', default: false },
  },
})
const seconds = Number(options.seconds)
const leaseMs = Number(options.lease)
const random = seedRandom(Number(options.seed))
const say = (text) => process.stderr.write(`${text}\n`)
const pick = (list) => list[Math.floor(random() * list.length)]

const document = { api: { user_read: {} } }
const history = makeHistory()
const { now } = history
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

// Longer than any run should take: a run that hangs is a failed one.
const watchdog = setTimeout(
  () => {
    say('the run hangs')
    process.exit(1)
  },
  (seconds + 90) * 1_000,
)
watchdog.unref()

say(`seed ${options.seed}: starting PostgreSQL, its standby and ${options.verifiers} verifiers`)
const database = await startCluster()
const { folder, remove } = makeFolder()
const shared = { database, leaseMs, pepper: randomBytes(32).toString('base64url'), folder }
const serverCount = Math.max(1, Math.ceil(Number(options.verifiers) * 0.75))
const rates = [1, 1.004, 0.996, 1.002, 0.998]
const first = await startServer('server-0', { ...shared, rate: rates[0] })
await waitFor(() => first.stdout().includes('admin key: '))
const admin = first.stdout().match(/admin key: (\S+)/)[1]
const servers = [first]
for (let i = 1; i < serverCount; i++) {
  servers.push(await startServer(`server-${i}`, { ...shared, rate: rates[i % rates.length] }))
}
const verifiers = [...servers]
for (let i = serverCount; i < Number(options.verifiers); i++) {
  const server = servers[i % servers.length]
  verifiers.push(await startHttpVerifier(`http-${i}`, { server, key: admin, rate: rates[i % rates.length] }))
}
await Promise.all(verifiers.map((verifier) => waitFor(async () => (await ask(verifier, admin)).status === 200)))

// What has just started counts as what was just mended.
history.faults.push({ kind: 'verifier', name: 'start', start: 0, end: now() })

const live = []
const gone = []
let stopping = false
const tasks = [repeat(8, verifyOne), repeat(150, createOne), repeat(120, changeOne)]
if (!options.calm) tasks.push(breakThings().catch((error) => say(`a fault could not be undone: ${error.message}`)))
await sleep(seconds * 1_000)
stopping = true
await Promise.allSettled(tasks)
await Promise.all([...verifiers].reverse().map((verifier) => verifier.stop()))
for (const { proxy } of verifiers) proxy.close()
await database.stop()
remove()
const result = report()
if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else printTable(result)
const failed = result.staleAccepts > 0 || result.verifies === 0 || result.revocations === 0
process.stdout.write(options.json ? '' : `${failed ? '0 passed, 1 failed' : '1 passed, 0 failed'}\n`)
process.exit(failed ? 1 : 0)

// --- what clients do ---------------------------------------------------------------------------------------------------

async function createOne() {
  if (live.length >= 40) return
  const answer = await manage(pick(servers), 'POST', '/api/v0/auth/apikeys/', { name: 'chaos', permissions: document })
  if (answer.status !== 200) return
  const { id, key: secret } = JSON.parse(answer.text)
  const key = { id, secret, createdAt: now(), revokeBegan: null, refusedFrom: null }
  history.keys.set(id, key)
  // Good everywhere from the return on: known there and then, not only later.
  await Promise.all(verifiers.map((verifier) => verifyKey(verifier, key)))
  live.push(key)
}

/** Takes a key back or narrows it, one as hard as the other, then asks everybody at once. */
async function changeOne() {
  if (live.length < 8) return
  const [key] = live.splice(Math.floor(random() * live.length), 1)
  const server = pick(servers)
  const path = `/api/v0/auth/apikeys/${key.id}/`
  const start = now()
  key.revokeBegan = start
  const answer =
    random() < 0.5
      ? await manage(server, 'DELETE', path, {})
      : await manage(server, 'PUT', path, random() < 0.5 ? { permissions: { api: {} } } : { disabled: true })
  const end = now()
  if (answer.status !== 200) return
  key.refusedFrom = end
  history.changes.push({ keyId: key.id, server: server.name, start, end })
  await Promise.all(verifiers.map((verifier) => verifyKey(verifier, key)))
  gone.push(key)
  if (gone.length > 200) gone.shift()
}

async function verifyOne() {
  const from = gone.length > 0 && random() < 0.4 ? gone : live
  if (from.length > 0) await verifyKey(pick(verifiers), pick(from))
}

async function verifyKey(verifier, key) {
  const start = now()
  const { status } = await ask(verifier, key.secret)
  history.verifies.push({
    keyId: key.id,
    verifier: verifier.name,
    start,
    end: now(),
    answered: status !== 0,
    allowed: status === 200,
    status,
  })
}

/** 200 while the key may do it: answered from memory by either kind, where the lease holds. */
async function ask({ kind, url }, secret) {
  if (kind === 'http') return call('GET', url, { Authorization: `Bearer ${secret}` }, null, 6_000)
  const question = JSON.stringify({ key: secret, method: 'GET', path: '/api/v0/users/current/' })
  const answer = await call('POST', `${url}/keyporter/verify`, headersOf(admin), question, 6_000)
  return answer.status === 200 ? JSON.parse(answer.text) : answer
}

function manage(server, method, path, body) {
  return call(method, server.url + path, headersOf(admin), JSON.stringify(body), 30_000)
}

function headersOf(secret) {
  return { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }
}

/** One request, never repeated; status 0 where there was no answer. */
function call(method, url, headers, body, timeoutMs) {
  return new Promise((resolve) => {
    const outgoing = request(url, { method, headers, agent, timeout: timeoutMs }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', () => resolve({ status: 0, text: '' }))
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve({ status: 0, text: '' }))
    outgoing.end(body ?? undefined)
  })
}

// --- what breaks -------------------------------------------------------------------------------------------------------

/** Storms of faults, and calms in between that are long enough to count as healthy. */
async function breakThings() {
  const endsAt = now() + seconds * 1_000
  const stormMs = Math.min(8_000, seconds * 150)
  const calmMs = 2 * leaseMs + Math.min(5_000, seconds * 100)
  const left = () => endsAt - now()
  let failedOver = false
  await nap(calmMs)
  while (!stopping && left() > calmMs + 3_000) {
    const until = now() + stormMs
    while (!stopping && now() < until) {
      if (!failedOver && left() < seconds * 350) {
        failedOver = true
        say('  failover to the standby')
        await history.during('store', 'failover', () => database.failOver())
      } else await pick([freeze, freeze, cut, cut, slow, step, kill, restart])()
      await nap(300)
    }
    await nap(calmMs)
  }
}

async function freeze() {
  const victim = pick(verifiers)
  await history.during('verifier', victim.name, async () => {
    victim.freeze()
    await nap(200 + random() * 2.5 * leaseMs)
    victim.thaw()
  })
}

async function cut() {
  const victim = pick(verifiers)
  await history.during('verifier', victim.name, async () => {
    victim.proxy.cut()
    await nap(200 + random() * 2.5 * leaseMs)
    victim.proxy.mend()
  })
}

async function slow() {
  const victim = pick(verifiers)
  await history.during('verifier', victim.name, async () => {
    victim.proxy.delay(20 + random() * leaseMs * 0.4)
    await nap(500 + random() * 2 * leaseMs)
    victim.proxy.mend()
  })
}

/** The wall clock jumps a few times; no request may be told anything else for it. */
async function step() {
  const victim = pick(verifiers)
  await history.during('verifier', victim.name, async () => {
    for (let left = 3; left > 0; left--) {
      victim.stepClock()
      await nap(random() * leaseMs)
    }
  })
}

async function kill() {
  const victim = pick(verifiers)
  await history.during('verifier', victim.name, async () => {
    await victim.kill()
    await nap(random() * leaseMs)
    await victim.start()
    await waitFor(async () => (await ask(victim, admin)).status === 200)
  })
}

async function restart() {
  await history.during('store', 'restart', () => database.restart(random() * 1.5 * leaseMs))
}

// --- pace, report ------------------------------------------------------------------------------------------------------

async function repeat(meanMs, work) {
  const running = new Set()
  while (!stopping) {
    await sleep(2 * meanMs * random())
    // Paced, and bounded: a cluster that answers nothing is not asked more and more.
    if (running.size >= 40) continue
    const one = work().catch((error) => say(String(error)))
    running.add(one)
    one.finally(() => running.delete(one))
  }
  await Promise.allSettled(running)
}

async function nap(ms) {
  const until = now() + ms
  while (!stopping && now() < until) await sleep(Math.min(50, until - now()))
}

async function waitFor(check) {
  for (let left = 600; left > 0; left--) {
    if (await check()) return
    await sleep(50)
  }
  throw new Error('a verifier does not come up')
}

function report() {
  const stale = findStaleAccepts(history)
  for (const { keyId, verifier, start } of stale.slice(0, 10))
    say(`stale: key ${keyId} at ${verifier}, ${start.toFixed(1)}`)
  const goodRefused = findGoodRefused(history)
  const byClass = { healthy: [], faulted: [], storeFaulted: [] }
  for (const change of history.changes) byClass[classify(history, change, leaseMs)].push(change.end - change.start)
  const revocationMs = Object.fromEntries(Object.entries(byClass).map(([name, values]) => [name, describe(values)]))
  return {
    seed: Number(options.seed),
    seconds,
    verifiers: verifiers.length,
    leaseMs,
    faults: history.faults.length - 1,
    verifies: history.verifies.length,
    unanswered: history.verifies.filter(({ answered }) => !answered).length,
    revocations: history.changes.length,
    staleAccepts: stale.length,
    goodRefused: goodRefused.length,
    longestRefusalMs: Number(measureLongestRefusal(history).toFixed(1)),
    revocationMs,
  }
}

function printTable(result) {
  const { revocationMs, ...rest } = result
  for (const [name, value] of Object.entries(rest)) process.stdout.write(`${name.padEnd(20)}${value}\n`)
  process.stdout.write(
    `\n${'revocations'.padEnd(20)}${'count'.padStart(8)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}${'max ms'.padStart(10)}\n`,
  )
  for (const [name, { count, p50, p99, max }] of Object.entries(revocationMs)) {
    const cells = [p50, p99, max].map((value) => String(value ?? '-').padStart(10)).join('')
    process.stdout.write(`${name.padEnd(20)}${String(count).padStart(8)}${cells}\n`)
  }
}

function seedRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
