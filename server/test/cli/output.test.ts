import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminSecret, answer, startWireServer, type WireServer } from '../../../sdk/test/wire-server.js'
import { mainFile, makeEnvironment, makeWorkplace, type Workplace } from './run-command.js'

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

describe('exit codes', () => {
  const cases: [number, string, number, string][] = [
    [401, 'auth_error', 3, 'Invalid user key'],
    [403, 'not_authorized', 3, 'This key lacks the permission user_read.'],
    [400, 'bad_request', 1, 'No.'],
    [404, 'not_found', 1, 'No.'],
    [409, 'conflict', 1, 'No.'],
    [500, 'internal', 1, 'No.'],
  ]
  it.each(cases)('%i %s ends with %i', async (status, error, exitCode, msg) => {
    const body = { success: false, error, msg, request_id: 'r-9' }
    server.answerNext(answer(status, body), answer(status, body))
    const plain = await place.run(['show', 'user'])
    expect([plain.stdout, plain.exitCode]).toEqual(['', exitCode])
    expect(plain.stderr.split('\n')[0]).toBe(`keyporter: error: ${msg} (${status} ${error}, request r-9)`)
    const asJson = await place.run(['show', 'user', '--json'])
    expect([asJson.stdout, asJson.exitCode]).toEqual(['', exitCode])
    expect(JSON.parse(asJson.stderr)).toMatchObject({ success: false, error, msg, status, request_id: 'r-9' })
  })

  it('no server ends with 1, and a hint', async () => {
    await server.close()
    const { stderr, exitCode } = await place.run(['show', 'user'])
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      `keyporter: error: The request to ${server.url} failed (ECONNREFUSED).\n` +
        'keyporter: hint: is the server running at that address? Give another with --url or KEYPORTER_URL\n',
    )
    server = await startWireServer()
  })

  it('help and version end with 0 and go to stdout', async () => {
    const help = await place.run(['--help'])
    expect([help.stderr, help.exitCode]).toEqual(['', 0])
    for (const command of [
      'serve',
      'admin-key',
      'create',
      'show',
      'update',
      'delete',
      'reset',
      'set',
      'whoami',
      'explain',
      'suspend',
      'resume',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
    }
    expect(await place.run(['--version'])).toMatchObject({
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
      exitCode: 0,
    })
    const create = await place.run(['create', 'api-key', '--help'])
    expect([create.exitCode, create.stderr]).toEqual([0, ''])
    expect(create.stdout).toContain('--permission_file')
  })

  it.each([
    [[]],
    [['create']],
    [['nonsense']],
    [['show', 'nonsense']],
    [['show', 'api-key']],
    [['show', 'user', '--nonsense']],
  ])('the command line %j ends with 2', async (argv) => {
    const plain = await place.run(argv)
    expect([plain.stdout, plain.exitCode]).toEqual(['', 2])
    expect(plain.stderr).toMatch(/^keyporter: error: .+\nkeyporter: hint: .+\n$/m)
    const asJson = await place.run([...argv, '--json'])
    expect([asJson.stdout, asJson.exitCode]).toEqual(['', 2])
    expect(JSON.parse(asJson.stderr)).toMatchObject({ success: false, error: 'usage', hint: expect.any(String) })
  })

  it.each(['nonsense', 'ftp://h', 'http://u:p@h', ''])('the address %j ends with 2', async (url) => {
    const { stderr, exitCode } = await place.run(['show', 'user', '--url', url])
    expect(exitCode).toBe(2)
    expect(stderr).toBe(
      'keyporter: error: url must be an http or https address without user, query or fragment (from --url)\n',
    )
  })
})

describe('secrets', () => {
  it('are in no help, no usage error and no answer of a server that repeats them', async () => {
    const told = { error: 'bad_request', msg: `You sent ${adminSecret}`, reason: adminSecret, request_id: adminSecret }
    server.answerNext(answer(400, told), answer(400, told))
    const runs = [
      ['--help'],
      ['create', 'api-key', '--help'],
      ['show', 'user'],
      ['show', 'user', '--json'],
      ['set', adminSecret],
      [adminSecret],
      ['show', 'user', `--api-keyy=${adminSecret}`],
      ['show', 'user', `--${adminSecret}`],
      ['show', 'user', '--api-keyy', adminSecret],
      ['show', 'api-key', adminSecret],
      ['explain', adminSecret, 'GET', '/'],
      ['create', 'api-key', '--permission-file', adminSecret, '--expires-in', adminSecret],
      ['create', 'api-key', '--permission-file', adminSecret],
      ['explain', '1', 'GET', '/', '--body', adminSecret],
      ['show', 'catalog', '--category', adminSecret],
      ['show', 'user', '--url', `http://${adminSecret}`],
      ['show', 'user', '--url', adminSecret],
      ['suspend', 'account', adminSecret, '--nonsense'],
    ]
    for (const argv of runs) {
      const { stdout, stderr } = await place.run(argv)
      expect(stdout + stderr, argv.join(' ')).not.toMatch(/a{20}/i)
    }
  })

  it('travel to nobody for what is public', async () => {
    expect((await place.run(['show', 'catalog'])).exitCode).toBe(0)
    expect(server.received.at(-1)!.headers.authorization).toBeUndefined()
  })
})

describe('words', () => {
  it('show control characters of a server as escapes', async () => {
    const body = { error: 'bad_request', msg: '\u001b[2Jgone\r\nkeyporter: done\u202e' }
    server.answerNext(answer(400, body), answer(400, body))
    const { stderr } = await place.run(['show', 'user'])
    expect(stderr).toContain('\\u001b[2Jgone\\u000d\\u000akeyporter: done\\u202e')
    expect((await place.run(['show', 'user', '--json'])).stderr).not.toMatch(/[\u001b\u202e]/)
  })

  it('have no colours, even where they are asked for', async () => {
    const { stdout, stderr } = await place.run(['show', 'api-keys'], { env: { FORCE_COLOR: '3', CLICOLOR_FORCE: '1' } })
    expect(stdout + stderr).not.toContain('\u001b')
  })

  it('survive a reader that went away', async () => {
    const child = spawn(process.execPath, [mainFile, 'show', 'api-keys'], {
      env: makeEnvironment(place.folder, { KEYPORTER_URL: server.url, KEYPORTER_API_KEY: adminSecret }),
      stdio: 'pipe',
    })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const [exitCode] = (await once(child, 'close')) as [number]
    expect([exitCode, stderr]).toEqual([0, ''])
  })
})

describe('the other commands', () => {
  it('show user', async () => {
    const { stdout } = await place.run(['show', 'user'])
    expect(stdout).toBe(
      'id        1\nemail     admin@localhost\nusername  -\nfullname  -\ncredit    12.5\nbalance   0\nssh key   -\n',
    )
    const asJson = await place.run(['show', 'user', '--json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({ id: 1, email: 'admin@localhost', credit: 12.5, ssh_key: null })
  })

  it('show denials', async () => {
    const { stdout } = await place.run(['show', 'denials', '--limit', '5'])
    expect(stdout).toMatch(
      /^AT +KEY +METHOD +PATH +REFUSED +FROM\n2026-01-01T00:00:00Z +1 \(admin\) +GET +\/api\/v0\/instances\/5\/ +403 permission +192\.0\.2\.1\n$/,
    )
    expect(server.received.at(-1)!.url).toBe('/keyporter/denials?limit=5')
    const asJson = await place.run(['show', 'denials', '--json'])
    expect(JSON.parse(asJson.stdout).denials).toMatchObject([{ id: 7, at: '2026-01-01T00:00:00.000Z', key_id: 1 }])
    expect((await place.run(['show', 'denials', '--limit', 'x'])).exitCode).toBe(2)
  })

  it('whoami', async () => {
    const { stdout } = await place.run(['whoami'])
    expect(stdout).toMatch(/^id +1\nname +admin\n/)
    const asJson = await place.run(['whoami', '--json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({ key: { id: 1, rights: 'full' }, account: { id: 1 } })
  })

  it('show catalog, whole and of one category', async () => {
    expect((await place.run(['show', 'catalog'])).stdout).toBe(
      'CATEGORY       ENDPOINT           METHOD  PATH                     PARAMETERS\n' +
        'instance_read  api.instance.show  GET     /api/v0/instances/{id}/  id\n' +
        'misc           api.offers.search  POST    /api/v0/bundles/         -\n',
    )
    const one = await place.run(['show', 'catalog', '--category', 'misc', '--json'])
    expect(JSON.parse(one.stdout).endpoints).toEqual([
      expect.objectContaining({ id: 'api.offers.search', param_aliases: {} }),
    ])
    const none = await place.run(['show', 'catalog', '--category', 'mist'])
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      'keyporter: error: there is no category "mist"\nkeyporter: hint: categories: instance_read, misc\n',
    ])
  })

  it('explain', async () => {
    const argv = [
      'explain',
      '9',
      'GET',
      '/api/v0/instances/1227/?owner=me',
      '--client-address',
      '10.0.0.1',
      '--body',
      '{"a":[1]}',
    ]
    const { stdout, exitCode } = await place.run(argv)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('answer    403 not_authorized\n')
    expect(stdout).toContain("rule      nothing in the key's permissions grants this endpoint\n")
    expect(stdout).toContain('smallest permissions that allow it\n{\n')
    expect(JSON.parse(server.received[0]!.body)).toEqual({
      key_id: 9,
      request: {
        method: 'GET',
        path: '/api/v0/instances/1227/?owner=me',
        body: { a: [1] },
        client_address: '10.0.0.1',
      },
    })
    const asJson = await place.run([...argv, '--json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({ key_id: 9, allowed: false, status: 403, place: null })
  })
})
