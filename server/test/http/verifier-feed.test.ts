import { setTimeout as delay } from 'node:timers/promises'
import { loadCatalog } from '@keyporter/core'
import { digestText } from '@keyporter/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueAdminKey } from '../../src/actions/accounts.js'
import { type Answer, type Front, openFront } from './front.js'

let front: Front
let verifier: string

beforeAll(async () => {
  front = await openFront()
  verifier = (await issueAdminKey(front.world.context)).secret
})
afterAll(() => front.close())

const step = (name: string, body: object, secret = verifier): Promise<Answer> =>
  front.call('POST', `/keyporter/verifier/${name}`, { secret, body: { nonce: 'n-1', ...body } })
const wait = (since: number | string) =>
  front.call('GET', `/keyporter/verifier/wait?since=${since}`, { secret: verifier })
const register = async () => (await step('register', { host: 'app:1' })).body

describe('the verifier feed', () => {
  it('registers at the newest change, under the lease of the store, and says what to judge by', async () => {
    const { status, headers, body } = await step('register', { host: 'app:1' })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ nonce: 'n-1', keyPrefix: 'kp_', queryKeys: true, leaseMs: expect.any(Number) })
    const catalog = (await front.call('GET', '/keyporter/catalog')).body
    expect(body.catalog).toBe(digestText(JSON.stringify(catalog)))
    const loaded = loadCatalog([{ own: true, entries: catalog.endpoints }])
    expect(loaded.endpoints.map(({ id }) => id)).toEqual(front.world.context.catalog.endpoints.map(({ id }) => id))
  })

  it('renews, tells the changes since, takes the report, and forgets a verifier that leaves', async () => {
    const { verifierId, position, leaseMs } = await register()
    const renewal = { verifierId, position, leaseMs }
    expect((await step('renew', { ...renewal, cycle: 1 })).body).toMatchObject({ nonce: 'n-1', gone: false })
    const { key } = await front.world.issue(front.world.owner, {})
    const { body } = await step('changes', { verifierId, position, cycle: 1 })
    expect(body).toMatchObject({ nonce: 'n-1', gone: false })
    expect(body.changes).toEqual([
      { seq: position.seq + 1, tag: expect.any(String), touches: [{ kind: 'key', id: key.id }], dropsNegatives: true },
    ])
    const { seq, tag } = body.changes[0]
    expect((await step('report', { verifierId, position: { seq, tag } })).body).toEqual({ nonce: 'n-1' })
    expect((await step('deregister', { verifierId })).body).toEqual({ nonce: 'n-1' })
    expect((await step('renew', { ...renewal, cycle: 2 })).body).toEqual({ nonce: 'n-1', gone: true })
    expect((await step('changes', { verifierId, position, cycle: 1 })).body).toEqual({ nonce: 'n-1', gone: true })
  })

  it('reads nothing for whoever has renewed where it does not see it, or applied what it does not have', async () => {
    const { verifierId, position } = await register()
    const digest = digestText('nobody')
    const behind = {
      status: 503,
      body: { error: 'busy', msg: 'The store that was asked is behind another; try again.' },
    }
    expect(await step('changes', { verifierId, position, cycle: 1 })).toMatchObject(behind)
    for (const elsewhere of [
      { verifierId, position, cycle: 1 },
      { verifierId, position: { ...position, tag: 'another log' }, cycle: 0 },
      { verifierId: 'nobody', position, cycle: 0 },
    ])
      expect(await step('load', { digest, ...elsewhere })).toMatchObject(behind)
    expect((await step('load', { digest, verifierId, position, cycle: 0 })).status).toBe(200)
  })

  it('is gone for whoever names a change that the log does not hold', async () => {
    const { verifierId, position, leaseMs } = await register()
    const other = { ...position, tag: 'another log' }
    expect((await step('renew', { verifierId, position: other, leaseMs, cycle: 1 })).body.gone).toBe(true)
  })

  it('loads by digest what decides, and nothing that a secret could be guessed by', async () => {
    const { key, secret } = await front.world.issue(front.world.owner, { api: { instance_read: {} } })
    const { verifierId, position } = await register()
    for (const [name, more] of [
      ['load', { verifierId, position, cycle: 0 }],
      ['load_confirmed', { host: 'app:1' }],
    ] as const) {
      const { body } = await step(name, { digest: digestText(secret), ...more })
      expect(body).toMatchObject({
        nonce: 'n-1',
        record: { kind: 'known', key: { id: key.id, permissions: { api: { instance_read: {} } }, addresses: null } },
        dependsOn: [
          { kind: 'key', id: key.id },
          { kind: 'account', id: front.world.owner.principal.account.id },
        ],
      })
      expect(JSON.stringify(body)).not.toMatch(/hash|pepper|secret/)
      const unknown = await step(name, { digest: digestText('nobody'), ...more })
      expect(unknown.body).toEqual({ nonce: 'n-1', record: null, dependsOn: [] })
    }
  })

  it('answers a poll at once when there is something else, and otherwise when there is', async () => {
    const { position } = await register()
    front.wakeFeed()
    expect((await wait(0)).body).toEqual({ seq: position.seq })
    let seq: number | null = null
    const answered = wait(position.seq).then(({ body }) => {
      seq = body.seq
    })
    await delay(100)
    expect(seq).toBeNull()
    await front.world.issue(front.world.owner, {})
    front.wakeFeed()
    await answered
    expect(seq).toBe(position.seq + 1)
    for (const since of ['', '-1', '1e3', 'x']) expect((await wait(since)).body.error).toBe('bad_request')
  })

  const at = { seq: 1, tag: 't' }
  const standing = { verifierId: 'v', position: at, cycle: 1 }
  const malformed: [string, object, RegExp][] = [
    ['register', {}, /^host is missing/],
    ['register', { host: 'a', nonce: 5 }, /^nonce must be a text/],
    ['renew', { verifierId: 'v', cycle: 1, position: at, leaseMs: 0 }, /^leaseMs must be 1 to 600000/],
    ['renew', { verifierId: 'v', cycle: 1.5, position: at, leaseMs: 9 }, /^cycle must be a whole number/],
    [
      'changes',
      { verifierId: 'v', position: { seq: '1', tag: 't' }, cycle: 1 },
      /^position\.seq must be a whole number/,
    ],
    ['changes', { verifierId: 'v', position: at }, /^cycle is missing/],
    ['report', { verifierId: 'v' }, /^position is missing/],
    ['load', { digest: digestText('a'), position: at, cycle: 1 }, /^verifierId is missing/],
    ['load', { digest: 'kp_secret', ...standing }, /^digest must be SHA-256/],
    ['load', { digest: digestText('a').toUpperCase(), ...standing }, /^digest must be SHA-256/],
    // What sessions are looked up by: they are good at the console alone.
    ['load', { digest: `session:${digestText('a')}`, ...standing }, /^digest must be SHA-256/],
    ['load_confirmed', { host: 'a', digest: `session:${digestText('a')}` }, /^digest must be SHA-256/],
  ]
  it.each(malformed)('refuses %s with %j, and names the member', async (name, body, msg) => {
    const { status, body: answer } = await step(name, body)
    expect([status, answer.error]).toEqual([400, 'bad_request'])
    expect(answer.msg).toMatch(msg)
  })
})
