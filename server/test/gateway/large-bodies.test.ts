/** Bodies of any size pass in constant memory, no faster than the slower side. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { openClient, openFront, openUpstream, until } from './front.js'

const chunk = Buffer.alloc(65_536, 'keyporter')
const chunks = 4_096
const totalBytes = chunk.length * chunks
/** Half of the body: what sockets, streams and uncollected buffers may take between them. */
const maxGrowthBytes = totalBytes / 2

/** Chunks that are made only as they are taken. */
function* makeChunks(): Generator<Buffer> {
  for (let i = 0; i < chunks; i++) yield Buffer.from(chunk)
}

async function writeAll(target: NodeJS.WritableStream): Promise<void> {
  for (const each of makeChunks()) if (!target.write(each)) await once(target, 'drain')
  target.end()
}

/** Reads to the end; gives bytes, digest, and the most memory held meanwhile beyond what was held before. */
async function weigh(message: IncomingMessage) {
  const digest = createHash('sha256')
  const before = measure()
  let bytes = 0
  let growth = 0
  for await (const piece of message) {
    bytes += (piece as Buffer).length
    digest.update(piece as Buffer)
    growth = Math.max(growth, measure() - before)
  }
  return { bytes, digest: digest.digest('hex'), growth }
}

function measure(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const expected = (() => {
  const digest = createHash('sha256')
  for (let i = 0; i < chunks; i++) digest.update(chunk)
  return digest.digest('hex')
})()

describe('256 MiB', () => {
  it('come down', async () => {
    const upstream = await openUpstream((_req, res) => {
      res.writeHead(200, { 'Content-Length': totalBytes })
      void writeAll(res)
    })
    const front = await openFront(upstream)
    const client = request({ port: front.port, agent: false }).end()
    const [answer] = (await once(client, 'response')) as [IncomingMessage]
    const { bytes, digest, growth } = await weigh(answer)
    expect([bytes, digest]).toEqual([totalBytes, expected])
    expect(growth).toBeLessThan(maxGrowthBytes)
  }, 60_000)

  it('go up', async () => {
    const seen: Awaited<ReturnType<typeof weigh>>[] = []
    const upstream = await openUpstream(async (req, res) => {
      seen.push(await weigh(req))
      res.end()
    })
    const front = await openFront(upstream)
    const client = request({ port: front.port, method: 'POST', agent: false })
    await writeAll(client)
    await once(client, 'response')
    expect(seen).toHaveLength(1)
    expect([seen[0]!.bytes, seen[0]!.digest]).toEqual([totalBytes, expected])
    expect(seen[0]!.growth).toBeLessThan(maxGrowthBytes)
  }, 60_000)
})

describe('backpressure', () => {
  /** Resolves with the last count once it has not moved for a while. */
  async function settle(count: () => number): Promise<number> {
    for (let last = -1; last !== count(); ) {
      last = count()
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    return count()
  }

  it('stops the upstream while the client does not read', async () => {
    let written = 0
    const upstream = await openUpstream(async (_req, res) => {
      for (const each of makeChunks()) {
        written += each.length
        if (!res.write(each)) await once(res, 'drain')
      }
    })
    const front = await openFront(upstream)
    const client = openClient(front.port)
    client.pause()
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => written > 0)
    expect(await settle(() => written)).toBeLessThan(totalBytes / 4)
    client.destroy()
  }, 30_000)

  it('stops the client while the upstream does not read', async () => {
    const upstream = await openUpstream((req) => void req.pause())
    const front = await openFront(upstream)
    const client = request({ port: front.port, method: 'POST', agent: false })
    client.on('error', () => {})
    let written = 0
    void (async () => {
      for (const each of makeChunks()) {
        if (client.destroyed) return
        written += each.length
        if (!client.write(each)) await once(client, 'drain').catch(() => {})
      }
    })()
    await until(() => written > 0)
    expect(await settle(() => written)).toBeLessThan(totalBytes / 4)
    client.destroy()
  }, 30_000)

  it('lets go of a client that takes nothing for too long', async () => {
    let closed = false
    const upstream = await openUpstream(async (req, res) => {
      req.socket.once('close', () => {
        closed = true
      })
      for (const each of makeChunks()) if (!res.write(each)) await once(res, 'drain').catch(() => {})
    })
    const front = await openFront(upstream, { bodyIdleTimeoutMs: 100 })
    const client = openClient(front.port)
    client.pause()
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => closed && front.ends.length === 1)
    expect(front.ends).toEqual(['over'])
  }, 30_000)

  it('keeps a client that takes its time but takes', async () => {
    const upstream = await openUpstream(async (_req, res) => {
      for (let i = 0; i < 400; i++) if (!res.write(chunk)) await once(res, 'drain')
      res.end('last')
    })
    const front = await openFront(upstream, { bodyIdleTimeoutMs: 1_000 })
    const client = openClient(front.port)
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    const startedAt = performance.now()
    let tail = ''
    for await (const piece of client) {
      tail = (tail + piece.toString('latin1')).slice(-20)
      // Longer than the idle time in all, never nearly as long at once.
      if (performance.now() - startedAt < 1_500) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(tail).toContain('last\r\n0\r\n\r\n')
  }, 30_000)
})
