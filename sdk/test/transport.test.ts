import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClientOptions, errorCodes, KeyporterError, openClient } from '../src/index.js'
import { adminSecret, answer, mintedSecret, startWireServer, type WireServer } from './wire-server.js'

let server: WireServer

beforeEach(async () => {
  server = await startWireServer()
})

afterEach(() => server.close())

function open(options: Partial<ClientOptions> = {}) {
  return openClient({ url: server.url, key: adminSecret, ...options })
}

/** A fetch that answers from a list and remembers what it was called with. */
function scriptFetch(...answers: (() => Response | Promise<Response>)[]) {
  const calls: { url: string; init: RequestInit }[] = []
  const scripted = async (url: unknown, init?: RequestInit) => {
    calls.push({ url: String(url), init: init! })
    return answers.shift()!()
  }
  return { fetch: scripted as typeof fetch, calls }
}

async function catchError(work: Promise<unknown>): Promise<KeyporterError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(KeyporterError)
  return thrown as KeyporterError
}

const busy = { success: false, error: 'busy', msg: 'Try again.' }
const json =
  (status: number, value: unknown, headers = {}) =>
  () =>
    Response.json(value, { status, headers })
const user = { id: 1, email: 'a@b' }

describe('where a call goes', () => {
  it.each([
    ['http://h.test', 'http://h.test/api/v0/users/current/'],
    ['http://h.test/', 'http://h.test/api/v0/users/current/'],
    ['https://h.test:8443/base', 'https://h.test:8443/base/api/v0/users/current/'],
    ['https://h.test/a/b//', 'https://h.test/a/b/api/v0/users/current/'],
  ])('puts %s before the path', async (url, expected) => {
    const { fetch, calls } = scriptFetch(json(200, user))
    await open({ url, fetch }).showUser()
    expect(calls[0]!.url).toBe(expected)
  })

  it.each(['', 'h.test', 'ftp://h.test', 'http://u:p@h.test', 'http://h.test?x=1', 'http://h.test/#x'])(
    'refuses the address %j',
    (url) => {
      expect(() => open({ url })).toThrow(TypeError)
      expect(() => open({ url })).toThrow('url must be an http or https address without user, query or fragment')
    },
  )

  it('carries the secret in the Authorization header and nowhere else', async () => {
    const client = open({ userAgent: 'test/1' })
    await client.showUser()
    await client.createApiKey({ name: 'x' })
    for (const { url, headers, body } of server.received) {
      expect(headers.authorization).toBe(`Bearer ${adminSecret}`)
      expect(headers['user-agent']).toBe('test/1')
      const { authorization, ...others } = headers
      expect(JSON.stringify([url, others, body])).not.toContain(adminSecret)
    }
    expect(server.received.map(({ headers }) => headers['content-type'])).toEqual([undefined, 'application/json'])
  })

  it.each(['', 'two words', 'line\nbreak', 'é', 'x'.repeat(513)])('refuses the key %j without quoting it', (key) => {
    expect(() => open({ key })).toThrow('key must be 1 to 512 printable ASCII characters without spaces')
  })

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses a time limit of %s', (timeoutMs) => {
    expect(() => open({ timeoutMs })).toThrow(RangeError)
  })

  it('shows nothing of the secret when it is inspected', () => {
    const client = open()
    expect(inspect(client, { showHidden: true, depth: 9 })).not.toContain(adminSecret)
    expect(JSON.stringify(client)).toBe('{}')
  })

  it.each([301, 302, 307, 308])('does not follow a %i', async (status) => {
    const elsewhere = await startWireServer()
    server.answerNext(answer(status, {}, { Location: `${elsewhere.url}/api/v0/users/current/` }))
    const error = await catchError(open().showUser())
    expect(error).toMatchObject({ code: 'redirected', status })
    expect(error.msg).toMatch(/redirect, which is not followed/)
    expect(elsewhere.received).toEqual([])
    await elsewhere.close()
  })
})

describe('what is tried again', () => {
  it.each([429, 502, 503, 504])('repeats a GET after %i, at most twice', async (status) => {
    const client = open()
    server.answerNext(answer(status, busy), answer(status, busy))
    expect(await client.showUser()).toMatchObject({ id: 1 })
    expect(server.received).toHaveLength(3)
    server.answerNext(answer(status, busy), answer(status, busy), answer(status, busy))
    expect(await catchError(client.showUser())).toMatchObject({ status, code: 'busy' })
    expect(server.received).toHaveLength(6)
  })

  it.each([400, 401, 403, 404, 500, 501])('does not repeat a GET after %i', async (status) => {
    server.answerNext(answer(status, busy))
    expect(await catchError(open().showUser())).toMatchObject({ status })
    expect(server.received).toHaveLength(1)
  })

  it('repeats a GET whose connection broke', async () => {
    server.answerNext(
      (_req, res) => res.destroy(),
      (_req, res) => {
        res.writeHead(200, { 'Content-Length': 1000 }).write('{"id":')
        setTimeout(() => res.destroy(), 20)
      },
    )
    expect(await open().showUser()).toMatchObject({ id: 1 })
    expect(server.received).toHaveLength(3)
  })

  it.each([
    ['createApiKey', (client: ReturnType<typeof open>) => client.createApiKey()],
    ['updateApiKey', (client: ReturnType<typeof open>) => client.updateApiKey(1, { name: 'x' })],
    ['deleteApiKey', (client: ReturnType<typeof open>) => client.deleteApiKey(1)],
    ['resetApiKey', (client: ReturnType<typeof open>) => client.resetApiKey()],
    ['updateUser', (client: ReturnType<typeof open>) => client.updateUser({ fullname: 'x' })],
    ['explain', (client: ReturnType<typeof open>) => client.explain(1, { method: 'GET', path: '/' })],
  ])('never repeats %s', async (_name, call) => {
    server.answerNext(answer(503, busy))
    expect(await catchError(call(open()))).toMatchObject({ status: 503, code: 'busy' })
    server.answerNext((_req, res) => res.destroy())
    expect(await catchError(call(open()))).toMatchObject({ status: null, code: 'network_failed' })
    expect(server.received).toHaveLength(2)
  })

  it('waits as long as Retry-After asks', async () => {
    server.answerNext(answer(429, { error: 'rate_limited', msg: 'Slow down.' }, { 'Retry-After': '1' }))
    const startedAt = performance.now()
    await open().showUser()
    expect(performance.now() - startedAt).toBeGreaterThan(950)
  })

  it('fails at once, and says how long, when Retry-After asks for more than five seconds or than the time limit', async () => {
    server.answerNext(answer(429, { error: 'rate_limited', msg: 'Slow down.' }, { 'Retry-After': '6' }))
    expect(await catchError(open().showUser())).toMatchObject({ code: 'rate_limited', retryAfterMs: 6000 })
    server.answerNext(answer(503, busy, { 'Retry-After': '4' }))
    expect(await catchError(open({ timeoutMs: 3000 }).showUser())).toMatchObject({ code: 'busy', retryAfterMs: 4000 })
    expect(server.received).toHaveLength(2)
  })

  it('reads Retry-After as a date', async () => {
    server.answerNext(answer(503, busy, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }))
    const { retryAfterMs } = await catchError(open().showUser())
    expect(retryAfterMs).toBeGreaterThan(55_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })
})

describe('time', () => {
  it('ends a call whose answer does not begin', async () => {
    server.answerNext(() => {})
    const error = await catchError(open({ timeoutMs: 100 }).showUser())
    expect(error).toMatchObject({ status: null, code: 'network_timeout' })
    expect(error.msg).toBe(`No whole answer from ${server.url} within 100 ms.`)
  })

  it('ends a call whose answer does not end', async () => {
    server.answerNext((_req, res) => void res.writeHead(200).write('{'))
    expect(await catchError(open({ timeoutMs: 100 }).showUser())).toMatchObject({ code: 'network_timeout' })
  })

  it('ends a call through a fetch that ignores its signal', async () => {
    const { fetch } = scriptFetch(() => new Promise<Response>(() => {}))
    expect(await catchError(open({ fetch, timeoutMs: 50 }).showUser())).toMatchObject({ code: 'network_timeout' })
  })

  it('tells the clock of the server, where an answer has one', async () => {
    const told: Date[] = []
    const date = 'Fri, 27 Nov 2026 12:00:00 GMT'
    const { fetch } = scriptFetch(json(200, user, { date }), json(200, user), json(200, user, { date: 'noon' }))
    const client = open({ fetch, onServerTime: (at) => told.push(at) })
    for (let calls = 0; calls < 3; calls++) await client.showUser()
    expect(told).toEqual([new Date(date)])
  })

  it('counts all attempts of a call together', async () => {
    server.answerNext(answer(503, busy), () => {})
    const startedAt = performance.now()
    expect(await catchError(open({ timeoutMs: 400 }).showUser())).toMatchObject({ code: 'network_timeout' })
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it('ends the calls under way when the client is closed, and refuses later ones', async () => {
    server.answerNext(() => {})
    const client = open()
    const pending = catchError(client.showUser())
    client.close()
    expect(await pending).toMatchObject({ code: 'network_failed', msg: 'This client is closed.' })
    expect(await catchError(client.showUser())).toMatchObject({ code: 'network_failed', msg: 'This client is closed.' })
  })
})

describe('errors', () => {
  it('carry what the server told', async () => {
    const body = { success: false, error: 'auth_error', msg: 'Invalid user key', reason: 'expired', request_id: 'r-1' }
    server.answerNext(answer(401, body))
    const error = await catchError(open().showUser())
    expect(error).toMatchObject({
      name: 'KeyporterError',
      status: 401,
      code: 'auth_error',
      msg: 'Invalid user key',
      message: 'Invalid user key',
      reason: 'expired',
      requestId: 'r-1',
      retryAfterMs: null,
    })
    expect(error.findUnconfirmed()).toBeNull()
  })

  it('take the request id of the header where the body has none', async () => {
    server.answerNext(answer(404, { error: 'not_found', msg: 'No.' }))
    expect(await catchError(open().showUser())).toMatchObject({ requestId: 'req-header' })
  })

  it('have the code unknown for codes that this client does not know, its own included', async () => {
    for (const error of ['teapot', 'network_failed', 7, null]) {
      server.answerNext(answer(418, { error, msg: 'No.' }))
      expect(await catchError(open().showUser())).toMatchObject({ code: 'unknown', status: 418 })
    }
  })

  it.each(['<html>Bad gateway</html>', '', '[]', '"text"', 'null'])(
    'explain an error whose body is %j',
    async (body) => {
      server.answerNext((_req, res) => res.writeHead(500).end(body))
      expect(await catchError(open().showUser())).toMatchObject({
        status: 500,
        code: 'unknown',
        msg: 'The server answered 500 and did not say why.',
      })
    },
  )

  it.each([
    ['', 'is not JSON'],
    ['<html>', 'is not JSON'],
    ['[]', 'is not an object'],
    ['{}', '"id" is not a whole number'],
    ['{"id":"1"}', '"id" is not a whole number'],
    ['{"id":1,"credit":"12"}', '"credit" is not a number'],
  ])('say what is wrong with the answer %j', async (body, problem) => {
    server.answerNext((_req, res) => res.writeHead(200).end(body))
    const error = await catchError(open().showUser())
    expect(error).toMatchObject({ code: 'bad_answer', status: 200 })
    expect(error.msg).toContain(`in the answer to GET /api/v0/users/current/, ${problem}.`)
  })

  it.each([{}, { id: 5 }, { id: 5, key: '' }])('refuse the answer %j to a reset: it has no secret', async (body) => {
    server.answerNext(answer(200, body))
    expect(await catchError(open().resetApiKey())).toMatchObject({ code: 'bad_answer' })
  })

  it('hand over id and secret of an outcome that the server does not know, but do not show them', async () => {
    const body = {
      success: false,
      error: 'outcome_unknown',
      msg: 'The outcome is not known.',
      id: 9,
      key: mintedSecret,
    }
    server.answerNext(answer(500, body))
    const error = await catchError(open().createApiKey())
    expect(error.findUnconfirmed()).toEqual({ id: 9, secret: mintedSecret })
    expect(inspect(error, { showHidden: true, depth: 9 }) + JSON.stringify(error) + error).not.toContain(mintedSecret)
  })

  it('name the system error of a refused connection', async () => {
    const { url } = server
    await server.close()
    const error = await catchError(openClient({ url, key: adminSecret }).createApiKey())
    expect(error).toMatchObject({
      status: null,
      code: 'network_failed',
      msg: `The request to ${url} failed (ECONNREFUSED).`,
    })
    server = await startWireServer()
  })

  it('quote nothing else of what a fetch throws', async () => {
    const { fetch } = scriptFetch(() => Promise.reject(Object.assign(new Error('private'), { code: 'private words' })))
    const error = await catchError(open({ url: 'http://h.test', fetch }).createApiKey())
    expect(error.msg).toBe('The request to http://h.test failed.')
    expect(error.cause).toBeUndefined()
  })

  it('are of a closed set of codes without repetition', () => {
    expect(new Set(errorCodes).size).toBe(errorCodes.length)
  })
})

describe('the secret', () => {
  /** Printable ASCII without spaces, long enough not to be a part of ordinary words. */
  const secrets = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    minLength: 16,
    maxLength: 80,
  })

  function expectClear(error: unknown, secret: string): void {
    const shown = [
      inspect(error, { showHidden: true, depth: 20, getters: true }),
      JSON.stringify(error),
      JSON.stringify({ ...(error as object) }),
      String(error),
      (error as Error).stack ?? '',
    ]
    for (const text of shown) {
      expect(text.includes(secret)).toBe(false)
      expect(text.includes(encodeURIComponent(secret))).toBe(false)
    }
  }

  it('is in no error, whatever the server answers with', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, fc.constantFrom(200, 302, 400, 401, 403, 500), async (secret, status) => {
        const told = `${secret} and ${encodeURIComponent(secret)}`
        const body = { error: secret, msg: told, reason: told, request_id: told, [secret]: secret, id: secret }
        const headers = {
          'X-Request-Id': secret,
          'Retry-After': secret,
          Location: `http://h.test/?${encodeURIComponent(secret)}`,
        }
        const { fetch } = scriptFetch(json(status, body, headers))
        const client = openClient({ url: 'http://h.test', key: secret, fetch })
        expectClear(await catchError(client.showUser()), secret)
      }),
    )
  })

  it('is in no error, whatever the fetch throws', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        const thrown = Object.assign(new TypeError(`invalid header value Bearer ${secret}`), {
          cause: Object.assign(new Error(secret), { headers: { authorization: secret } }),
          code: secret,
        })
        const { fetch } = scriptFetch(() => Promise.reject(thrown))
        const client = openClient({ url: 'http://h.test', key: secret, fetch })
        expectClear(await catchError(client.createApiKey()), secret)
      }),
    )
  })

  it('is in no error about options', () => {
    fc.assert(
      fc.property(secrets, fc.constantFrom(' ', '\n', 'é', '\u0000'), (secret, bad) => {
        let thrown: unknown = null
        try {
          openClient({ url: 'http://h.test', key: secret + bad })
        } catch (error) {
          thrown = error
        }
        expect(thrown).toBeInstanceOf(TypeError)
        expectClear(thrown, secret)
      }),
    )
  })

  it('is never in a URL', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        const { fetch, calls } = scriptFetch(json(200, user), json(200, { id: 1, key: 'x' }))
        const client = openClient({ url: 'http://h.test', key: secret, fetch })
        await client.showUser()
        await client.resetApiKey()
        for (const { url, init } of calls) {
          expect(url.includes(secret)).toBe(false)
          expect(init.redirect).toBe('manual')
        }
      }),
    )
  })
})
