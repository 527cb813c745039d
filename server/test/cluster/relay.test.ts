// Word of a change among the workers of one machine, where the database cannot spread it.
import { afterAll, expect, it } from 'vitest'
import { makeWorkplace } from '../cli/run-command.js'
import { makeEmptyDatabase } from '../database.js'
import { openProxy, sends } from '../proxy.js'
import { call, endAll, serve } from './served.js'

const place = makeWorkplace()
afterAll(async () => {
  await endAll()
  place.remove()
})

it('reaches the other worker through the primary, long before its next look into the store', {
  timeout: 60_000,
}, async () => {
  const address = new URL(await makeEmptyDatabase())
  const proxy = await openProxy(Number(address.port))
  // Nobody hears a notification.
  proxy.onSent = (chunk) => (sends(chunk, 'listen keyporter') ? 'drop' : 'pass')
  address.port = String(proxy.port)
  // It looks by itself after a quarter of the lease.
  const server = await serve(place.folder, { KEYPORTER_DATABASE: address.href, KEYPORTER_LEASE: '20000' })
  const secret = /^admin key: (\S+)\n/.exec(server.written.stdout)![1]!
  const waits: number[] = []
  for (let round = 0; round < 10; round++) {
    const startedAt = performance.now()
    const body = { name: `round ${round}` }
    const { status } = await call(server.url, '/api/v0/auth/apikeys/', { secret, method: 'POST', body })
    expect(status).toBe(200)
    waits.push(performance.now() - startedAt)
  }
  waits.sort((a, b) => a - b)
  expect(waits[5]).toBeLessThan(1_000)
  await proxy.close()
})
