import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Fault } from '../../src/fault.js'
import { answerFault } from '../../src/http/answer.js'

/** Answers one request with what was thrown; gives the answer and the codes that were logged. */
async function answerWith(thrown: unknown): Promise<{ status: number; body: unknown; logged: unknown[] }> {
  const logged: unknown[] = []
  const lines = new Writable({
    write(line, _encoding, done) {
      logged.push(JSON.parse(String(line)).code)
      done()
    },
  })
  const server = createServer((_req, res) => answerFault(res, 'request-1', thrown, pino(lines)))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return { status: response.status, body: await response.json(), logged }
}

describe('answerFault', () => {
  it('tells nothing of what was thrown unless it is a fault, and logs it', async () => {
    expect(await answerWith(new Error('the pepper is 42'))).toEqual({
      status: 500,
      body: { success: false, error: 'internal', msg: 'Something went wrong here.', request_id: 'request-1' },
      logged: ['internal'],
    })
  })

  it.each([
    [new Fault('bad_request', 'No.'), 400, []],
    [new Fault('busy', 'Later.'), 503, ['busy']],
    // Anybody can ask for what there is not.
    [new Fault('not_implemented', 'Never.'), 501, []],
    [new Fault('busy', 'Too many at once.', { retryAfterSeconds: 1 }), 503, []],
  ])('logs what failed here, and nothing that clients bring about at will: %s', async (fault, status, logged) => {
    expect(await answerWith(fault)).toMatchObject({ status, body: { msg: fault.message }, logged })
  })
})
