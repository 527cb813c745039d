/** What of a client's headers reaches the upstream, and what we say ourselves. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { makePrincipal, openEcho, openFront, openUpstream, type Seen, send, valuesOf } from './front.js'

async function forward(requestLine: string, lines: readonly string[], more = {}): Promise<Seen> {
  const front = await openFront(await openEcho(), more)
  const answer = await send(front.port, requestLine, lines)
  expect(answer.status).toBe(200)
  return answer.seen()
}

const trusted = { trustedProxy: () => true }

describe('identity', () => {
  const forged = [
    'X-Keyporter-Account-Id: 1',
    'x-keyporter-account-id: 1',
    'x_keyporter_account_id: 1',
    'X-Keyporter_Key-Id: 1',
    'X_KEYPORTER_KEY_NAME: root',
    'X.Keyporter.Key.Id: 1',
    'x~keyporter~endpoint: api.anything',
    'X-Keyporter-Request-Id: mine',
    'X-Keyporter-Anything: 1',
    'x_keyporter_: 1',
  ]

  it('says who calls, in the full set of headers, each once', async () => {
    const seen = await forward('GET /things/5', [])
    expect(valuesOf(seen, 'x-keyporter-account-id')).toEqual(['7'])
    expect(valuesOf(seen, 'x-keyporter-key-id')).toEqual(['42'])
    expect(valuesOf(seen, 'x-keyporter-key-name')).toEqual(['ci'])
    expect(valuesOf(seen, 'x-keyporter-endpoint')).toEqual(['api.thing.show'])
    expect(valuesOf(seen, 'x-keyporter-request-id')).toEqual(['request-1'])
  })

  it.each(forged)('lets no forged %s through', async (line) => {
    const seen = await forward('GET /things/5', [line])
    const ours = new Map([
      ['x-keyporter-account-id', '7'],
      ['x-keyporter-key-id', '42'],
      ['x-keyporter-key-name', 'ci'],
      ['x-keyporter-endpoint', 'api.thing.show'],
      ['x-keyporter-request-id', 'request-1'],
    ])
    const folded = seen.rawHeaders.map((text, i) =>
      i % 2 === 0 ? text.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') : text,
    )
    const found = folded.flatMap((name, i) =>
      i % 2 === 0 && name.startsWith('x-keyporter') ? [[name, folded[i + 1]]] : [],
    )
    expect(new Map(found as [string, string][])).toEqual(ours)
    expect(found).toHaveLength(ours.size)
  })

  it('emits the whole set, empty, when nobody is known and nothing matched', async () => {
    const seen = await forward('GET /elsewhere', [], { principal: null })
    expect(valuesOf(seen, 'x-keyporter-account-id')).toEqual([''])
    expect(valuesOf(seen, 'x-keyporter-key-id')).toEqual([''])
    expect(valuesOf(seen, 'x-keyporter-key-name')).toEqual([''])
    expect(valuesOf(seen, 'x-keyporter-endpoint')).toEqual([''])
    expect(valuesOf(seen, 'x-keyporter-request-id')).toEqual(['request-1'])
  })

  it.each([
    ['Zoë & Söhne', 'Zo%C3%AB%20%26%20S%C3%B6hne'],
    ['a\r\nX-Evil: 1', 'a%0D%0AX-Evil%3A%201'],
    ['half \ud800 pair', 'half%20%EF%BF%BD%20pair'],
    ['', ''],
  ])('percent-encodes the name of a key: %j', async (name, encoded) => {
    const seen = await forward('GET /things/5', [], { principal: makePrincipal(name) })
    expect(valuesOf(seen, 'x-keyporter-key-name')).toEqual([encoded])
  })

  it('keeps our own headers whatever Connection names', async () => {
    const names = 'X-Keyporter-Key-Id, x-keyporter-account-id, X-Forwarded-For, Via, Host, Content-Length'
    const seen = await forward('GET /things/5', [`Connection: ${names}`])
    expect(valuesOf(seen, 'x-keyporter-key-id')).toEqual(['42'])
    expect(valuesOf(seen, 'x-keyporter-account-id')).toEqual(['7'])
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['127.0.0.1'])
    expect(valuesOf(seen, 'via')).toEqual(['1.1 keyporter'])
  })
})

describe('what is removed', () => {
  it.each([
    'X-HTTP-Method-Override: DELETE',
    'x_http_method_override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: DELETE',
    'X_Method-Override: DELETE',
    'X-Original-URL: /admin',
    'x_original_url: /admin',
    'X-Original-Method: DELETE',
    'X-Rewrite-URL: /admin',
    'X.Rewrite.URL: /admin',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eA==',
    'Proxy-Authenticate: Basic',
    'TE: trailers',
    'Trailer: X-Sum',
    'HTTP2-Settings: AAMAAABk',
    'Proxy: http://evil.example',
    'X-Real-IP: 1.2.3.4',
    'X-Forwarded-User: root',
    'x_forwarded_proto: https',
    'Authorization: Bearer kp_secret',
    'AUTHORIZATION: Bearer kp_secret',
    'Transfer_Encoding: chunked',
    'Content_Length: 5',
  ])('%s', async (line) => {
    const name = line.slice(0, line.indexOf(':'))
    const value = line.slice(line.indexOf(':') + 2)
    const seen = await forward('GET /things/5', [line])
    expect(valuesOf(seen, name)).not.toContain(value)
  })

  it('removes every header that any Connection line names, without case', async () => {
    const lines = ['connection: X-One, x-TWO', 'X-One: 1', 'X-Two: 2', 'X-Three: 3']
    const seen = await forward('GET /things/5', lines)
    expect(valuesOf(seen, 'x-one')).toEqual([])
    expect(valuesOf(seen, 'x-two')).toEqual([])
    expect(valuesOf(seen, 'x-three')).toEqual(['3'])
  })

  it('leaves no second reading of what the body is', async () => {
    const lines = [
      'Content-Type: application/json',
      'Content-Type: text/plain',
      'content_type: a/b',
      'Content.Encoding: gzip',
    ]
    const seen = await forward('GET /things/5', lines)
    expect(seen.rawHeaders.filter((text) => /^content.(type|encoding)$/i.test(text))).toEqual(['Content-Type'])
    expect(valuesOf(seen, 'content-type')).toEqual(['application/json'])
  })

  it('passes no upgrade other than to a WebSocket on', async () => {
    const seen = await forward('GET /things/5', ['Via: 1.0 edge', 'X-Kept: 1'])
    expect(valuesOf(seen, 'upgrade')).toEqual([])
    expect(valuesOf(seen, 'connection')).toEqual(['keep-alive'])
  })

  it('passes the secret on when asked to, but never the query member', async () => {
    const seen = await forward('GET /things/5?api_key=s1&a=1&api_key=s2', ['Authorization: Bearer s1'], {
      passSecret: true,
    })
    expect(valuesOf(seen, 'authorization')).toEqual(['Bearer s1'])
    expect(seen.url).toBe('/things/5?a=1')
  })

  it.each([
    ['a=1; keyporter_session=s; b=2', ['a=1; b=2']],
    ['keyporter_session=s', []],
    ['__Host-keyporter_session=s; a=1', ['a=1']],
    ['a=1;__secure-Keyporter_csrf=s', ['a=1']],
    ['a=keyporter_session=1; nokeyporter_=2', ['a=keyporter_session=1; nokeyporter_=2']],
    ['a=1;  b=2', ['a=1;  b=2']],
  ])('strips the cookies of a console session: %s', async (cookie, expected) => {
    expect(valuesOf(await forward('GET /things/5', [`Cookie: ${cookie}`]), 'cookie')).toEqual(expected)
  })
})

describe('what passes', () => {
  it('keeps names, values, duplicates and odd bytes as they are', async () => {
    const lines = ['X-Odd: caf\xe9 \xff', 'x-Case: A', 'X-Twice: 1', 'X-Twice: 2', 'Accept: */*', 'X-Empty:']
    const seen = await forward('GET /things/5', lines)
    expect(valuesOf(seen, 'x-odd')).toEqual(['caf\xe9 \xff'])
    expect(seen.rawHeaders).toContain('x-Case')
    expect(valuesOf(seen, 'x-twice')).toEqual(['1', '2'])
    expect(valuesOf(seen, 'x-empty')).toEqual([''])
  })

  it('sends the path that was judged, under the base path of the upstream', async () => {
    const front = await openFront(`${await openEcho()}/base/`)
    const answer = await send(front.port, 'GET //things//5/?b=%7e&a=x+y')
    expect(answer.seen().url).toBe('/base/things/5/?b=~&a=x%20y')
  })

  it("sends the upstream's host and the client's beside it", async () => {
    const upstream = await openEcho()
    const front = await openFront(upstream)
    const seen = (await send(front.port, 'GET /things/5')).seen()
    expect(valuesOf(seen, 'host')).toEqual([new URL(upstream).host])
    expect(valuesOf(seen, 'x-forwarded-host')).toEqual(['api.example'])
  })
})

describe('where a request comes from', () => {
  const claims = [
    'X-Forwarded-For: 203.0.113.9',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: shop.example',
    'X-Forwarded-Port: 443',
    'Forwarded: for=203.0.113.9;proto=https',
    'X-Forwarded-Prefix: /shop',
    'X-Real-IP: 203.0.113.9',
  ]

  it('believes nobody', async () => {
    const front = await openFront(await openEcho())
    const seen = (await send(front.port, 'GET /things/5', claims)).seen()
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['127.0.0.1'])
    expect(valuesOf(seen, 'x-forwarded-proto')).toEqual(['http'])
    expect(valuesOf(seen, 'x-forwarded-host')).toEqual(['api.example'])
    expect(valuesOf(seen, 'x-forwarded-port')).toEqual([String(front.port)])
    expect(valuesOf(seen, 'forwarded')).toEqual(['for=127.0.0.1;host="api.example";proto=http'])
    expect(valuesOf(seen, 'x-forwarded-prefix')).toEqual([])
    expect(valuesOf(seen, 'x-real-ip')).toEqual([])
  })

  it('keeps what a trusted proxy says, and appends the proxy', async () => {
    const seen = await forward('GET /things/5', [...claims, 'X-Forwarded-For: 198.51.100.1'], trusted)
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['203.0.113.9, 198.51.100.1, 127.0.0.1'])
    expect(valuesOf(seen, 'x-forwarded-proto')).toEqual(['https'])
    expect(valuesOf(seen, 'x-forwarded-host')).toEqual(['shop.example'])
    expect(valuesOf(seen, 'x-forwarded-port')).toEqual(['443'])
    expect(valuesOf(seen, 'forwarded')).toEqual([
      'for=203.0.113.9;proto=https, for=127.0.0.1;host="api.example";proto=http',
    ])
    expect(valuesOf(seen, 'x-forwarded-prefix')).toEqual(['/shop'])
    expect(valuesOf(seen, 'x-real-ip')).toEqual(['203.0.113.9'])
  })

  it('fills in what a trusted proxy leaves out, but no port and no Forwarded chain that begins with the proxy', async () => {
    const seen = await forward('GET /things/5', ['X-Forwarded-Proto: https'], trusted)
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['127.0.0.1'])
    expect(valuesOf(seen, 'x-forwarded-proto')).toEqual(['https'])
    expect(valuesOf(seen, 'x-forwarded-host')).toEqual(['api.example'])
    expect(valuesOf(seen, 'x-forwarded-port')).toEqual([])
    expect(valuesOf(seen, 'forwarded')).toEqual([])
  })

  it.each(['X_Forwarded_User: root', 'x-forwarded_for: 1.2.3.4'])(
    'drops %s even behind a trusted proxy',
    async (line) => {
      const seen = await forward('GET /things/5', [line], trusted)
      expect(valuesOf(seen, line.slice(0, line.indexOf(':')))).toEqual([])
    },
  )

  it('asks about the address of the peer, as IPv4 where it is that', async () => {
    const asked: unknown[] = []
    await forward('GET /things/5', [], { trustedProxy: (address: unknown) => asked.push(address) === 0 })
    expect(asked).toEqual([[127, 0, 0, 1]])
  })
})

describe('Via', () => {
  it('appends this hop', async () => {
    const seen = await forward('GET /things/5', ['Via: 1.0 edge', 'Via: 1.1 inner'])
    expect(valuesOf(seen, 'via')).toEqual(['1.0 edge, 1.1 inner, 1.1 keyporter'])
  })

  it('refuses a request that came through here too often', async () => {
    const front = await openFront(await openEcho())
    const hops = new Array(5).fill('1.1 keyporter')
    expect((await send(front.port, 'GET /', [`Via: ${hops.slice(1).join(', ')}`])).status).toBe(200)
    const answer = await send(front.port, 'GET /', [`Via: ${hops.join(', ')}`])
    expect(answer.status).toBe(502)
    expect(answer.body).toContain('leads back')
  })

  it('ends a request that the upstream sends back here', async () => {
    let rounds = 0
    const upstream = await openUpstream((req, res) => {
      rounds++
      const again = request({ port: front.port, path: req.url, headers: { via: req.headers.via } }, (answer) => {
        res.writeHead(answer.statusCode!)
        answer.pipe(res)
      })
      again.end()
    })
    const front = await openFront(upstream)
    const answer = await send(front.port, 'GET /things/5')
    expect(answer.status).toBe(502)
    expect(rounds).toBe(5)
  })
})
