/** Services on raw sockets: they are answered past the router, so each way a body may come is tried on them too. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Verdict } from '@keyporter/sdk'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueAdminKey } from '../../src/actions/accounts.js'
import { verifyEndpoint } from '../../src/http/endpoints/verify.js'
import { exchangeRaw, openClient, parseAnswer, until } from '../gateway/front.js'
import { type Front, openFront } from './front.js'

let front: Front
let port: number
let head: string
let question: string

beforeAll(async () => {
  front = await openFront()
  port = Number(new URL(front.url).port)
  const { secret: verifier } = await issueAdminKey(front.world.context)
  question = JSON.stringify({ key: front.secret, method: 'GET', path: '/keyporter/whoami' })
  head = `POST /keyporter/verify HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer ${verifier}\r\n`
})
afterAll(() => front.close())

const json = 'Content-Type: application/json'

function print(body: string | Buffer, ...lines: string[]): Buffer {
  const framed = [...lines, json, `Content-Length: ${body.length}`].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}${framed}\r\n\r\n`), Buffer.from(body)])
}

const last = 'Connection: close'

/** Everything that came back, split into answers. */
function splitAnswers(all: string): ReturnType<typeof parseAnswer>[] {
  return all.split(/(?=HTTP\/1\.1 \d{3})/).map(parseAnswer)
}

async function ask(body: string | Buffer): Promise<ReturnType<typeof parseAnswer>> {
  return parseAnswer(await exchangeRaw(port, print(body, last)))
}

/** Sends pieces with a pause after each, and reads to the end. */
async function drip(pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = openClient(port)
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk
  })
  for (const piece of pieces) {
    socket.write(piece)
    await delay(2)
  }
  await until(() => socket.readableEnded)
  socket.destroy()
  return received
}

const allowed = { allowed: true, status: 200, endpoint: 'api.keyporter.whoami' }

describe('the body of a question', () => {
  it('may come in pieces, cut anywhere', async () => {
    const whole = print(question, last)
    for (const at of [whole.length - question.length, whole.length - 20, whole.length - 1]) {
      const answer = parseAnswer(await drip([whole.subarray(0, at), whole.subarray(at)]))
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, allowed])
    }
    const bytes = Array.from(whole.subarray(whole.length - question.length), (byte) => Buffer.of(byte))
    const dripped = parseAnswer(await drip([whole.subarray(0, whole.length - question.length), ...bytes]))
    expect(JSON.parse(dripped.body)).toMatchObject(allowed)
  })

  it('may come in chunks', async () => {
    const chunks = [question.slice(0, 7), question.slice(7)].map((each) => `${each.length.toString(16)}\r\n${each}\r\n`)
    const framed = `${head}${json}\r\n${last}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const answer = parseAnswer(await drip([framed, ...chunks, '0\r\n\r\n']))
    expect(JSON.parse(answer.body)).toMatchObject(allowed)
  })

  it('is asked for where the client waits for that', async () => {
    const answers = splitAnswers(await exchangeRaw(port, print(question, last, 'Expect: 100-continue')))
    expect(answers.map(({ status }) => status)).toEqual([100, 200])
  })

  it('that ends early is answered 400, and nothing else suffers', async () => {
    const socket = openClient(port)
    let received = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk
    })
    socket.end(print(question).subarray(0, -1))
    await until(() => received.includes('request_id'))
    expect(parseAnswer(received).status).toBe(400)
    const gone = openClient(port)
    gone.write(print(question).subarray(0, -1))
    await delay(20)
    gone.destroy()
    expect(JSON.parse((await ask(question)).body)).toMatchObject(allowed)
  })

  it('is refused above 1 MiB', async () => {
    expect((await ask(' '.repeat(1_048_577))).status).toBe(413)
  })

  it.each<[string, string | Buffer]>([
    ['a member twice', '{"method":"GET","method":"GET","path":"/"}'],
    ['a member twice below', '{"method":"GET","path":"/","body":{"a":[{"b":1,"b":2}]}}'],
    ['a member twice in two spellings', '{"method":"GET","path":"/","p\\u0061th":"/"}'],
    ['invalid UTF-8', Buffer.from('{"method":"GET","path":"/\xff"}', 'latin1')],
    ['a byte order mark', '\ufeff{"method":"GET","path":"/"}'],
    ['something after it', '{"method":"GET","path":"/"} {}'],
    ['an unended text', '{"method":"GET","path":"/'],
  ])('is refused with %s', async (_, body) => {
    const { status, header, body: text } = await ask(Buffer.from(body as string))
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: 'bad_request' }])
    expect(JSON.parse(text).request_id).toBe(header('x-request-id'))
  })
})

describe('answers', () => {
  it('to pipelined questions come in order', async () => {
    const other = JSON.stringify({ key: 'kp_unknown', method: 'GET', path: '/keyporter/whoami' })
    const all = Buffer.concat([print(question), print(other), print('nonsense'), print(question, last)])
    const answers = splitAnswers(await exchangeRaw(port, all))
    expect(answers.map(({ status, body }) => [status, JSON.parse(body).allowed])).toEqual([
      [200, true],
      [200, false],
      [400, undefined],
      [200, true],
    ])
  })

  it('carry their headers once', async () => {
    const { header, text } = {
      ...(await ask(question)),
      text: await exchangeRaw(port, print(question, last)),
    }
    for (const name of ['x-request-id', 'content-type', 'content-length', 'cache-control', 'x-content-type-options']) {
      expect(header(name)).toEqual(expect.any(String))
      expect(text.toLowerCase().split(`\r\n${name}:`)).toHaveLength(2)
    }
  })

  it('are printed as JSON.stringify prints them', () => {
    const id = fc.option(fc.nat())
    const endpoint = fc.option(fc.constantFrom('api.instance.show', 'api.keyporter.whoami'))
    const text = fc.option(fc.string())
    const verdict: fc.Arbitrary<Verdict> = fc.oneof(
      fc
        .record({ keyId: id, accountId: id, endpoint })
        .map((known) => ({ allowed: true, status: 200, error: null, msg: null, reason: null, ...known })),
      fc.record({
        allowed: fc.constant(false),
        status: fc.nat(),
        error: text,
        msg: text,
        reason: text,
        keyId: id,
        accountId: id,
        endpoint,
      }),
    )
    fc.assert(
      fc.property(fc.oneof(verdict, fc.array(verdict)), (answer) => {
        expect(verifyEndpoint.print(answer)).toBe(JSON.stringify(answer))
      }),
    )
  })
})
