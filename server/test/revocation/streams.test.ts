/** Answers that are still running when their key loses its power: cut before the call that takes it returns. */

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openClient } from '@keyporter/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type App, openApp } from '../../src/app.js'
import { loadConfig } from '../../src/config/load.js'
import { Fault } from '../../src/fault.js'
import { openStreams } from '../../src/revocation/streams.js'
import { makePrincipal } from '../gateway/front.js'

let dataDir: string
let upstream: Server
let app: App
let secret: string

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyporter-streams-'))
  // Begins an answer and never ends it.
  upstream = createServer((_, res) => void res.writeHead(200).write('begun'))
  new WebSocketServer({ server: upstream })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const settings = {
    KEYPORTER_DATA_DIR: dataDir,
    KEYPORTER_PORT: '0',
    KEYPORTER_LOG_LEVEL: 'silent',
    KEYPORTER_UPSTREAM: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
  }
  app = await openApp(loadConfig(settings))
  secret = app.announcements[0]!.replace('admin key: ', '')
})

afterAll(async () => {
  upstream?.closeAllConnections()
  await app?.close()
  upstream?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Stream {
  readonly isCut: () => boolean
  end(): void
}

/** A forwarded answer that has begun. */
function openStream(key: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const options = { headers: { Authorization: `Bearer ${key}` }, agent: false }
    const request = get(`${app.url}/api/v0/instances/1227/`, options, (response: IncomingMessage) => {
      let cut = false
      response.on('error', () => {
        cut = true
      })
      response.once('data', () => resolve({ isCut: () => cut, end: () => request.destroy() }))
    })
    request.on('error', reject)
  })
}

/** A tunnel that is open. */
async function openSocket(key: string): Promise<Stream> {
  const url = `${app.url.replace('http', 'ws')}/api/v0/instances/1227/`
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${key}` } })
  let cut = false
  socket.on('close', () => {
    cut = true
  })
  await once(socket, 'open')
  return { isCut: () => cut, end: () => socket.terminate() }
}

const readsInstances = { api: { instance_read: {} } }

it.each([
  ['deletes it', (id: number) => openClient({ url: app.url, key: secret }).deleteApiKey(id)],
  ['disables it', (id: number) => openClient({ url: app.url, key: secret }).updateApiKey(id, { disabled: true })],
  [
    'narrows it',
    (id: number) => openClient({ url: app.url, key: secret }).updateApiKey(id, { permissions: { api: {} } }),
  ],
])("cuts the running answer of a key when a call %s, and no other key's", async (_, revoke) => {
  const client = openClient({ url: app.url, key: secret })
  const [key, other] = [
    await client.createApiKey({ permissions: readsInstances }),
    await client.createApiKey({ permissions: readsInstances }),
  ]
  const [stream, untouched] = [await openStream(key.secret), await openStream(other.secret)]
  await revoke(key.id)
  // It was cut before the call returned; that the client hears of it takes its socket a moment.
  await expect.poll(stream.isCut, { timeout: 1_000 }).toBe(true)
  expect(untouched.isCut()).toBe(false)
  untouched.end()
})

it("cuts the tunnel of a key when a call deletes it, and no other key's", async () => {
  const client = openClient({ url: app.url, key: secret })
  const [key, other] = [
    await client.createApiKey({ permissions: readsInstances }),
    await client.createApiKey({ permissions: readsInstances }),
  ]
  const [socket, untouched] = [await openSocket(key.secret), await openSocket(other.secret)]
  await client.deleteApiKey(key.id)
  await expect.poll(socket.isCut, { timeout: 1_000 }).toBe(true)
  expect(untouched.isCut()).toBe(false)
  untouched.end()
})

it.each([
  ['decides a stream again when a change was applied between its decision and its beginning', 3, true],
  ['does not where none was', 4, false],
])('%s', async (_, epoch, isAgain) => {
  let decided = 0
  const stream = {
    principal: makePrincipal(null),
    epoch,
    decideAgain: async () => {
      decided++
      return { allowed: true as const, principal: null, match: null }
    },
    abort() {},
  }
  openStreams(() => 0).watch(stream, 4)
  expect(decided).toBe(isAgain ? 1 : 0)
})

describe('a review', () => {
  const allow = { allowed: true as const, principal: null, match: null }
  const busy = new Fault('busy', 'too many records are being loaded')

  /** Reviews that many streams, each decided by `decideAgain`; the reasons for which some were cut. */
  async function review(count: number, decideAgain: () => Promise<typeof allow>): Promise<unknown[]> {
    const streams = openStreams(() => 0)
    const cut: unknown[] = []
    const stream = {
      principal: makePrincipal(null),
      epoch: 0,
      decideAgain,
      abort: (reason: unknown) => cut.push(reason),
    }
    for (let i = 0; i < count; i++) streams.watch(stream, 0)
    await streams.review({ all: true })
    return cut
  }

  it('of many streams asks for no more records at once than a verifier loads, and cuts none of them', async () => {
    let running = 0
    const cut = await review(500, async () => {
      if (++running > 64) throw busy
      await delay(1)
      running--
      return allow
    })
    expect(cut).toEqual([])
  })

  it('asks again where it cannot be told in a crowd', async () => {
    let left = 1
    expect(await review(1, async () => (left-- > 0 ? Promise.reject(busy) : allow))).toEqual([])
  })

  it('cuts what cannot be told in time, before it is over', async () => {
    expect(await review(1, () => Promise.reject(busy))).toMatchObject([{ code: 'busy' }])
  })
})

it('keeps the running answer of a key that is only renamed', async () => {
  const client = openClient({ url: app.url, key: secret })
  const key = await client.createApiKey({ permissions: readsInstances })
  const stream = await openStream(key.secret)
  await client.updateApiKey(key.id, { name: 'renamed' })
  await client.showUser()
  expect(stream.isCut()).toBe(false)
  stream.end()
})

it('cuts the running answer of a key when it expires', async () => {
  const client = openClient({ url: app.url, key: secret })
  const expiresAt = new Date(Date.now() + 1_500)
  const key = await client.createApiKey({ permissions: readsInstances, expiresAt })
  const stream = await openStream(key.secret)
  expect(stream.isCut()).toBe(false)
  await expect.poll(stream.isCut, { timeout: 5_000 }).toBe(true)
})
