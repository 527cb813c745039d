import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Front, openFront } from './front.js'

const keysPath = '/api/v0/auth/apikeys/'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

async function show(query = '') {
  await front.flushDenials()
  return (await front.call('GET', `/keyporter/denials${query}`, { secret: front.secret })).body.denials
}

describe('the record of denials', () => {
  it('has what known keys were refused, by management and by the verify API, and no guesses', async () => {
    const secret = await front.issue({ api: {} })
    await front.call('GET', `${keysPath}?limit=5`, { secret })
    await front.call('GET', '/api/v0/instances/5/?x=1', { secret })
    await front.call('GET', keysPath)
    await front.call('GET', keysPath, { secret: `kp_${'0'.repeat(49)}` })
    const asker = await front.world.issue(front.world.operator, { api: { verify: {} } })
    const question = { key: secret, method: 'DELETE', path: '/api/v0/instances/6/?q=1', clientAddress: '192.0.2.9' }
    await front.call('POST', '/keyporter/verify', { secret: asker.secret, body: question })
    const denials = await show()
    expect(denials).toHaveLength(3)
    const { id } = denials[0]
    expect(denials).toEqual(
      expect.arrayContaining([
        {
          id: expect.any(Number),
          at: new Date(front.world.nowMs).toISOString(),
          key_id: denials[0].key_id,
          key_name: null,
          key_hint: `kp_…${secret.slice(-4)}`,
          session_id: null,
          method: 'GET',
          path: keysPath,
          endpoint: 'api.apikey.list',
          status: 403,
          reason: 'permission',
          msg: 'This key lacks the permission user_read (endpoint api.apikey.list).',
          address: '127.0.0.1',
        },
        expect.objectContaining({ method: 'GET', path: '/api/v0/instances/5/', endpoint: 'api.instance.show' }),
        expect.objectContaining({ method: 'DELETE', path: '/api/v0/instances/6/', address: '192.0.2.9' }),
      ]),
    )
    expect(await show('?limit=1')).toEqual([expect.objectContaining({ id })])
    expect(JSON.stringify(denials)).not.toContain(secret)
  })

  it('has keys out of force too', async () => {
    const { secret, key } = await front.world.issue(front.world.owner, { api: {} }, { disabled: false, name: 'gone' })
    await front.call('DELETE', `${keysPath}${key.id}/`, { secret: front.secret })
    await front.call('GET', keysPath, { secret })
    expect((await show())[0]).toMatchObject({ key_id: key.id, key_name: 'gone', status: 401, reason: 'deleted' })
  })

  it('is for the own account alone', async () => {
    const other = await front.world.issue(front.world.operator, { api: { user_read: {} } })
    await front.flushDenials()
    const { body } = await front.call('GET', '/keyporter/denials', { secret: other.secret })
    expect(body).toEqual({ denials: [] })
  })

  it.each(['0', '201', 'x'])('takes no limit of %s', async (limit) => {
    const { status, body } = await front.call('GET', `/keyporter/denials?limit=${limit}`, { secret: front.secret })
    expect([status, body.msg]).toEqual([400, 'limit must be a whole number from 1 to 200.'])
  })
})
