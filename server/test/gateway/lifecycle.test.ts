/** How many exchanges run at once, who waits, and how everything ends. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/fault.js'
import type { Running } from '../../src/gateway/exchange.js'
import { type FrontOptions, openClient, openFront, openUpstream, send, until } from './front.js'

/** An upstream that answers each request only when told to. */
async function openHeld(options: FrontOptions) {
  const held: { req: IncomingMessage; res: ServerResponse }[] = []
  const upstream = await openUpstream((req, res) => void held.push({ req, res }))
  return { front: await openFront(upstream, options), held }
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

describe('at the limit of connections', () => {
  it('lets requests wait for their turn, first come first served', async () => {
    const { front, held } = await openHeld({ connections: 2 })
    const answers = ['/1', '/2', '/3', '/4'].map((path) => send(front.port, `GET ${path}`))
    for (let served = 0; served < 4; served++) {
      await until(() => held.length === Math.min(4, served + 2))
      held[served]!.res.end(held[served]!.req.url)
    }
    const bodies = (await Promise.all(answers)).map(({ body }) => body)
    expect(bodies).toEqual(['/1', '/2', '/3', '/4'])
    await until(() => front.ends.length === 4)
  })

  it('is 503 for one that waits too long, and not sent', async () => {
    const { front, held } = await openHeld({ connections: 1, connectTimeoutMs: 80 })
    const first = send(front.port, 'GET /first')
    await until(() => held.length === 1)
    const second = await send(front.port, 'GET /second')
    expect([second.status, JSON.parse(second.body)]).toEqual([
      503,
      { error: 'busy', msg: 'Too many requests are at the upstream; try again.' },
    ])
    held[0]!.res.end('fine')
    expect((await first).body).toBe('fine')
    expect(
      (
        await Promise.all([
          send(front.port, 'GET /third'),
          until(() => held.length === 2).then(() => held[1]!.res.end('3')),
        ])
      )[0].body,
    ).toBe('3')
    expect(held.map(({ req }) => req.url)).toEqual(['/first', '/third'])
  })

  it('forgets one whose client leaves before its turn', async () => {
    const { front, held } = await openHeld({ connections: 1 })
    const first = send(front.port, 'GET /first')
    await until(() => held.length === 1)
    const gone = openClient(front.port)
    gone.write('POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n')
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.destroy()
    await until(() => front.ends.length === 1)
    held[0]!.res.end('fine')
    await first
    const next = send(front.port, 'GET /next')
    await until(() => held.length === 2)
    held[1]!.res.end()
    await next
    expect(held.map(({ req }) => req.url)).toEqual(['/first', '/next'])
  })

  it('gives every place back, however an exchange ends', async () => {
    const upstream = await openUpstream((req, res) => {
      if (req.url === '/destroy') req.socket.destroy()
      else if (req.url === '/half') res.write('half', () => req.socket.destroy())
      else if (req.url === '/ok') res.end('ok')
    })
    const front = await openFront(upstream, { connections: 2, headersTimeoutMs: 100, connectTimeoutMs: 1_000 })
    for (let round = 0; round < 2; round++) {
      for (const path of ['/destroy', '/half', '/slow', '/ok']) await send(front.port, `GET ${path}`)
      const leaving = openClient(front.port)
      leaving.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      leaving.destroy()
    }
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(front.port, 'GET /ok')))
    expect(answers.map(({ body }) => body)).toEqual(['ok', 'ok', 'ok', 'ok'])
  })
})

describe('watching', () => {
  it('is told of each exchange from its beginning to its end, and can cut it', async () => {
    const watched: Running[] = []
    let ended = 0
    const watch = (running: Running) => {
      watched.push(running)
      return () => {
        ended++
      }
    }
    const { front, held } = await openHeld({ watch })
    const answers = ['/1', '/2', '/3'].map((path) => send(front.port, `GET ${path}`))
    await until(() => held.length === 3)
    expect([watched.length, ended]).toEqual([3, 0])
    watched[1]!.abort(new Fault('busy', 'cut'))
    await until(() => ended === 1)
    for (const { res } of held) if (!res.destroyed) res.end('fine')
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 503])
    await until(() => ended === 3)
  })
})

describe('close', () => {
  it('waits for what is running, and takes nothing new', async () => {
    const { front, held } = await openHeld({ drainMs: 10_000 })
    const first = send(front.port, 'GET /')
    await until(() => held.length === 1)
    let closed = false
    const closing = front.gateway.close().then(() => {
      closed = true
    })
    const refused = await send(front.port, 'GET /')
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      503,
      { error: 'busy', msg: 'This server is shutting down.' },
    ])
    expect(closed).toBe(false)
    held[0]!.res.end('whole')
    expect((await first).body).toBe('whole')
    await closing
    expect(held).toHaveLength(1)
  })

  it('cuts what has not ended in time: answers what has no answer yet, breaks off what has', async () => {
    const { front, held } = await openHeld({ drainMs: 50 })
    const waiting = send(front.port, 'GET /')
    await until(() => held.length === 1)
    const reading = openClient(front.port)
    reading.write(get)
    await until(() => held.length === 2)
    held[1]!.res.write('half')
    await once(reading, 'data')
    const gone = Promise.all(held.map(({ req }) => new Promise((resolve) => req.socket.once('close', resolve))))
    const cut = new Promise((resolve) => reading.resume().once('close', resolve).once('end', resolve))
    await front.gateway.close()
    const answer = await waiting
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([503, 'busy'])
    await cut
    await gone
    expect(front.ends.toSorted()).toEqual(['busy', 'over'])
  })

  it('ends what waits for its turn too', async () => {
    const { front, held } = await openHeld({ connections: 1, drainMs: 50 })
    const answers = [send(front.port, 'GET /'), send(front.port, 'GET /')]
    await until(() => held.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await front.gateway.close()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503])
    expect(held).toHaveLength(1)
  })

  it('can be called twice, and closes idle connections to the upstream', async () => {
    const sockets: IncomingMessage['socket'][] = []
    const upstream = await openUpstream((req, res) => {
      sockets.push(req.socket)
      res.end('ok')
    })
    const front = await openFront(upstream)
    await send(front.port, 'GET /')
    await Promise.all([front.gateway.close(), front.gateway.close()])
    // An idle connection would live for some seconds more.
    const soon = new Promise((resolve) => setTimeout(resolve, 1_000, 'still open'))
    const ended = until(() => sockets[0]!.destroyed).then(() => 'closed')
    expect(await Promise.race([ended, soon])).toBe('closed')
  })
})
