/** Bodies in both directions, and what becomes of an exchange when one side fails. Real sockets on every side. */
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { cert, key } from './certificate.js'
import {
  cleanUp,
  exchangeRaw,
  type Front,
  openClient,
  openEcho,
  openFront,
  openRawUpstream,
  openScriptedUpstream,
  openUpstream,
  parseAnswer,
  send,
  until,
  valuesOf,
} from './front.js'

/** Reads from a socket until what came contains `text`. */
async function readUntil(socket: Socket, text: string): Promise<string> {
  let got = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    got += (chunk as Buffer).toString('latin1')
    if (got.includes(text)) return got
  }
  throw new Error(`ended after ${JSON.stringify(got)}`)
}

function request(method: string, ...lines: string[]): string {
  return `${[`${method} / HTTP/1.1`, 'Host: api.example', ...lines].join('\r\n')}\r\n\r\n`
}

describe('request bodies', () => {
  it.each([
    ['POST', 'Content-Length: 5', 'hello'],
    ['PUT', 'Content-Length: 5', 'hello'],
    ['PATCH', 'Content-Length: 5', 'hello'],
    ['DELETE', 'Content-Length: 5', 'hello'],
    ['GET', 'Content-Length: 5', 'hello'],
    ['OPTIONS', 'Content-Length: 5', 'hello'],
  ])('%s keeps its body and its length', async (method, line, body) => {
    const front = await openFront(await openEcho())
    const seen = (await send(front.port, `${method} /`, [line], body)).seen()
    expect([seen.method, seen.body]).toEqual([method, 'hello'])
    expect(valuesOf(seen, 'content-length')).toEqual(['5'])
    expect(valuesOf(seen, 'transfer-encoding')).toEqual([])
  })

  it.each(['POST', 'GET', 'DELETE'])('%s keeps a chunked body chunked, without its trailers', async (method) => {
    const front = await openFront(await openEcho())
    const body = '5\r\nhello\r\n4;ext=1\r\n you\r\n0\r\nX-Keyporter-Key-Id: 1\r\n\r\n'
    const seen = (await send(front.port, `${method} /`, ['Transfer-Encoding: chunked'], body)).seen()
    expect(seen.body).toBe('hello you')
    expect(valuesOf(seen, 'content-length')).toEqual([])
    expect(valuesOf(seen, 'transfer-encoding')).toEqual(['chunked'])
  })

  it.each([
    ['POST', [], ['0']],
    ['POST', ['Content-Length: 0'], ['0']],
    ['PUT', ['Content-Length: 00'], ['0']],
    ['GET', [], []],
    ['GET', ['Content-Length: 0'], []],
    ['DELETE', [], []],
  ])('%s without a body %j', async (method, lines, lengths) => {
    const front = await openFront(await openEcho())
    const seen = (await send(front.port, `${method} /`, lines)).seen()
    expect(valuesOf(seen, 'content-length')).toEqual(lengths)
    expect(valuesOf(seen, 'transfer-encoding')).toEqual([])
  })

  it.each([
    ['a length', 'Content-Length: 5', 'h\xffllo'],
    ['chunks', 'Transfer-Encoding: chunked', '2\r\nh\xff\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('sends a buffered body up as its own bytes, with its length: %s', async (_, line, body) => {
    const front = await openFront(await openEcho(), { buffer: true })
    const seen = (await send(front.port, 'POST /', [line], Buffer.from(body, 'latin1'))).seen()
    expect(seen.body).toBe('h\xffllo')
    expect(valuesOf(seen, 'content-length')).toEqual(['5'])
    expect(valuesOf(seen, 'transfer-encoding')).toEqual([])
  })

  it('sends no body where the decision found none', async () => {
    const front = await openFront(await openEcho(), { buffer: true })
    const seen = (await send(front.port, 'POST /', ['Transfer-Encoding: chunked'], '0\r\n\r\n')).seen()
    expect(seen.body).toBe('')
    expect(valuesOf(seen, 'transfer-encoding')).toEqual([])
  })

  it.each(['gzip, chunked', 'identity, chunked'])('refuses the transfer coding %s', async (coding) => {
    const front = await openFront(await openEcho())
    const answer = await send(front.port, 'POST /', [`Transfer-Encoding: ${coding}`], '0\r\n\r\n')
    expect(answer.status).toBe(501)
    expect(answer.body).toContain('not_implemented')
  })

  it('answers Expect: 100-continue itself and does not pass it on', async () => {
    const front = await openFront(await openEcho())
    const client = openClient(front.port)
    client.write(request('POST', 'Connection: close', 'Expect: 100-continue', 'Content-Length: 5'))
    expect(await readUntil(client, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('hello')
    const seen = parseAnswer((await buffer(client)).toString('latin1')).seen()
    expect(seen.body).toBe('hello')
    expect(valuesOf(seen, 'expect')).toEqual([])
  })

  it('passes an upload on before it is complete', async () => {
    const arrived: string[] = []
    const upstream = await openUpstream((req, res) => {
      req.on('data', (chunk) => arrived.push(String(chunk))).on('end', () => res.end('done'))
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(request('POST', 'Connection: close', 'Content-Length: 10'))
    client.write('first')
    await until(() => arrived.join('') === 'first')
    client.write('later')
    expect(parseAnswer((await buffer(client)).toString()).status).toBe(200)
    expect(arrived.join('')).toBe('firstlater')
  })

  it('passes both directions at once', async () => {
    const upstream = await openUpstream((req, res) => {
      res.flushHeaders()
      req.pipe(res)
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(request('POST', 'Connection: close', 'Content-Length: 8'))
    client.write('ping')
    await readUntil(client, 'ping')
    client.write('pong')
    await readUntil(client, 'pong')
    await once(client.resume(), 'end')
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  })
})

describe('smuggling', () => {
  it.each([
    ['length beside chunked', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6'], 'hello!'],
    ['a space before the colon', ['Content-Length : 5'], 'hello'],
    ['a folded header', ['X-A: 1', ' Content-Length: 5'], 'hello'],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['chunked before another coding', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ])('refuses %s', async (_, lines, body) => {
    let requests = 0
    const upstream = await openUpstream((_req, res) => {
      requests++
      res.end()
    })
    const front = await openFront(upstream)
    const answer = await send(front.port, 'POST /', lines, body)
    expect(answer.status === 400 || answer.status === 501).toBe(true)
    expect(requests).toBe(0)
  })

  it.each([
    ['an underscore', 'Content_Length: 44'],
    ['a coding with an underscore', 'Transfer_Encoding: chunked'],
    ['a coding named by Connection', 'Connection: Content-Length'],
  ])('frames by what it read itself: %s', async (_, line) => {
    const urls: (string | undefined)[] = []
    const upstream = await openUpstream(async (req, res) => {
      urls.push(req.url)
      res.end((await buffer(req)).toString())
    })
    const front = await openFront(upstream)
    const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
    await send(front.port, 'POST /outer', [line, `Content-Length: ${inner.length}`], inner)
    expect(urls).toEqual(['/outer'])
  })

  it('does not take what follows an answer for the next one', async () => {
    const upstream = await openScriptedUpstream(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    )
    const front = await openFront(upstream)
    const answers = []
    for (let i = 0; i < 5; i++) answers.push((await send(front.port, 'GET /')).body)
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })

  it('does not let the answer to one client reach the next after the first has gone', async () => {
    let answers = 0
    const upstream = await openRawUpstream((socket) => {
      socket.on('data', () => {
        const body = `answer ${++answers}`
        setTimeout(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`), 30)
      })
    })
    const front = await openFront(upstream, { connections: 1 })
    const gone = openClient(front.port)
    gone.write(request('GET'))
    await until(() => answers === 1)
    gone.destroy()
    expect((await send(front.port, 'GET /')).body).toBe('answer 2')
  })
})

describe('answers', () => {
  it('passes each event of a stream on as it comes, and the head before the first', async () => {
    const ticks: (() => void)[] = []
    const upstream = await openUpstream((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      res.flushHeaders()
      ticks.push(() => res.write('data: tick\n\n'))
      ticks.push(() => res.end('data: last\n\n'))
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(request('GET', 'Connection: close'))
    const head = await readUntil(client, '\r\n\r\n')
    expect(head).toContain('text/event-stream')
    expect(head).not.toContain('tick')
    ticks[0]!()
    await readUntil(client, 'data: tick')
    ticks[1]!()
    await readUntil(client, 'data: last')
  })

  it('gives an early refusal of an upload to the client, whatever is still to come', async () => {
    const upstream = await openUpstream((_req, res) => {
      res.writeHead(413, { Connection: 'close' }).end('too much')
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(request('POST', 'Content-Length: 100000000'))
    client.write(Buffer.alloc(100_000))
    expect(await readUntil(client, 'too much')).toContain('HTTP/1.1 413')
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  })

  it('goes on with the connection of a client whose upload was refused early', async () => {
    const upstream = await openUpstream((req, res) => {
      if (req.method === 'GET') {
        res.end('next')
        return
      }
      // By now nothing on the way takes any more.
      setTimeout(() => res.writeHead(413, { Connection: 'close' }).end('too much'), 200)
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(request('POST', 'Content-Length: 30000000'))
    client.write(Buffer.alloc(30_000_000))
    client.write(request('GET', 'Connection: close'))
    const got = await readUntil(client, 'next')
    expect(got).toMatch(/^HTTP\/1\.1 413 .*too much.*HTTP\/1\.1 200 .*next/s)
  })

  it('keeps the connection of a client after 502 with an unread upload', async () => {
    const front = await openFront('http://127.0.0.1:1')
    const client = openClient(front.port)
    client.write(request('POST', 'Content-Length: 300000'))
    client.write(Buffer.alloc(300_000))
    await readUntil(client, 'upstream_failed')
    client.write(request('GET', 'Connection: close'))
    await readUntil(client, 'upstream_failed')
  })

  it('reuses connections to the upstream, also after errors of other requests', async () => {
    const sockets = new Set<Socket>()
    const upstream = await openUpstream((req, res) => {
      sockets.add(req.socket)
      if (req.url === '/broken') req.socket.destroy()
      else res.end('fine')
    })
    const front = await openFront(upstream, { connections: 1 })
    for (let i = 0; i < 3; i++) expect((await send(front.port, 'GET /')).body).toBe('fine')
    expect(sockets.size).toBe(1)
    expect((await send(front.port, 'GET /broken')).status).toBe(502)
    for (let i = 0; i < 3; i++) expect((await send(front.port, 'POST /')).body).toBe('fine')
    expect(sockets.size).toBe(2)
  })

  it('serves several requests on one connection of a client, pipelined ones too', async () => {
    const front = await openFront(await openUpstream((req, res) => res.end(`<${req.url}>`)))
    const lines = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const text = await exchangeRaw(
      front.port,
      `${lines.join('')}GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(text.match(/<\/\d>/g)).toEqual(['</1>', '</2>', '</3>', '</4>'])
    await until(() => front.ends.length === 4)
  })
})

describe('a client that goes away', () => {
  async function leave(front: Front, client: Socket, upstreamClosed: Promise<unknown>): Promise<void> {
    client.destroy()
    await upstreamClosed
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  }

  async function openSilent(): Promise<{ url: string; arrived: Promise<IncomingMessage> }> {
    let arrive = (_req: IncomingMessage) => {}
    const arrived = new Promise<IncomingMessage>((resolve) => {
      arrive = resolve
    })
    const url = await openUpstream((req, res) => {
      if (req.url === '/stream') res.write('some')
      arrive(req)
    })
    return { url, arrived }
  }

  it.each([
    ['while it waits', request('GET')],
    ['in the middle of an answer', request('GET').replace('/', '/stream')],
    ['in the middle of an upload', `${request('POST', 'Content-Length: 100')}half`],
    ['in the middle of a chunked upload', `${request('POST', 'Transfer-Encoding: chunked')}4\r\nhalf\r\n`],
    ['after an upload', `${request('POST', 'Content-Length: 4')}full`],
  ])('is gone for the upstream %s', async (_, text) => {
    const { url, arrived } = await openSilent()
    const front = await openFront(url)
    const client = openClient(front.port)
    client.write(text)
    const req = await arrived
    if (text.includes('/stream')) await readUntil(client, 'some')
    await leave(front, client, new Promise((resolve) => req.socket.once('close', resolve)))
  })

  it('is gone with requests that it pipelined and that are at the upstream already', async () => {
    const requests: IncomingMessage[] = []
    const upstream = await openUpstream((req, res) => {
      requests.push(req)
      if (req.url === '/2') res.end('early')
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    await until(() => requests.length === 3)
    client.destroy()
    await until(() => front.ends.length === 3)
    await until(() => requests.filter((req) => req.url !== '/2').every((req) => req.socket.destroyed))
  })

  it('never makes a request complete that it left in the middle', async () => {
    const ends: string[] = []
    const upstream = await openUpstream((req) => {
      req.on('error', () => ends.push('error'))
      req.on('end', () => ends.push('end'))
      req.resume()
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(`${request('POST', 'Transfer-Encoding: chunked')}4\r\nhalf\r\n`)
    await until(() => front.ends.length === 0 && front.server.listening)
    setTimeout(() => client.destroy(), 50)
    await until(() => ends.length > 0)
    expect(ends).toEqual(['error'])
  })
})

describe('an upstream that fails', () => {
  it.each([
    ['in a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['in a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf'],
    ['with a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n'],
  ])('%s cuts the client, who cannot take the answer for a whole one', async (_, text) => {
    const front = await openFront(await openScriptedUpstream(text, true))
    const raw = await exchangeRaw(front.port, request('GET'))
    expect(raw).toContain('half')
    expect(raw).not.toContain('\r\n0\r\n\r\n')
    expect(raw).not.toContain('upstream_failed')
    const answer = await fetch(`http://127.0.0.1:${front.port}/`)
    await expect(answer.text()).rejects.toThrow()
  })

  it('resets a client of HTTP/1.0, to whom the end of the connection would mean a whole answer', async () => {
    const front = await openFront(
      await openRawUpstream((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
          setTimeout(() => socket.destroy(), 50)
        })
      }),
    )
    const client = openClient(front.port)
    client.write('GET / HTTP/1.0\r\n\r\n')
    client.resume()
    const [error] = await once(client, 'error')
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET')
  })

  it.each([
    ['refuses the connection', async () => 'http://127.0.0.1:1'],
    ['closes it at once', () => openRawUpstream((socket) => socket.destroy())],
    ['closes it after the request', () => openRawUpstream((socket) => socket.once('data', () => socket.destroy()))],
    ['speaks no TLS', async () => (await openScriptedUpstream('HTTP/1.1 200 OK\r\n\r\n')).replace('http:', 'https:')],
  ])('is 502 when it %s', async (_, open) => {
    const front = await openFront(await open())
    const answer = await send(front.port, 'GET /')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toEqual({
      error: 'upstream_failed',
      msg: 'The upstream could not be reached, or gave no valid answer.',
    })
  })

  it.each(['GET', 'POST', 'PUT', 'DELETE'])(
    'is asked once for each %s, also on a connection used before',
    async (method) => {
      let requests = 0
      const upstream = await openRawUpstream((socket) => {
        let served = 0
        socket.on('data', () => {
          requests++
          if (served++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          else socket.destroy()
        })
      })
      const front = await openFront(upstream, { connections: 1 })
      expect((await send(front.port, `${method} /`)).status).toBe(200)
      expect((await send(front.port, `${method} /`)).status).toBe(502)
      expect(requests).toBe(2)
    },
  )

  it('is 504 when it does not begin to answer', async () => {
    let closed = false
    const upstream = await openUpstream((req) => req.socket.on('close', () => (closed = true)))
    const front = await openFront(upstream, { headersTimeoutMs: 50 })
    const answer = await send(front.port, 'GET /')
    expect(answer.status).toBe(504)
    expect(JSON.parse(answer.body)).toEqual({
      error: 'upstream_timeout',
      msg: 'The upstream did not answer in time.',
    })
    await until(() => closed)
  })

  it('is not timed while the client is still sending', async () => {
    const front = await openFront(await openEcho(), { headersTimeoutMs: 60 })
    const client = openClient(front.port)
    client.write(request('POST', 'Connection: close', 'Content-Length: 5'))
    const timer = setInterval(() => client.write('x'), 60)
    const got = await readUntil(client, 'xxxxx')
    clearInterval(timer)
    expect(got).toContain('200 OK')
  })

  it('is cut off when the body of its answer stands still', async () => {
    const upstream = await openUpstream((_req, res) => void res.write('some'))
    const front = await openFront(upstream, { bodyIdleTimeoutMs: 50 })
    const text = await exchangeRaw(front.port, request('GET'))
    expect(text).toContain('some')
    expect(text).not.toContain('\r\n0\r\n\r\n')
  })
})

describe('an upstream behind TLS', () => {
  function trustAnything(): void {
    // The one setting that can be changed in a running process; Node warns of it.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    cleanUp(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  }

  const open = async () => {
    const server = createTlsServer({ key, cert }) as unknown as Server
    return (await openUpstream((req, res) => res.end(`hidden ${req.headers['x-keyporter-key-id']}`), server)).replace(
      'http:',
      'https:',
    )
  }

  it('is 502 when its certificate is not trusted', async () => {
    const front = await openFront(await open())
    expect((await send(front.port, 'GET /')).status).toBe(502)
  })

  it('is forwarded to when it is', async () => {
    trustAnything()
    const front = await openFront(await open())
    expect(await send(front.port, 'GET /')).toMatchObject({ status: 200, body: 'hidden 42' })
  })

  it('is not sent a request whose client left while the connection was made', async () => {
    trustAnything()
    const urls: (string | undefined)[] = []
    const server = createTlsServer({ key, cert }) as unknown as Server
    const upstream = await openUpstream((req, res) => {
      urls.push(req.url)
      res.end('fine')
    }, server)
    const port = Number(new URL(upstream).port)
    let letThrough = () => {}
    const held = new Promise<void>((resolve) => {
      letThrough = resolve
    })
    let arrived = 0
    const outer = await openRawUpstream(async (socket) => {
      arrived++
      await held
      socket.pipe(openClient(port)).pipe(socket)
    })
    const front = await openFront(outer.replace('http:', 'https:'), { connections: 1, connectTimeoutMs: 10_000 })
    const client = openClient(front.port)
    client.write('GET /gone HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => arrived === 1)
    client.destroy()
    await until(() => front.ends.length === 1)
    letThrough()
    expect((await send(front.port, 'GET /next')).body).toBe('fine')
    expect(urls).toEqual(['/next'])
  })
})
