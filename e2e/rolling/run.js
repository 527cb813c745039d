/**
 * A rolling restart, under load: two servers of two workers each on one PostgreSQL, behind a load balancer, are restarted
 * one after the other, and no request fails. Then a worker is killed under load: nothing fails but what it was doing.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootDir } from '../../scripts/workspace.js'
import { createReport } from '../report.js'
import { findFreePort, getJson, makeEnvironment, startServer } from '../server-process.js'
import { openBalancer } from './balancer.js'
import { startLoad } from './load.js'
import { startPostgres } from './postgres.js'

const mainFile = join(rootDir, 'server/dist/main.js')
const rounds = 2
const workers = 2
const { check, finish } = createReport()
const folder = mkdtempSync(join(tmpdir(), 'keyporter-rolling-'))
const postgres = await startPostgres()
const upstream = await startUpstream()
const servers = [await startOne('a'), await startOne('b')]
const urls = servers.map(({ url }) => url)
const balancer = await openBalancer(urls)

try {
  const secret = await check('the first start announces a key, the second none', readAnnouncements)
  if (secret) {
    await check(`a rolling restart, ${rounds} times, fails no request`, () => restartAll(secret))
    await check('a killed worker takes nothing with it but what it was doing, and is replaced', () => killOne(secret))
  }
  await check('both servers end with 0', async () => {
    const ends = await Promise.all(servers.map(({ process }) => process.stop(30_000)))
    assert.deepEqual(ends, [
      { code: 0, signal: null },
      { code: 0, signal: null },
    ])
  })
} finally {
  balancer.close()
  await Promise.all(servers.map(({ process }) => process.hasExited() || process.stop(30_000).catch(() => {})))
  upstream.closeAllConnections()
  upstream.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
finish()

/** Answers every request with 200, after as many milliseconds as it asks for. */
async function startUpstream() {
  const server = createServer(async (req, res) => {
    for await (const _ of req);
    await sleep(Number(new URL(req.url, 'http://x').searchParams.get('ms')))
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"success":true}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function startOne(name) {
  const port = await findFreePort()
  const one = { name, port, url: `http://127.0.0.1:${port}`, process: null }
  start(one)
  await waitUntil(() => isReady(one.url), `${name} is ready`)
  return one
}

function start(one) {
  const settings = {
    KEYPORTER_PORT: String(one.port),
    KEYPORTER_WORKERS: String(workers),
    KEYPORTER_DATABASE: postgres.address,
    KEYPORTER_DATA_DIR: join(folder, one.name),
    KEYPORTER_PEPPER: 'one pepper for all servers of this test',
    KEYPORTER_CONSOLE_PORT: '0',
    KEYPORTER_UPSTREAM: `http://127.0.0.1:${upstream.address().port}`,
    KEYPORTER_DRAIN_DELAY: '800',
    KEYPORTER_LOG_LEVEL: 'warn',
  }
  one.process = startServer(process.execPath, [mainFile, 'serve'], { cwd: folder, env: makeEnvironment(settings) })
}

async function isReady(url) {
  const response = await fetch(`${url}/keyporter/readyz`).catch(() => null)
  await response?.arrayBuffer()
  return response?.status === 200
}

async function readAnnouncements() {
  const [first, second] = servers
  const found = /^admin key: (kp_[0-9A-Za-z]{49})\nsign-in link: \S+\n$/.exec(first.process.stdout())
  assert.ok(found, `stdout was ${JSON.stringify(first.process.stdout())}`)
  assert.equal(second.process.stdout(), '')
  return found[1]
}

async function restartAll(secret) {
  await waitUntil(() => urls.every(balancer.isReady), 'the balancer sees both')
  const load = startLoad(balancer.url, secret, { clients: 12, keepAlive: true })
  await sleep(500)
  for (let round = 0; round < rounds; round++) {
    for (const one of servers) {
      const servedBefore = urls.map(balancer.served)
      assert.deepEqual(await one.process.stop(30_000), { code: 0, signal: null }, one.process.stderr())
      start(one)
      await waitUntil(() => balancer.isReady(one.url), `${one.name} is ready again`)
      await sleep(500)
      for (const [index, url] of urls.entries())
        assert.ok(balancer.served(url) > servedBefore[index], `${servers[index].name} served nothing`)
    }
  }
  await load.stop()
  const failed = load.requests.filter(({ problem }) => problem !== null)
  assert.ok(load.requests.length > 500, `only ${load.requests.length} requests were made`)
  assert.deepEqual(
    failed.map(({ problem }) => problem),
    [],
    `of ${load.requests.length}`,
  )
  console.log(`        ${load.requests.length} requests, none failed`)
}

async function killOne(secret) {
  const [server] = servers
  const load = startLoad(server.url, secret, { clients: 16, keepAlive: false })
  await sleep(1000)
  const victim = (await listWorkers(server, secret))[0]
  const killedAt = performance.now()
  process.kill(victim, 'SIGKILL')
  await sleep(500)
  await waitUntil(async () => {
    const pids = await listWorkers(server, secret)
    return pids.length === workers && !pids.includes(victim)
  }, 'the worker is replaced')
  await sleep(500)
  await load.stop()
  const failed = load.requests.filter(({ problem }) => problem !== null)
  const underWay = load.requests.filter(({ startedAt, endedAt }) => startedAt < killedAt && endedAt > killedAt)
  const others = failed.filter((one) => !underWay.includes(one))
  assert.deepEqual(
    others.map(({ problem }) => problem),
    [],
    'failed although they were not under way',
  )
  assert.ok(failed.length < underWay.length, `${failed.length} of ${underWay.length} that were under way failed`)
  console.log(`        ${load.requests.length} requests; of ${underWay.length} under way, ${failed.length} failed`)
}

/** The processes of a server's registered verifiers. */
async function listWorkers({ process: { pid }, url }, secret) {
  const { status, body } = await getJson(url, '/keyporter/verifiers', secret)
  assert.equal(status, 200)
  const children = readFileSync(`/proc/${pid()}/task/${pid()}/children`, 'utf8').trim().split(' ').map(Number)
  return body.verifiers.map(({ host }) => Number(host.split(':').at(-1))).filter((each) => children.includes(each))
}

async function waitUntil(isTrue, what, waitMs = 60_000) {
  const giveUpAt = Date.now() + waitMs
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(`still not so: ${what}`)
    await sleep(50)
  }
}
