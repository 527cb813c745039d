// The whole program on a real database: `serve` as one process, commands as others.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mainFile, makeEnvironment, makeWorkplace, type Ran, type Workplace } from './run-command.js'

interface Served {
  url: string
  child: ChildProcess
  written: { stdout: string; stderr: string }
  ended: Promise<{ code: number | null; signal: string | null }>
}

const started: Served[] = []
const places: Workplace[] = []

function makePlace(): Workplace {
  const made = makeWorkplace()
  places.push(made)
  return made
}

/** Starts a server in a folder; resolves when its log says where it listens. */
async function serve(folder: string, settings: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, [mainFile, 'serve'], {
    cwd: folder,
    env: makeEnvironment(folder, { KEYPORTER_PORT: '0', ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  const server = { child, written, ended }
  started.push({ url: '', ...server })
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      written.stderr += text
      const found = /"url":"(http:[^"]+)"/.exec(written.stderr)
      if (found) resolve(found[1]!)
    })
    ended.then(() => reject(new Error(`the server ended; it wrote:\n${written.stderr}`)))
  })
  return { url, ...server }
}

/** Members that some answer of --json has. */
interface Answer {
  id: number
  key: string
  apikeys: unknown[]
  account: { id: number }
  sign_in_link: string
}

let place: Workplace
let server: Served
let adminSecret: string
const issued: string[] = []
const runs: Ran[] = []

beforeAll(async () => {
  place = makePlace()
  server = await serve(place.folder)
  while (!server.written.stdout.includes('\nsign-in link: ')) await delay(10)
  adminSecret = /^admin key: (kp_[0-9A-Za-z]{49})\nsign-in link: \S+\n$/.exec(server.written.stdout)![1]!
  issued.push(adminSecret)
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  for (const made of places) made.remove()
})

async function run(argv: string[], secret: string | null = adminSecret): Promise<Ran> {
  const env = { KEYPORTER_URL: server.url, ...(secret !== null && { KEYPORTER_API_KEY: secret }) }
  const ran = await place.run(argv, { env })
  runs.push(ran)
  return ran
}

async function runJson(argv: string[], secret: string | null = adminSecret): Promise<Answer> {
  const { stdout, stderr, exitCode } = await run([...argv, '--json'], secret)
  expect([stderr, exitCode]).toEqual(['', 0])
  return JSON.parse(stdout)
}

async function createKey(permissions: unknown, ...options: string[]): Promise<{ id: string; secret: string }> {
  writeFileSync(join(place.folder, 'p.json'), JSON.stringify(permissions))
  const { id, key } = await runJson(['create', 'api-key', '--permission_file', 'p.json', ...options])
  issued.push(key)
  return { id: String(id), secret: key }
}

const reader = { api: { user_read: {} } }

describe('keys of a running server', () => {
  it('a scoped key does what its permissions say, and 403 ends with 3', async () => {
    const key = await createKey(reader, '--name', 'reader')
    expect((await run(['show', 'user'], key.secret)).stdout).toContain('email     admin@localhost\n')
    const refused = await run(['create', 'api-key'], key.secret)
    expect([refused.stdout, refused.exitCode]).toEqual(['', 3])
    expect(refused.stderr).toMatch(
      /error: This key lacks the permission user_write .*\(403 not_authorized, permission, request /,
    )
    expect(await runJson(['whoami'], key.secret)).toMatchObject({
      key: { id: Number(key.id), name: 'reader', permissions: reader, rights: 'scoped' },
      account: { id: 1, operator: true },
    })
  })

  it('prints a secret that works, alone on stdout', async () => {
    const { stdout } = await run(['create', 'api-key', '--name', 'plain'])
    const secret = stdout.trim()
    issued.push(secret)
    expect(stdout).toMatch(/^kp_[0-9A-Za-z]{49}\n$/)
    expect((await run(['show', 'user'], secret)).exitCode).toBe(0)
  })

  it('a disabled, an expired, a narrowed and a deleted key are refused, an enabled one is not', async () => {
    const { id, secret } = await createKey(reader)
    const tryIt = async () => {
      const { stderr, exitCode } = await run(['show', 'user'], secret)
      return [exitCode, /\(40. \w+, (\w+)/.exec(stderr)?.[1]]
    }
    expect(await tryIt()).toEqual([0, undefined])
    await runJson(['update', 'api-key', id, '--disable'])
    expect(await tryIt()).toEqual([3, 'disabled'])
    await runJson(['update', 'api-key', id, '--enable', '--ip-whitelist', '192.0.2.0/24'])
    expect(await tryIt()).toEqual([3, 'address'])
    const changed = await runJson(['update', 'api-key', id, '--ip-whitelist', 'none', '--not-before', '2099-01-01'])
    expect(changed).toMatchObject({ disabled: false, ip_whitelist: null, not_before: Date.UTC(2099, 0, 1) / 1000 })
    expect(await tryIt()).toEqual([3, 'not_yet'])
    await runJson(['update', 'api-key', id, '--not-before', 'none', '--expires-in', '1s'])
    await delay(1100)
    expect(await tryIt()).toEqual([3, 'expired'])
    expect(await runJson(['update', 'api-key', id, '--no-expiry'])).toMatchObject({ expires_at: null })
    expect(await tryIt()).toEqual([0, undefined])
    expect(await runJson(['delete', 'api-key', id])).toEqual({ success: true, id: Number(id) })
    expect(await tryIt()).toEqual([3, 'deleted'])
  })

  it('a reset key goes on with its new secret alone', async () => {
    const { id, secret } = await createKey({ api: { user_read: {}, user_write: {} } })
    const { stdout } = await run(['reset', 'api-key'], secret)
    issued.push(stdout.trim())
    expect((await run(['show', 'user'], secret)).stderr).toContain('(401 auth_error, reset, request ')
    expect(await runJson(['whoami'], stdout.trim())).toMatchObject({ key: { id: Number(id) } })
    const again = await runJson(['reset', 'api-key', id])
    issued.push(again.key)
    expect((await run(['show', 'user'], stdout.trim())).exitCode).toBe(3)
    expect((await run(['show', 'user'], again.key)).exitCode).toBe(0)
  })

  it('explains a decision without carrying anything out', async () => {
    const { id } = await createKey(reader)
    expect(await runJson(['explain', id, 'DELETE', '/api/v0/instances/1227/'])).toMatchObject({
      key_id: Number(id),
      allowed: false,
      status: 403,
      error: 'not_authorized',
      reason: 'permission',
      endpoint: 'api.instance.destroy',
      smallest: { api: { instance_write: { 'api.instance.destroy': { constraints: { id: { eq: 1227 } } } } } },
    })
    expect((await run(['explain', id, 'GET', '/api/v0/users/current/'])).stdout).toMatch(/^answer +allowed\n/)
    expect((await run(['explain', '4711', 'GET', '/'])).exitCode).toBe(1)
  })

  it('lists and shows what is there', async () => {
    const { apikeys } = await runJson(['show', 'api-keys'])
    expect(apikeys[0]).toMatchObject({ id: 1, primary: true, rights: 'full' })
    expect((await run(['show', 'api-keys'])).stdout).toMatch(/^ID +NAME +KEY +RIGHTS/)
    expect((await run(['show', 'api-key', '1'])).stdout).toContain('rights          full, primary\n')
    expect(await runJson(['show', 'catalog', '--category', 'user_read'], null)).toMatchObject({
      endpoints: expect.arrayContaining([expect.objectContaining({ id: 'api.apikey.list', category: 'user_read' })]),
    })
    expect((await run(['show', 'catalog'], null)).stdout).toMatch(/^instance_write +api\.instance\.destroy +DELETE/m)
  })

  it('refuses an unknown permission with the message of the server', async () => {
    writeFileSync(join(place.folder, 'p.json'), '{"api":{"instance_reed":{}}}')
    const { stdout, stderr, exitCode } = await run(['create', 'api-key', '--permission-file', 'p.json'])
    expect([stdout, exitCode]).toEqual(['', 1])
    expect(stderr).toMatch(/error: .*instance_reed.*\(400 invalid_permissions, request /)
    expect(stderr).toContain('hint: `keyporter show catalog`')
  })
})

describe('the local database, beside a running server', () => {
  it('issues another admin key', async () => {
    const { stdout, stderr, exitCode } = await run(['admin-key'], null)
    issued.push(stdout.trim())
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringMatching(/^keyporter: issued key \d+; the secret is shown this once\n$/),
    ])
    expect(stdout).toMatch(/^kp_[0-9A-Za-z]{49}\n$/)
    expect(await runJson(['whoami'], stdout.trim())).toMatchObject({
      key: { rights: 'full' },
      account: { operator: true },
    })
  })

  it('makes, suspends and resumes an account, by id and by e-mail', async () => {
    const made = await runJson(['create', 'account', '--email', 'ada@example.com'], null)
    issued.push(made.key, /#token=(.*)$/.exec(made.sign_in_link)![1]!)
    expect(made).toMatchObject({ success: true, account: { email: 'ada@example.com', suspended_at: null } })
    const tryIt = async () => (await run(['show', 'user'], made.key)).exitCode
    expect(await tryIt()).toBe(0)
    expect((await run(['suspend', 'account', 'ada@example.com'], null)).stdout).toMatch(/^suspended +\d{4}-/m)
    expect(await tryIt()).toBe(3)
    const resumed = await runJson(['resume', 'account', String(made.account.id)], null)
    expect(resumed).toMatchObject({ email: 'ada@example.com', suspended_at: null })
    expect(await tryIt()).toBe(0)
  })

  it('makes a sign-in link, alone on stdout, for the operator or another account', async () => {
    const { stdout, stderr, exitCode } = await run(['sign-in-link'], null)
    const [, token] = /^http:\/\/127\.0\.0\.1:\d+\/sign-in#token=([\w-]{43})\n$/.exec(stdout)!
    issued.push(token!)
    expect([stderr, exitCode]).toEqual([
      'keyporter: made a sign-in link for account 1 (admin@localhost); it is good once, and for a day\n',
      0,
    ])
    const other = await runJson(['sign-in-link', '--account', 'ada@example.com'], null)
    issued.push(/#token=(.*)$/.exec(other.sign_in_link)![1]!)
    expect(other).toMatchObject({ success: true, account: { email: 'ada@example.com' } })
  })

  const refused: [string[], number, RegExp][] = [
    [['sign-in-link', '--account', 'nobody@example.com'], 1, /error: Account not found/],
    [['create', 'account', '--email', 'admin@localhost'], 1, /error: email: another account has this address\.$/],
    [['create', 'account', '--email', 'nonsense'], 1, /error: email must be an address like name@example\.com/],
    [['create', 'account'], 2, /required option '--email <email>' not specified/],
    [['suspend', 'account', '4711'], 1, /error: Account not found/],
    [['resume', 'account', 'nobody@example.com'], 1, /error: Account not found/],
  ]
  it.each(refused)('refuses %j', async (argv, exitCode, problem) => {
    const ran = await run(argv, null)
    expect([ran.stdout, ran.exitCode]).toEqual(['', exitCode])
    expect(ran.stderr.split('\n')[0]).toMatch(problem)
  })

  it('makes no database where there is none', async () => {
    const elsewhere = makePlace()
    const { stderr, exitCode } = await elsewhere.run(['admin-key'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`there is no data folder ${join(elsewhere.folder, 'data')}`)
  })
})

describe('serve', () => {
  it('refuses a setting that it cannot use with 2, and names it', async () => {
    const { stdout, stderr, exitCode } = await place.run(['serve'], { env: { KEYPORTER_PORT: 'many' } })
    expect([stdout, exitCode]).toEqual(['', 2])
    expect(stderr).toMatch(/^keyporter: error: KEYPORTER_PORT is "many"/)
  })

  it('says which port is taken', async () => {
    const { port } = new URL(server.url)
    const { stdout, stderr, exitCode } = await place.run(['serve'], { env: { KEYPORTER_PORT: port } })
    expect([stdout, exitCode]).toEqual(['', 1])
    expect(stderr).toMatch(/keyporter: error: .*EADDRINUSE/)
    expect(stderr).toContain('keyporter: hint: another program listens there')
  })

  it('ends with 0 at SIGTERM and at SIGINT, and announces the first key and link only once', async () => {
    const folder = makePlace()
    for (const [signal, stdout] of [
      ['SIGTERM', /^admin key: kp_\w+\nsign-in link: \S+\n$/],
      ['SIGINT', /^$/],
    ] as const) {
      const own = await serve(folder.folder)
      own.child.kill(signal)
      expect(await own.ended).toEqual({ code: 0, signal: null })
      expect(own.written.stdout).toMatch(stdout)
      issued.push(...(own.written.stdout.match(/kp_\w+/g) ?? []))
      runs.push({ stdout: '', stderr: own.written.stderr, exitCode: 0, signal: null })
    }
  })

  it('ends at once at a second signal, which two at the same moment are not', async () => {
    const folder = makePlace()
    const own = await serve(folder.folder)
    // A request that never ends keeps the server from closing.
    const { hostname, port } = new URL(own.url)
    const socket = connect(Number(port), hostname).on('error', () => {})
    socket.write('GET /keyporter/healthz HTTP/1.1\r\n')
    await delay(200)
    own.child.kill('SIGINT')
    await delay(50)
    own.child.kill('SIGINT')
    expect(await Promise.race([own.ended, delay(1000, 'running')])).toBe('running')
    own.child.kill('SIGINT')
    expect(await own.ended).toEqual({ code: null, signal: 'SIGINT' })
    socket.destroy()
  })
})

it('no secret that was issued is in any word on stderr', () => {
  expect(issued.length).toBeGreaterThan(10)
  const words = runs.map(({ stderr }) => stderr).join('') + server.written.stderr
  for (const secret of issued) expect(words.includes(secret)).toBe(false)
})
