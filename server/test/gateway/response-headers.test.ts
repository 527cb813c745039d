/** What of an upstream's head reaches the client. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { writeResponseHead } from '../../src/gateway/response-headers.js'
import { type Answer, type FrontOptions, openFront, openScriptedUpstream, send } from './front.js'

async function answerWith(text: string, requestLine = 'GET /', options: FrontOptions = {}): Promise<Answer> {
  const front = await openFront(await openScriptedUpstream(Buffer.from(text, 'latin1'), true), options)
  return send(front.port, requestLine)
}

function head(...lines: string[]): string {
  return `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`
}

describe('what is removed', () => {
  it.each([
    'Keep-Alive: timeout=99',
    'Proxy-Connection: keep-alive',
    'Proxy-Authenticate: Basic',
    'Proxy-Authentication-Info: x',
    'Trailer: X-Sum',
    'TE: trailers',
    'Upgrade: h2c',
    'Set-Cookie: keyporter_session=evil',
    'Set-Cookie: __Host-keyporter_session=evil',
    'Set-Cookie:   KEYPORTER_session=evil; Path=/',
    'Set-Cookie: =keyporter_session=evil',
  ])('%s', async (line) => {
    const answer = await answerWith(`${head('Content-Length: 2', line)}ok`)
    expect(answer.body).toBe('ok')
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    expect(answer.headers).not.toContainEqual([name, value])
  })

  it('removes what Connection names', async () => {
    const answer = await answerWith(
      `${head('Content-Length: 2', 'Connection: X-One, close', 'X-One: 1', 'X-Two: 2')}ok`,
    )
    expect(answer.header('x-one')).toBeUndefined()
    expect(answer.header('x-two')).toBe('2')
  })

  it('drops only its own cookies', async () => {
    const lines = ['Set-Cookie: a=keyporter_; Path=/', 'Set-Cookie: keyporter_session=evil', 'Set-Cookie: b=2']
    const answer = await answerWith(`${head('Content-Length: 2', ...lines)}ok`)
    expect(answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
      'a=keyporter_; Path=/',
      'b=2',
    ])
  })
})

describe('what passes', () => {
  it('keeps duplicates as lines of their own, and odd bytes', async () => {
    const lines = ['X-Odd: caf\xe9 \xff', 'WWW-Authenticate: A', 'WWW-Authenticate: B', 'X-Empty:']
    const answer = await answerWith(`${head('Content-Length: 2', ...lines)}ok`)
    expect(answer.header('x-odd')).toBe('caf\xe9 \xff')
    expect(answer.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)).toEqual(['A', 'B'])
    expect(answer.header('x-empty')).toBe('')
  })

  it.each(['__proto__', 'constructor', 'hasownproperty'])('keeps a header with the name %s', async (name) => {
    const answer = await answerWith(`${head('Content-Length: 2', `${name}: 1`)}ok`)
    expect(answer.header(name)).toBe('1')
  })

  it('keeps status, reason and Date', async () => {
    const date = 'Thu, 01 Jan 1970 00:00:00 GMT'
    const answer = await answerWith(`HTTP/1.1 299 Fine by me\r\nDate: ${date}\r\nContent-Length: 0\r\n\r\n`)
    expect([answer.status, answer.reason, answer.header('date')]).toEqual([299, 'Fine by me', date])
  })

  it.each(['', 'caf\xe9', '\u00e2\u0082\u00ac'])('takes the usual reason in place of %j', async (reason) => {
    const answer = await answerWith(`HTTP/1.1 404 ${reason}\r\nContent-Length: 0\r\n\r\n`)
    expect([answer.status, answer.reason]).toEqual([404, 'Not Found'])
  })

  it("leaves the server's own headers alone, and joins Vary", async () => {
    const answer = await answerWith(
      `${head('Content-Length: 2', 'X-Request-Id: theirs', 'Vary: Accept-Encoding', 'X-Theirs: 1')}ok`,
      'GET /',
      { answerHeaders: { 'X-Request-Id': 'ours', Vary: 'Origin' } },
    )
    expect(answer.headers.filter(([name]) => name === 'x-request-id')).toEqual([['x-request-id', 'ours']])
    expect(answer.headers.filter(([name]) => name === 'vary').map(([, value]) => value)).toEqual([
      'Origin',
      'Accept-Encoding',
    ])
    expect(answer.header('x-theirs')).toBe('1')
  })

  it('ignores informational answers', async () => {
    const answer = await answerWith(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n${head('Content-Length: 2')}ok`,
    )
    expect([answer.status, answer.body, answer.header('x-early')]).toEqual([200, 'ok', undefined])
  })
})

describe('framing', () => {
  it('keeps a length and does not chunk beside it', async () => {
    const answer = await answerWith(`${head('Content-Length: 2')}ok`)
    expect(answer.header('content-length')).toBe('2')
    expect(answer.header('transfer-encoding')).toBeUndefined()
  })

  it('chunks anew what came chunked', async () => {
    const answer = await answerWith(`${head('Transfer-Encoding: chunked')}2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n`)
    expect(answer.header('transfer-encoding')).toBe('chunked')
    expect(answer.body).toBe('2\r\nok\r\n0\r\n\r\n')
  })

  it('chunks what only the end of the connection delimited', async () => {
    const answer = await answerWith(`${head()}until the end`)
    expect(answer.body).toBe('d\r\nuntil the end\r\n0\r\n\r\n')
  })

  it.each([
    ['a length beside chunked', `${head('Transfer-Encoding: chunked', 'Content-Length: 3')}2\r\nok\r\n0\r\n\r\n`],
    ['two lengths', `${head('Content-Length: 2', 'Content-Length: 3')}ok`],
    ['a length that is no number', `${head('Content-Length: 0x2')}ok`],
    ['a transfer coding nobody asked for', `${head('Transfer-Encoding: gzip, chunked')}2\r\nok\r\n0\r\n\r\n`],
    ['a transfer coding nobody knows', `${head('Transfer-Encoding: rot13')}bx`],
    ['a control character in a header', `${head('Content-Length: 2', 'X-Bad: a\x01b')}ok`],
    ['a bare CR in a header', `${head('Content-Length: 2', 'X-Bad: a\rX-Injected: 1')}ok`],
    ['a space in a header name', `${head('Content-Length: 2', 'X Bad: 1')}ok`],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n'],
    ['a bare 101', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['nothing', ''],
    ['huge headers', head(`X-Big: ${'a'.repeat(70_000)}`)],
  ])('answers 502 to %s', async (_, text) => {
    const answer = await answerWith(text, 'GET /', { answerHeaders: { 'X-Request-Id': 'ours' } })
    expect(answer.status).toBe(502)
    expect(answer.body).toContain('upstream_failed')
    expect(answer.header('x-request-id')).toBe('ours')
    expect(answer.header('x-injected')).toBeUndefined()
    expect(answer.header('x-bad')).toBeUndefined()
  })

  it('does not wait for what follows a bare 101', async () => {
    const front = await openFront(await openScriptedUpstream('HTTP/1.1 101 Switching\r\n\r\n'))
    expect((await send(front.port, 'GET /')).status).toBe(502)
  })

  it('leaves an answer as it was when a head cannot be written', () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()))
    res.setHeader('X-Request-Id', 'ours')
    expect(() => writeResponseHead(res, 200, 'OK', { 'x-good': '1', 'x-bad': 'a\x7fb' })).toThrow()
    expect(res.getHeaderNames()).toEqual(['x-request-id'])
    expect(res.headersSent).toBe(false)
  })

  it('gives HEAD the length and no body', async () => {
    const answer = await answerWith(head('Content-Length: 1000', 'ETag: "a"'), 'HEAD /')
    expect([answer.status, answer.header('content-length'), answer.header('etag'), answer.body]).toEqual([
      200,
      '1000',
      '"a"',
      '',
    ])
  })

  it('gives HEAD neither length nor coding where there was none', async () => {
    const answer = await answerWith(head(), 'HEAD /')
    expect([answer.header('content-length'), answer.header('transfer-encoding'), answer.body]).toEqual([
      undefined,
      undefined,
      '',
    ])
  })

  it('gives 204 no length', async () => {
    const answer = await answerWith('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n')
    expect([answer.status, answer.header('content-length'), answer.body]).toEqual([204, undefined, ''])
  })

  it('gives 304 the length of what it stands for', async () => {
    const answer = await answerWith('HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: "a"\r\n\r\n')
    expect([answer.status, answer.header('content-length'), answer.body]).toEqual([304, '1000', ''])
  })
})
