import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Connections, openConnections } from '../../src/http/connections.js'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function open(
  listener: RequestListener,
  max = 10,
): Promise<{ server: Server; connections: Connections; dial(text?: string): Promise<Dialled> }> {
  const connections = openConnections(max)
  const server = createServer({ ServerResponse: connections.Response, keepAliveTimeout: 60_000 }, listener)
  connections.watch(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const dial = async (text = '') => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    cleanups.push(() => socket.destroy())
    const read = { text: '' }
    socket.setEncoding('latin1').on('data', (chunk) => {
      read.text += chunk
    })
    const closed = once(socket, 'close')
    socket.write(text)
    return { socket, read, closed }
  }
  return { server, connections, dial }
}

interface Dialled {
  readonly socket: Socket
  readonly read: { text: string }
  readonly closed: Promise<unknown>
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const ended = (promise: Promise<unknown>, waitMs = 500) =>
  Promise.race([promise.then(() => true), delay(waitMs, false, { ref: false })])

describe('a server that drains', () => {
  it('says so on every answer, also on those to requests that came before', async () => {
    let answer = () => {}
    const { connections, dial } = await open((req, res) => {
      if (req.url === '/') res.end('quick')
      else answer = () => res.writeHead(200, 'Fine', { 'x-slow': '1' }).end('slow')
    })
    const quick = await dial(get)
    const slow = await dial('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await delay(50)
    expect(quick.read.text).toMatch(/connection: keep-alive/i)
    connections.drain()
    quick.socket.write(get)
    answer()
    await Promise.all([quick.closed, slow.closed])
    expect(quick.read.text.match(/connection: close/gi)?.length).toBe(1)
    expect(slow.read.text).toMatch(/^HTTP\/1.1 200 Fine\r\nx-slow: 1\r\n[\s\S]*connection: close[\s\S]*slow/i)
  })

  it('still takes connections until it ends', async () => {
    const { server, connections, dial } = await open((_req, res) => res.end('here'))
    connections.drain()
    const late = await dial(get)
    await late.closed
    expect(late.read.text).toContain('here')
    await connections.end(server, 1000)
    expect(server.listening).toBe(false)
  })
})

describe('the end of a server', () => {
  it('hears out who is in the midst of a conversation: the next request is answered, and told to be the last', async () => {
    const { server, connections, dial } = await open((_req, res) => res.end('here'))
    const talking = await dial(get)
    await delay(50)
    const over = connections.end(server, 5000)
    await delay(20)
    talking.socket.write(get)
    await Promise.all([talking.closed, over])
    expect(talking.read.text.match(/here/g)?.length).toBe(2)
    expect(talking.read.text).toMatch(/connection: close/i)
  })

  it('closes what idles, and lets what runs end', async () => {
    let answer = () => {}
    const { server, connections, dial } = await open((req, res) => {
      if (req.url === '/') res.end()
      else answer = () => res.end('done')
    })
    const idle = await dial(get)
    const busy = await dial('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await delay(50)
    const over = connections.end(server, 5000)
    expect(await ended(idle.closed)).toBe(true)
    expect(await ended(over, 200)).toBe(false)
    answer()
    await Promise.all([busy.closed, over])
    expect(busy.read.text).toContain('done')
  })

  it('does not wait longer than it may', async () => {
    const { server, connections, dial } = await open(() => {})
    await dial(get)
    await delay(50)
    const startedAt = performance.now()
    await connections.end(server, 200)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it('closes connections that were opened in reserve, after a while', async () => {
    const { server, connections, dial } = await open(() => {})
    const reserve = await dial()
    await delay(50)
    const startedAt = performance.now()
    await connections.end(server, 8000)
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect(await ended(reserve.closed)).toBe(true)
  })

  it('leaves tunnels to whoever carries them', async () => {
    const { server, connections, dial } = await open(() => {})
    server.on('upgrade', (_req, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const tunnel = await dial('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await delay(50)
    expect(tunnel.read.text).toContain('101')
    expect(await ended(connections.end(server, 8000), 1000)).toBe(true)
    expect(tunnel.socket.destroyed).toBe(false)
  })
})

it('closes connections above the most there may be, and takes new ones when others have gone', async () => {
  const { dial } = await open((_req, res) => res.end('here'), 2)
  const [first] = [await dial(get), await dial(get)]
  await delay(50)
  const third = await dial(get)
  expect(await ended(third.closed)).toBe(true)
  expect(third.read.text).toBe('')
  first!.socket.destroy()
  await delay(50)
  const fourth = await dial(get)
  await delay(50)
  expect(fourth.read.text).toContain('here')
})
