import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminSecret, answer, mintedSecret, startWireServer, type WireServer } from '../../../sdk/test/wire-server.js'
import { makeWorkplace, type Workplace } from './run-command.js'

let server: WireServer
let place: Workplace

beforeEach(async () => {
  server = await startWireServer()
  place = makeWorkplace(() => ({ KEYPORTER_URL: server.url, KEYPORTER_API_KEY: adminSecret }))
})

afterEach(async () => {
  place.remove()
  await server.close()
})

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(place.folder, name), typeof value === 'string' ? value : JSON.stringify(value))
}

const scoped = { api: { misc: {}, user_read: {} } }

describe('create api-key', () => {
  it('prints the secret alone on stdout, and words on stderr', async () => {
    writeJson('p.json', scoped)
    expect(await place.run(['create', 'api-key', '--name', 'ci', '--permission-file', 'p.json'])).toEqual({
      stdout: `${mintedSecret}\n`,
      stderr: 'keyporter: created key 42 (ci); the secret is shown this once\n',
      exitCode: 0,
      signal: null,
    })
    expect(JSON.parse(server.received[0]!.body)).toEqual({ name: 'ci', permissions: scoped })
  })

  it('prints the key as the wire has it, as one JSON value, with --json', async () => {
    writeJson('p.json', scoped)
    const { stdout, stderr, exitCode } = await place.run(['--json', 'create', 'api-key', '--permission_file', 'p.json'])
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout.split('\n')).toHaveLength(2)
    expect(JSON.parse(stdout)).toMatchObject({
      success: true,
      id: 42,
      key: mintedSecret,
      api_key: mintedSecret,
      name: null,
      permissions: scoped,
      created_at: 1_700_000_000,
      expires_at: null,
    })
  })

  it('says that a key without a permission file gets all rights of its creator', async () => {
    const { stdout, stderr } = await place.run(['create', 'api-key'])
    expect(stdout).toBe(`${mintedSecret}\n`)
    expect(stderr).toBe(
      'keyporter: warning: no permission file: the key gets all rights of the key that creates it\n' +
        'keyporter: hint: narrow it with --permission-file\n' +
        'keyporter: created key 42; the secret is shown this once\n',
    )
    const asJson = await place.run(['create', 'api-key', '--json'])
    expect(JSON.parse(asJson.stderr)).toEqual({
      warning: 'no permission file: the key gets all rights of the key that creates it',
      hint: 'narrow it with --permission-file',
    })
    expect(server.received.map(({ body }) => JSON.parse(body))).toEqual([{ name: null }, { name: null }])
  })

  it('sends every option in the words of the wire', async () => {
    writeJson('p.json', scoped)
    const argv = ['create', 'api-key', '--permission_file', 'p.json', '--key_params', '{"id": 5}', '--expires-in', '2w']
    await place.run([...argv, '--not-before', '2027-01-31', '--ip-whitelist', '10.0.0.0/8, ::1', '--disabled'])
    await place.run(['create', 'api-key', '--key-params', '{}', '--expires-at', '1800000000'])
    await place.run(['create', 'api-key', '--expires-at', '2027-01-31T12:00:00+02:00'])
    expect(server.received.map(({ body }) => JSON.parse(body))).toEqual([
      {
        name: null,
        permissions: scoped,
        key_params: '{"id": 5}',
        expires_in: 1_209_600,
        not_before: Date.UTC(2027, 0, 31) / 1000,
        ip_whitelist: ['10.0.0.0/8', '::1'],
        disabled: true,
      },
      { name: null, key_params: '{}', expires_at: 1_800_000_000 },
      { name: null, expires_at: Date.UTC(2027, 0, 31, 10) / 1000 },
    ])
  })

  const bad: [string, string[], RegExp][] = [
    ['a permission file that is not there', ['--permission-file', 'none.json'], /none\.json cannot be read \(ENOENT\)/],
    ['a permission file that is not JSON', ['--permission-file', 'bad.json'], /bad\.json is not JSON: .*offset/],
    ['a permission file with a repeated member', ['--permission-file', 'twice.json'], /a member is repeated/],
    [
      'a permission file without an object',
      ['--permission-file', 'list.json'],
      /list\.json does not hold a JSON object/,
    ],
    [
      'an instant without a zone',
      ['--expires-at', '2027-01-31T12:00'],
      /'--expires-at <instant>' argument .* is invalid/,
    ],
    ['a day that does not exist', ['--expires-at', '2027-13-01'], /--expires-at/],
    ['a duration without a number', ['--expires-in', 'soon'], /a number with s, m, h, d or w/],
    ['two ends', ['--expires-in', '1d', '--expires-at', '2027-01-31'], /cannot be used with/],
    ['an empty address list', ['--ip-whitelist', ''], /CIDR blocks separated by commas/],
    ['an option that it does not have', ['--permissions', '{}'], /unknown option '--permissions'/],
    ['an argument too many', ['extra'], /too many arguments/],
  ]
  it.each(bad)('refuses %s and sends nothing', async (_words, options, problem) => {
    writeJson('bad.json', `{"api": ${adminSecret}`)
    writeJson('twice.json', '{"api":{},"api":{"misc":{}}}')
    writeJson('list.json', [])
    const { stdout, stderr, exitCode } = await place.run(['create', 'api-key', ...options])
    expect([stdout, exitCode]).toEqual(['', 2])
    expect(stderr).toMatch(problem)
    expect(stderr).not.toContain(adminSecret)
    expect(server.received).toEqual([])
  })

  it('hands over the secret of a key whose storing could not be confirmed, and fails', async () => {
    const unknown = {
      success: false,
      error: 'outcome_unknown',
      msg: 'The outcome is not known.',
      id: 9,
      key: mintedSecret,
    }
    server.answerNext(answer(500, unknown), answer(500, unknown))
    const { stdout, stderr, exitCode } = await place.run(['create', 'api-key', '--name', 'x'])
    expect([stdout, exitCode]).toEqual([`${mintedSecret}\n`, 1])
    expect(stderr).toContain('keyporter: if key 9 was kept, this is its secret\n')
    expect(stderr).toContain('keyporter: error: The outcome is not known. (500 outcome_unknown')
    expect(stderr).not.toContain(mintedSecret)
    const asJson = await place.run(['--json', 'create', 'api-key', '--name', 'x'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      success: false,
      error: 'outcome_unknown',
      id: 9,
      key: mintedSecret,
    })
    expect(asJson.stderr).not.toContain(mintedSecret)
  })
})

describe('show', () => {
  it('lists keys as a plain table', async () => {
    await place.run(['create', 'api-key', '--name', 'ci', '--expires-at', '2100-01-02T03:04:05Z'])
    const { stdout, stderr, exitCode } = await place.run(['show', 'api-keys'])
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout).toBe(
      'ID  NAME   KEY       RIGHTS  STATE   EXPIRES            LAST USED\n' +
        '1   admin  kp_…00bb  full    active  never              never\n' +
        '42  ci     kp_…00bb  scoped  active  2100-01-02 03:04Z  never\n',
    )
  })

  it('lists keys as the wire has them with --json', async () => {
    const { stdout } = await place.run(['show', 'api-keys', '--json'])
    const { apikeys } = JSON.parse(stdout)
    expect(apikeys).toHaveLength(1)
    expect(apikeys[0]).toMatchObject({ id: 1, name: 'admin', created_at: 1_700_000_000, primary: true })
  })

  it('shows one key with its permissions', async () => {
    const { stdout } = await place.run(['show', 'api-key', '1'])
    expect(stdout).toContain('id              1\n')
    expect(stdout).toContain('rights          full, primary\n')
    expect(stdout).toContain('created         2023-11-14T22:13:20Z\n')
    expect(stdout).toMatch(/permissions\n\{\n {2}"api": \{\n {4}"misc": \{\}\n {2}\}\n\}\n$/)
  })

  it('shows control characters of names as escapes and cuts long names', async () => {
    const name = `\u001b[31mred\u0007\n\u202e${'x'.repeat(60)}`
    await place.run(['create', 'api-key', '--name', name, '--key_params', '{"a":"\u009b\u202e"}'])
    const list = await place.run(['show', 'api-keys'])
    const one = await place.run(['show', 'api-key', '42'])
    const json = await place.run(['show', 'api-key', '42', '--json'])
    for (const { stdout } of [list, one, json]) {
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      expect(stdout).toContain('\\u001b[31mred\\u0007')
    }
    expect(one.stdout).toContain('\\u009b\\u202e')
    expect(list.stdout.split('\n')).toHaveLength(4)
    expect(list.stdout).toContain('…')
    expect(JSON.parse(json.stdout).name).toBe(name)
  })

  it('keeps columns aligned under wide characters', async () => {
    await place.run(['create', 'api-key', '--name', '鍵の名前'])
    const lines = (await place.run(['show', 'api-keys'])).stdout.split('\n')
    expect(lines[1]).toMatch(/^1 {3}admin {5}kp_/)
    expect(lines[2]).toMatch(/^42 {2}鍵の名前 {2}kp_/)
  })

  it.each(['0', '007', '1e3', '-1', 'x', '9999999999999999'])('refuses the id %s', async (id) => {
    const { stderr, exitCode } = await place.run(['show', 'api-key', id])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/keyporter: error: .*(whole number|unknown option)/)
    expect(server.received).toEqual([])
  })

  it('fails with the message of the server and a hint for a key that is not there', async () => {
    expect(await place.run(['show', 'api-key', '77'])).toEqual({
      stdout: '',
      stderr:
        'keyporter: error: API Key not found. (404 not_found, request req-404)\n' +
        'keyporter: hint: `keyporter show api-keys` lists the keys of this account\n',
      exitCode: 1,
      signal: null,
    })
  })
})

describe('update, delete, reset', () => {
  const changes: [string[], unknown][] = [
    [['--name', 'new'], { name: 'new' }],
    [['--permission_file', 'p.json'], { permissions: scoped }],
    [['--disable'], { disabled: true }],
    [['--enable'], { disabled: false }],
    [['--expires-at', '2027-01-31'], { expires_at: Date.UTC(2027, 0, 31) / 1000 }],
    [['--expires-at', 'none'], { expires_at: null }],
    [['--no-expiry'], { expires_at: null }],
    [['--not-before', 'none', '--ip-whitelist', 'none'], { not_before: null, ip_whitelist: null }],
    [['--ip_whitelist', '10.0.0.1,10.0.0.2'], { ip_whitelist: ['10.0.0.1', '10.0.0.2'] }],
  ]
  it.each(changes)('update api-key 1 %j sends just that', async (options, body) => {
    writeJson('p.json', scoped)
    const { stderr, stdout, exitCode } = await place.run(['update', 'api-key', '1', ...options])
    expect([stderr, exitCode]).toEqual(['keyporter: updated key 1\n', 0])
    expect(stdout).toMatch(/^id +1\n/)
    expect(server.received[0]).toMatchObject({ method: 'PUT', url: '/api/v0/auth/apikeys/1/' })
    expect(JSON.parse(server.received[0]!.body)).toEqual(body)
  })

  it('counts --expires-in from now', async () => {
    await place.run(['update', 'api-key', '1', '--expires-in', '1h'])
    const { expires_at: expiresAt } = JSON.parse(server.received[0]!.body)
    expect(Math.abs(expiresAt - Date.now() / 1000 - 3600)).toBeLessThan(20)
  })

  it.each([[[]], [['--disable', '--enable']], [['--no-expiry', '--expires-in', '1d']]])(
    'update api-key refuses the options %j',
    async (options) => {
      expect((await place.run(['update', 'api-key', '1', ...options])).exitCode).toBe(2)
      expect(server.received).toEqual([])
    },
  )

  it('deletes a key and prints nothing on stdout', async () => {
    await place.run(['create', 'api-key'])
    const deleted = { stdout: '', stderr: 'keyporter: deleted key 42\n', exitCode: 0, signal: null }
    expect(await place.run(['delete', 'api-key', '42'])).toEqual(deleted)
    await place.run(['create', 'api-key'])
    const asJson = await place.run(['delete', 'api-key', '42', '--json'])
    expect([JSON.parse(asJson.stdout), asJson.stderr]).toEqual([{ success: true, id: 42 }, ''])
  })

  it('resets the key in use without an id, and another with one', async () => {
    const own = await place.run(['reset', 'api-key'])
    expect(own.stdout).toBe(`${mintedSecret}\n`)
    expect(own.stderr).toBe(
      'keyporter: reset key 1 (the old secret, from KEYPORTER_API_KEY or VAST_API_KEY, is refused from now on); the secret is shown this once\n',
    )
    const other = await place.run(['reset', 'api-key', '7', '--json'])
    expect(JSON.parse(other.stdout)).toEqual({
      success: true,
      id: 7,
      key: mintedSecret,
      api_key: mintedSecret,
      new_api_key: mintedSecret,
    })
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT /api/v0/commands/reset_apikey/',
      'PUT /api/v0/auth/apikeys/7/reset/',
    ])
  })
})
