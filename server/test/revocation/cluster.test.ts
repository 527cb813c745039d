/**
 * Two servers, each a process of its own, on one database: what one has answered holds on the other for every request that
 * begins after that answer.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mainFile, makeEnvironment, makeWorkplace, type Workplace } from '../cli/run-command.js'
import { makeEmptyDatabase } from '../database.js'

interface Server {
  readonly url: string
  readonly child: ChildProcess
  /** What it has written to stdout. */
  said(): string
}

const leaseMs = 2_000

async function serve(place: Workplace, settings: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, [mainFile, 'serve'], {
    cwd: place.folder,
    env: makeEnvironment(place.folder, {
      KEYPORTER_PORT: '0',
      KEYPORTER_WORKERS: '1',
      KEYPORTER_PEPPER: 'the pepper of the tests is long enough',
      KEYPORTER_LEASE: String(leaseMs),
      ...settings,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      written += text
      const found = /"url":"(http:[^"]+)"/.exec(written)
      if (found) resolve(found[1]!)
    })
    child.once('exit', () => reject(new Error(`the server ended; it wrote:\n${written}`)))
  })
  return { url, child, said: () => said }
}

async function call(server: Server, method: string, path: string, secret: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & { id: number; key: string },
  }
}

const dialects: readonly [string, (place: Workplace) => Promise<Record<string, string>>][] = [
  ['one PostgreSQL', async () => ({ KEYPORTER_DATABASE: await makeEmptyDatabase() })],
  ['one SQLite file', async (place) => ({ KEYPORTER_DATA_DIR: `${place.folder}/data` })],
]

describe.each(dialects)('two servers on %s', (_name, prepare) => {
  const place = makeWorkplace()
  const servers: Server[] = []
  let admin: string

  beforeAll(async () => {
    const settings = await prepare(place)
    servers.push(await serve(place, settings))
    servers.push(await serve(place, settings))
    admin = /admin key: (\S+)\n/.exec(servers[0]!.said())![1]!
  })
  afterAll(async () => {
    await Promise.all(
      servers.map(({ child }) => {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        return ended
      }),
    )
    place.remove()
  })

  const keysPath = '/api/v0/auth/apikeys/'
  const whoami = (server: Server, secret: string) => call(server, 'GET', '/api/v0/users/current/', secret)
  /** A key that both servers know and have in memory. */
  const issue = async () => {
    const { status, body } = await call(servers[0]!, 'POST', keysPath, admin, {
      name: 'k',
      permissions: { api: { user_read: {}, user_write: {} } },
    })
    expect(status).toBe(200)
    for (const server of servers) expect((await whoami(server, body.key)).status).toBe(200)
    return body
  }

  it('announce the first key once', () => {
    const [first, second] = servers.map(({ said }) => said())
    expect(first).toMatch(/^admin key: \S+\nsign-in link: \S+\n$/)
    expect(second).toBe('')
  })

  it('refuse on one what was deleted on the other, from the very next request on', async () => {
    const waits: number[] = []
    for (let i = 0; i < 20; i++) {
      const [here, there] = i % 2 === 0 ? servers : [...servers].reverse()
      const { id, key } = await issue()
      const startedAt = performance.now()
      expect((await call(here!, 'DELETE', `${keysPath}${id}/`, admin)).status).toBe(200)
      waits.push(performance.now() - startedAt)
      expect((await whoami(there!, key)).status).toBe(401)
      expect((await whoami(here!, key)).status).toBe(401)
    }
    waits.sort((a, b) => a - b)
    // Far below the lease, which is what it would take if either had to be waited for.
    expect(waits[10]).toBeLessThan(leaseMs / 4)
  })

  it('refuse on one the secret that was reset on the other, and accept the new one', async () => {
    const { id, key } = await issue()
    const reset = await call(servers[0]!, 'PUT', `${keysPath}${id}/reset/`, admin)
    expect(reset.status).toBe(200)
    expect((await whoami(servers[1]!, key)).status).toBe(401)
    expect((await whoami(servers[1]!, reset.body.key)).status).toBe(200)
  })

  it('hold on one what was narrowed on the other', async () => {
    const { id, key } = await issue()
    const narrowed = { permissions: { api: { user_write: {} } } }
    expect((await call(servers[1]!, 'PUT', `${keysPath}${id}/`, admin, narrowed)).status).toBe(200)
    expect((await whoami(servers[0]!, key)).status).toBe(403)
  })

  describe('and sessions', () => {
    const password = 'correct horse battery'
    const email = 'admin@localhost'
    const visit = async (server: Server, method: string, path: string, cookie: string, body?: unknown) => {
      const response = await fetch(server.url + path, {
        method,
        headers: {
          'X-Keyporter-Console': '1',
          Origin: server.url,
          'Content-Type': 'application/json',
          Cookie: `keyporter_session=${cookie}`,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const [, set = ''] = /=([\w-]+);/.exec(response.headers.get('set-cookie') ?? '') ?? []
      const answer = (await response.json()) as { session_id: number; reason?: string }
      return { status: response.status, body: answer, cookie: set }
    }
    /** Signed in on one; both have it in memory. */
    const signIn = async (server: Server) => {
      const { status, body, cookie } = await visit(server, 'POST', '/keyporter/sign-in', '', { email, password })
      expect(status).toBe(200)
      for (const each of servers) expect((await visit(each, 'GET', '/keyporter/whoami', cookie)).status).toBe(200)
      return { id: body.session_id, cookie }
    }
    const reasonOf = async (server: Server, cookie: string) => {
      const { status, body } = await visit(server, 'GET', '/keyporter/whoami', cookie)
      return [status, body.reason]
    }

    beforeAll(async () => {
      const [, token] = /#token=([\w-]+)\n/.exec(servers[0]!.said())!
      // Either of them takes the link that one has made.
      expect((await visit(servers[1]!, 'POST', '/keyporter/sign-in/link', '', { token, password })).status).toBe(200)
      expect((await visit(servers[0]!, 'POST', '/keyporter/sign-in/link', '', { token, password })).status).toBe(401)
    })

    it('are over on one when they were revoked or signed out on the other, from the very next request on', async () => {
      for (let i = 0; i < 5; i++) {
        const [here, there] = (i % 2 === 0 ? servers : [...servers].reverse()) as [Server, Server]
        const [kept, revoked, left] = [await signIn(here), await signIn(here), await signIn(there)]
        expect((await visit(here, 'DELETE', `/api/v0/auth/sessions/${revoked.id}/`, kept.cookie)).status).toBe(200)
        expect(await reasonOf(there, revoked.cookie)).toEqual([401, 'revoked'])
        expect((await visit(here, 'POST', '/keyporter/sign-out', left.cookie, {})).status).toBe(200)
        expect(await reasonOf(there, left.cookie)).toEqual([401, 'revoked'])
        expect(await reasonOf(there, kept.cookie)).toEqual([200, undefined])
      }
    })

    it('are over on one when the password was changed on the other', async () => {
      const [own, other] = [await signIn(servers[0]!), await signIn(servers[1]!)]
      const body = { current_password: password, password: 'another good one' }
      expect((await visit(servers[0]!, 'PUT', '/keyporter/password', own.cookie, body)).status).toBe(200)
      expect(await reasonOf(servers[1]!, other.cookie)).toEqual([401, 'revoked'])
      expect(await reasonOf(servers[1]!, own.cookie)).toEqual([200, undefined])
    })
  })
})
