// Several processes behind one port, on one SQLite file.
import { renameSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorkplace, type Workplace } from '../cli/run-command.js'
import { type Answer, call, endAll, isRunning, listChildren, type Served, serve, until } from './served.js'

const places: Workplace[] = []
let place: Workplace
let server: Served
let adminSecret: string

function makePlace(): Workplace {
  const made = makeWorkplace()
  places.push(made)
  return made
}

beforeAll(async () => {
  place = makePlace()
  server = await serve(place.folder)
  adminSecret = /^admin key: (kp_[0-9A-Za-z]{49})\n/.exec(server.written.stdout)![1]!
})

afterAll(async () => {
  await endAll()
  for (const made of places) made.remove()
})

async function createKey(url: string, name: string): Promise<{ id: number; secret: string }> {
  const body = { name, permissions: { api: { user_read: {} } } }
  const { status, body: key } = await call(url, '/api/v0/auth/apikeys/', { secret: adminSecret, method: 'POST', body })
  expect(status).toBe(200)
  return { id: key.id, secret: key.key }
}

/** The same request over as many new connections: Node gives them to the workers in turn. */
function callEvery(url: string, path: string, secret: string, times = 8): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, () => call(url, path, { secret })))
}

const listVerifiers = async (url: string) =>
  (await call(url, '/keyporter/verifiers', { secret: adminSecret })).body.verifiers

const pidOf = ({ host }: { host: string }) => Number(host.split(':').at(-1))

describe('several workers', () => {
  it('say on stdout what one process says, once', () => {
    expect(server.written.stdout).toBe(
      `admin key: ${adminSecret}\nsign-in link: ${server.url}/sign-in#token=${/token=([\w-]{43})\n$/.exec(server.written.stdout)?.[1]}\n`,
    )
  })

  it('each have a verifier of their own, in a process of its own', async () => {
    const verifiers = await until(
      () => listVerifiers(server.url),
      (rows) => rows.length === 2,
    )
    const workers = listChildren(server.child.pid!)
    expect(verifiers.map(pidOf).sort()).toEqual(workers.sort())
    expect(verifiers[0]).toMatchObject({ lag: 0, lease_ms: 2000 })
  })

  it('all refuse a key from when the call that deleted it returned, and all know a new one at once', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, secret } = await createKey(server.url, `round ${round}`)
      const before = await callEvery(server.url, '/api/v0/users/current/', secret)
      expect(before.map(({ status }) => status)).toEqual(Array(8).fill(200))
      const deleted = await call(server.url, `/api/v0/auth/apikeys/${id}/`, { secret: adminSecret, method: 'DELETE' })
      expect(deleted.status).toBe(200)
      const after = await callEvery(server.url, '/api/v0/users/current/', secret)
      expect(after.map(({ status, body }) => [status, body.reason])).toEqual(Array(8).fill([401, 'deleted']))
    }
  })

  it('are counted as one', async () => {
    const read = async () => (await call(server.url, '/keyporter/metrics', { secret: adminSecret })).body as string
    const count = (text: string) =>
      Number(/^keyporter_decisions_total\{outcome="allow",reason=""\} (\d+)/m.exec(text)![1])
    const before = count(await read())
    await callEvery(server.url, '/api/v0/users/current/', adminSecret, 10)
    const text = await read()
    expect(count(text)).toBe(before + 11)
    expect(text).toMatch(/^keyporter_processes 2$/m)
    expect(text).toMatch(/^keyporter_lease_held 2$/m)
  })

  it('replace one that was killed; the other serves all the while', async () => {
    const [victim, other] = listChildren(server.child.pid!)
    process.kill(victim!, 'SIGKILL')
    const answers = await callEvery(server.url, '/api/v0/users/current/', adminSecret, 20)
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    const workers = await until(
      async () => listChildren(server.child.pid!),
      (pids) => pids.length === 2 && !pids.includes(victim!),
    )
    expect(workers).toContain(other)
    const verifiers = await until(
      async () => (await listVerifiers(server.url)).map(pidOf),
      (pids) => pids.length === 2 && !pids.includes(victim!),
    )
    expect(verifiers.sort()).toEqual(workers.sort())
    expect(server.written.stderr).toMatch(new RegExp(`"worker":${victim}.*"a worker ended and is replaced"`))
  })

  it('take over what was on its way to one that died', async () => {
    const workers = await until(
      async () => listChildren(server.child.pid!),
      (pids) => pids.length === 2,
    )
    await until(
      () => listVerifiers(server.url),
      (rows) => rows.length === 2,
    )
    const { hostname, port } = new URL(server.url)
    for (const pid of workers) process.kill(pid, 'SIGSTOP')
    // With every worker standing still, each is being handed one connection, and waits.
    const sockets = Array.from({ length: 2 }, () => {
      const socket = connect(Number(port), hostname).on('error', () => {})
      socket.write('GET /keyporter/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      return new Promise<string>((resolve) => {
        let text = ''
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.once('close', () => resolve(text.slice(0, 12)))
      })
    })
    await delay(300)
    process.kill(workers[0]!, 'SIGKILL')
    process.kill(workers[1]!, 'SIGCONT')
    const ends = await Promise.race([Promise.all(sockets), delay(5000, 'nothing')])
    expect(ends).not.toBe('nothing')
    expect(ends).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
    await until(
      async () => listChildren(server.child.pid!).length,
      (count) => count === 2,
    )
  })

  it('go when their primary is killed', async () => {
    const own = await serve(makePlace().folder)
    const workers = listChildren(own.child.pid!)
    own.child.kill('SIGKILL')
    // Its stderr is closed when the last of them has ended.
    expect(await own.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await until(
      async () => workers.filter(isRunning),
      (left) => left.length === 0,
    )
  })

  it('are one process with KEYPORTER_WORKERS=1', async () => {
    const own = await serve(makePlace().folder, { KEYPORTER_WORKERS: '1' })
    expect(listChildren(own.child.pid!)).toEqual([])
    own.child.kill('SIGTERM')
    expect(await own.ended).toEqual({ code: 0, signal: null })
  })

  it('share out the failures that one address may make', async () => {
    const own = await serve(makePlace().folder, { KEYPORTER_FAILED_AUTH_BURST: '4' })
    const answers = await callEvery(own.url, '/api/v0/users/current/', `kp_${'0'.repeat(49)}`, 8)
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401).length).toBe(4)
    expect(statuses.filter((status) => status === 429).length).toBe(4)
  })
})

describe('a start', () => {
  it('that cannot listen ends with 1, and says so once', async () => {
    const { port } = new URL(server.url)
    const { stdout, stderr, exitCode } = await makePlace().run(['serve'], {
      env: { KEYPORTER_PORT: port, KEYPORTER_WORKERS: '3', KEYPORTER_LOG_LEVEL: 'silent' },
    })
    expect([stdout, exitCode]).toEqual(['', 1])
    expect(stderr.split('\n').filter((line) => line.startsWith('keyporter: error: '))).toEqual([
      expect.stringContaining('EADDRINUSE'),
    ])
    expect(stderr).toContain('keyporter: hint: another program listens there')
  })
})

it('workers that cannot be started again end the primary with 1, once none is left', async () => {
  const { folder } = makePlace()
  const own = await serve(folder)
  renameSync(join(folder, 'data/pepper'), join(folder, 'data/elsewhere'))
  for (const pid of listChildren(own.child.pid!)) process.kill(pid, 'SIGKILL')
  expect(await Promise.race([own.ended, delay(60_000, 'running', { ref: false })])).toEqual({ code: 1, signal: null })
  expect(own.written.stderr).toMatch(/keyporter: error: .*the pepper that they were made under is not given/)
}, 70_000)

describe('a stop', () => {
  it('ends with 0 at SIGTERM, signs its verifiers off, and prints no key at the next start', async () => {
    const { folder } = makePlace()
    const first = await serve(folder)
    const secret = /kp_\w+/.exec(first.written.stdout)![0]
    await until(
      async () => (await call(first.url, '/keyporter/verifiers', { secret })).body.verifiers.length,
      (count) => count === 2,
    )
    first.child.kill('SIGTERM')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    const second = await serve(folder)
    expect(second.written.stdout).toBe('')
    const { verifiers } = (await call(second.url, '/keyporter/verifiers', { secret })).body
    // None is left over from before.
    expect(verifiers.every((each: { host: string }) => listChildren(second.child.pid!).includes(pidOf(each)))).toBe(
      true,
    )
    second.child.kill('SIGINT')
    expect(await second.ended).toEqual({ code: 0, signal: null })
    expect(second.written.stdout).toBe('')
  })

  it('replaces a worker that is told to end by itself', async () => {
    const [worker] = listChildren(server.child.pid!)
    process.kill(worker!, 'SIGTERM')
    await until(
      async () => listChildren(server.child.pid!),
      (pids) => pids.length === 2 && !pids.includes(worker!),
    )
  })
})

describe('several workers with an upstream', () => {
  it('share a second port for the console, also after one was replaced, and end both', async () => {
    const own = makePlace()
    const served = await serve(own.folder, { KEYPORTER_UPSTREAM: 'http://127.0.0.1:1' })
    const [, origin, token] = /sign-in link: (http\S+)\/sign-in#token=(\S+)\n/.exec(served.written.stdout)!
    expect(origin).not.toBe(served.url)
    const page = { 'X-Keyporter-Console': '1', Origin: origin!, 'Content-Type': 'application/json' }
    const body = JSON.stringify({ token, password: 'correct horse battery' })
    const signedIn = await fetch(`${origin}/keyporter/sign-in/link`, { method: 'POST', headers: page, body })
    expect(signedIn.status).toBe(200)
    const headers = { ...page, Cookie: signedIn.headers.get('set-cookie')!.split(';')[0]!, Connection: 'close' }
    const askAll = () =>
      Promise.all(
        Array.from({ length: 8 }, () => fetch(`${origin}/keyporter/whoami`, { headers }).then((r) => r.status)),
      )
    expect(new Set(await askAll())).toEqual(new Set([200]))
    const [victim] = listChildren(served.child.pid!)
    process.kill(victim!, 'SIGKILL')
    await until(
      async () => listChildren(served.child.pid!),
      (pids) => pids.length === 2 && !pids.includes(victim!),
    )
    expect(new Set(await askAll())).toEqual(new Set([200]))
    served.child.kill('SIGTERM')
    expect(await served.ended).toEqual({ code: 0, signal: null })
    await expect(fetch(origin!)).rejects.toThrow('fetch failed')
  })
})
