/** WebSockets: what is joined, what is refused, and that nothing is left behind. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Exchange } from '../../src/gateway/exchange.js'
import { openTunnel } from '../../src/gateway/tunnel.js'
import {
  cleanUp,
  exchangeRaw,
  type Front,
  openClient,
  openFront,
  openRawUpstream,
  openScriptedUpstream,
  openUpstream,
  parseAnswer,
  until,
} from './front.js'

const key = Buffer.alloc(16, 'k').toString('base64')
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

function handshake(...lines: string[]): string {
  const head = [
    'GET /socket?api_key=s&a=1 HTTP/1.1',
    'Host: api.example',
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...lines,
  ]
  return `${head.join('\r\n')}\r\n\r\n`
}

function switching(...lines: string[]): string {
  return `${['HTTP/1.1 101 Switching Protocols', ...lines].join('\r\n')}\r\n\r\n`
}

const goodSwitch = switching('Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`)

/** An upstream that opens every WebSocket, after which anything may be said. */
async function openSwitching(head = goodSwitch): Promise<{ url: string; requests: string[]; sockets: Socket[] }> {
  const requests: string[] = []
  const sockets: Socket[] = []
  const url = await openRawUpstream((socket) => {
    socket.allowHalfOpen = true
    socket.once('data', (chunk) => {
      requests.push(chunk.toString('latin1'))
      sockets.push(socket)
      socket.write(head, 'latin1')
    })
  })
  return { url, requests, sockets }
}

/** A client that is joined to the upstream's connection. */
async function openJoined(
  front: Front,
  sockets: Socket[],
): Promise<{ client: Socket; upstream: Socket; head: string }> {
  const client = openClient(front.port)
  client.write(handshake())
  const [head] = await once(client, 'data')
  await until(() => sockets.length === 1)
  return { client, upstream: sockets[0]!, head: String(head) }
}

/** Resolves when the other side has ended the connection, well or badly. */
function ended(socket: Socket): Promise<unknown> {
  if (socket.destroyed || socket.readableEnded) return Promise.resolve()
  return new Promise((resolve) => socket.resume().once('end', resolve).once('close', resolve))
}

function connectionsOf(front: Front): Promise<number> {
  return new Promise((resolve, reject) =>
    front.server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
  )
}

describe('a WebSocket', () => {
  async function openEchoing() {
    const server = createServer()
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'chat' })
    sockets.on('connection', (socket, req) => {
      socket.on('message', (message, binary) => socket.send(message, { binary }))
      socket.send(`hello ${req.headers['x-keyporter-key-id']} ${req.url}`)
    })
    cleanUp(() => sockets.close())
    return openUpstream(() => {}, server)
  }

  it('echoes messages, small and large, text and binary', async () => {
    const front = await openFront(await openEchoing())
    const client = new WebSocket(`ws://127.0.0.1:${front.port}/things/5`, ['chat'])
    const messages: Buffer[] = []
    client.on('message', (message) => messages.push(message as Buffer))
    await once(client, 'open')
    expect(client.protocol).toBe('chat')
    await until(() => messages.length === 1)
    expect(String(messages[0])).toBe('hello 42 /things/5')
    const large = Buffer.alloc(5_000_000, 'x')
    client.send('small')
    client.send(large)
    await until(() => messages.length === 3)
    expect(String(messages[1])).toBe('small')
    expect(messages[2]!.equals(large)).toBe(true)
    client.close(1000, 'done')
    const [code, reason] = await once(client, 'close')
    expect([code, String(reason)]).toEqual([1000, 'done'])
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  })

  it('is opened with the headers of any other request, and its own', async () => {
    const { url, requests } = await openSwitching()
    const front = await openFront(url)
    const client = openClient(front.port)
    client.write(
      handshake(
        'X_Keyporter_Key_Id: 1',
        'Authorization: Bearer s',
        'Sec-WebSocket-Protocol: chat',
        'Cookie: keyporter_session=s; a=1',
      ),
    )
    await once(client, 'data')
    const lines = requests[0]!.toLowerCase().split('\r\n')
    expect(lines[0]).toBe('get /socket?a=1 http/1.1')
    expect(lines).toEqual(
      expect.arrayContaining([
        'connection: upgrade',
        'upgrade: websocket',
        `sec-websocket-key: ${key.toLowerCase()}`,
        'sec-websocket-version: 13',
        'sec-websocket-protocol: chat',
        'x-keyporter-key-id: 42',
        'x-keyporter-account-id: 7',
        'x-forwarded-for: 127.0.0.1',
        'cookie: a=1',
      ]),
    )
    expect(lines.filter((line) => line.startsWith('connection:'))).toHaveLength(1)
    expect(requests[0]).not.toContain('Bearer')
    expect(requests[0]).not.toContain('X_Keyporter')
  })

  it('is opened towards the client with what the upstream said, less what is not its to say', async () => {
    const { url, sockets } = await openSwitching(
      switching(
        'upgrade: WebSocket',
        'connection: keep-alive, upgrade',
        `sec-websocket-accept: ${accept}`,
        'Sec-WebSocket-Protocol: chat',
        'Set-Cookie: keyporter_session=evil',
        'Set-Cookie: a=1',
        'Set-Cookie: b=2',
        'Keep-Alive: timeout=5',
        'X-Odd: caf\xe9',
      ),
    )
    const front = await openFront(url)
    const client = openClient(front.port)
    client.write(handshake())
    const [bytes] = await once(client, 'data')
    await until(() => sockets.length === 1)
    const answer = parseAnswer(bytes.toString('latin1'))
    expect([answer.status, answer.header('upgrade'), answer.header('connection')]).toEqual([
      101,
      'websocket',
      'Upgrade',
    ])
    expect(answer.header('sec-websocket-protocol')).toBe('chat')
    expect(answer.header('x-odd')).toBe('caf\xe9')
    expect(answer.header('x-request-id')).toBe('request-1')
    expect(answer.header('keep-alive')).toBeUndefined()
    expect(answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2'])
  })

  it('carries what the client sent before the 101, after it', async () => {
    const got: string[] = []
    const url = await openRawUpstream((socket) => {
      socket.on('data', (chunk) => {
        got.push(String(chunk))
        if (got.length === 1) socket.write(goodSwitch)
      })
    })
    const front = await openFront(url)
    const client = openClient(front.port)
    client.write(`${handshake()}early`)
    await until(() => got.length > 1)
    expect(got[0]).not.toContain('early')
    expect(got.slice(1).join('')).toBe('early')
  })

  it('carries what the upstream sent with its 101', async () => {
    const { url } = await openSwitching(`${goodSwitch}early`)
    const front = await openFront(url)
    const client = openClient(front.port)
    let got = ''
    client.on('data', (chunk) => {
      got += chunk
    })
    client.write(handshake())
    await until(() => got.endsWith('early'))
    expect(got).toContain('101 Switching Protocols')
  })
})

describe('the end of a WebSocket', () => {
  it('passes half a close on, and what comes from the other side after it', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url)
    const { client, upstream } = await openJoined(front, sockets)
    upstream.resume()
    client.end()
    await once(upstream, 'end')
    upstream.write('still here')
    const [got] = await once(client, 'data')
    expect(String(got)).toBe('still here')
    upstream.end('last')
    const [last] = await once(client, 'data')
    expect(String(last)).toBe('last')
    await once(client.resume(), 'end')
    await until(() => front.ends.length === 1)
  })

  it('passes half a close of the upstream on', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url)
    const { client, upstream } = await openJoined(front, sockets)
    upstream.end('last')
    client.resume()
    await once(client, 'end')
    client.end('answer')
    const [got] = await once(upstream, 'data')
    expect(String(got)).toBe('answer')
    await ended(upstream)
    await until(() => front.ends.length === 1)
    expect(await connectionsOf(front)).toBe(0)
  })

  it('loses nothing of what was said last to a client that is slow', async () => {
    const slow = new Duplex({ read() {}, write: (_chunk, _encoding, done) => void setTimeout(done, 50) })
    const quick = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const { over } = openTunnel({} as Exchange, slow, quick, 10_000)
    slow.push(null)
    quick.push('last')
    quick.push(null)
    await over
    expect(slow.writableFinished).toBe(true)
  })

  it('bounds how long half of it may stand still', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url, { bodyIdleTimeoutMs: 80 })
    const { client, upstream } = await openJoined(front, sockets)
    upstream.resume()
    client.resume().end()
    await Promise.all([ended(upstream), ended(client)])
    await until(() => front.ends.length === 1)
  })

  it.each([
    ['the client', (client: Socket, upstream: Socket) => [client, upstream]],
    ['the upstream', (client: Socket, upstream: Socket) => [upstream, client]],
  ] as const)('reaches the other side when %s breaks off', async (_, order) => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url)
    const { client, upstream } = await openJoined(front, sockets)
    const [breaking, other] = order(client, upstream)
    other!.resume()
    breaking!.resetAndDestroy()
    await ended(other!)
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
    expect(await connectionsOf(front)).toBe(0)
  })

  it('leaves nothing behind, even of a client that never closes its side', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url, { bodyIdleTimeoutMs: 80 })
    const { client, upstream } = await openJoined(front, sockets)
    client.resume()
    upstream.end()
    upstream.destroy()
    await until(() => front.ends.length === 1)
    expect(await connectionsOf(front)).toBe(0)
  })

  it('stops the side that is too fast', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url)
    const { client, upstream } = await openJoined(front, sockets)
    client.pause()
    let written = 0
    let standing = 0
    while (standing < 20 && written < 256_000_000) {
      if (upstream.writableNeedDrain) {
        standing++
        await new Promise((resolve) => setTimeout(resolve, 10))
      } else {
        standing = 0
        upstream.write(Buffer.alloc(65_536))
        written += 65_536
      }
      await new Promise(setImmediate)
    }
    expect(written).toBeLessThan(64_000_000)
    let bytes = 0
    client.resume().on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await until(() => bytes === written)
  })

  it('comes with the end of the gateway', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url, { drainMs: 30 })
    const { client, upstream } = await openJoined(front, sockets)
    client.resume()
    upstream.resume()
    await Promise.all([front.gateway.close(), ended(client), ended(upstream)])
    expect(front.ends).toEqual(['over'])
  })
})

describe('a WebSocket that the upstream refuses', () => {
  it.each([
    ['401 with a length', 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: X\r\nContent-Length: 4\r\n\r\nnope', 401],
    ['404 in chunks', 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n', 404],
    ['426', 'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 4\r\n\r\nnope', 426],
    ['200', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope', 200],
  ])('gives the client its answer: %s', async (_, text, status) => {
    const front = await openFront(await openScriptedUpstream(text))
    const answer = parseAnswer(await exchangeRaw(front.port, handshake()))
    expect(answer.status).toBe(status)
    expect(answer.body).toContain('nope')
    expect(answer.header('connection')).toBe('close')
    expect(answer.header('upgrade')).toBeUndefined()
    expect(answer.header('x-request-id')).toBe('request-1')
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
    expect(await connectionsOf(front)).toBe(0)
  })

  it('lets go of a client that does not close its side', async () => {
    const upstream = await openScriptedUpstream('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope')
    const front = await openFront(upstream, { bodyIdleTimeoutMs: 60_000 })
    const client = openClient(front.port)
    client.write(handshake())
    await ended(client)
    expect(client.writable).toBe(true)
    await until(() => front.ends.length === 1)
    expect(await connectionsOf(front)).toBe(0)
  })

  it('never sees what the client said too early', async () => {
    const got: string[] = []
    const upstream = await openRawUpstream((socket) => {
      socket.on('data', (chunk) => {
        got.push(String(chunk))
        if (got.length === 1) socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
      })
    })
    const front = await openFront(upstream)
    await exchangeRaw(front.port, `${handshake()}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
    await until(() => front.ends.length === 1)
    expect(got.join('')).not.toContain('smuggled')
  })

  it('is cut when the upstream breaks off in the middle of its refusal', async () => {
    const front = await openFront(
      await openScriptedUpstream('HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nhalf', true),
    )
    const text = await exchangeRaw(front.port, handshake())
    expect(text).toContain('Content-Length: 100'.toLowerCase())
    expect(text.endsWith('half')).toBe(true)
    await until(() => front.ends.length === 1)
    expect(await connectionsOf(front)).toBe(0)
  })
})

describe('a handshake that fails', () => {
  const good = ['Upgrade: websocket', 'Connection: Upgrade']
  it.each([
    ['a wrong Accept', switching(...good, `Sec-WebSocket-Accept: ${key}`)],
    ['no Accept', switching(...good)],
    ['two Accepts', switching(...good, `Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Accept: ${accept}`)],
    ['another protocol', switching('Upgrade: h2c', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`)],
    ['no Upgrade', switching('Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`)],
    ['no Connection', switching('Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`)],
    ['something else', 'hello\r\n\r\n'],
  ])('is 502: %s', async (_, text) => {
    const { url, sockets } = await openSwitching(text)
    const front = await openFront(url)
    const answer = parseAnswer(await exchangeRaw(front.port, handshake()))
    expect([answer.status, answer.reason]).toEqual([502, 'upstream_failed'])
    await ended(sockets[0]!)
    expect(front.ends).toEqual(['upstream_failed'])
  })

  it('is 502 where nobody listens, 504 where nobody answers', async () => {
    const nobody = await openFront('http://127.0.0.1:1')
    expect(await exchangeRaw(nobody.port, handshake())).toContain('HTTP/1.1 502')
    const silent = await openFront(await openRawUpstream(() => {}), { headersTimeoutMs: 50 })
    expect(await exchangeRaw(silent.port, handshake())).toContain('HTTP/1.1 504')
  })

  it.each([
    ['another method', handshake().replace('GET', 'POST')],
    ['no key', handshake().replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['a short key', handshake().replace(key, 'AAAA')],
    ['two keys', handshake(`Sec-WebSocket-Key: ${key}`)],
    ['a body', handshake('Content-Length: 5')],
    ['a body in chunks', handshake('Transfer-Encoding: chunked')],
    ['two protocols', handshake().replace('Upgrade: websocket', 'Upgrade: websocket, h2c')],
    ['another protocol', handshake().replace('Upgrade: websocket', 'Upgrade: h2c')],
  ])('is 400 with %s, and is not sent', async (_, text) => {
    const { url, requests } = await openSwitching()
    const front = await openFront(url)
    expect(await exchangeRaw(front.port, text)).toContain('HTTP/1.1 400')
    expect(requests).toEqual([])
  })

  it('ends at the upstream when the client leaves before the answer', async () => {
    const sockets: Socket[] = []
    const upstream = await openRawUpstream((socket) => {
      socket.resume()
      sockets.push(socket)
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.write(handshake())
    await until(() => sockets.length === 1)
    client.resetAndDestroy()
    await ended(sockets[0]!)
    await until(() => front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  })

  it('gives its place back, and an open tunnel takes none', async () => {
    const { url, sockets } = await openSwitching()
    const front = await openFront(url, { connections: 1, connectTimeoutMs: 500 })
    for (let n = 1; n <= 3; n++) {
      const client = openClient(front.port)
      client.write(handshake())
      const [head] = await once(client, 'data')
      expect(String(head)).toContain('101')
      await until(() => sockets.length === n)
    }
  })
})
