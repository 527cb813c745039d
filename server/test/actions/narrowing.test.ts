/** NARROWING ONLY: no key makes, changes, resets or deletes a key whose powers are not within its own (decision A6). */
import { describe, expect, it } from 'vitest'

import {
  createKey,
  deleteKey,
  getKey,
  type KeyChanges,
  type NewKey,
  resetKey,
  updateKey,
} from '../../src/actions/keys.js'
import { createWorld, type KeyHolder, newKey, startMs, toRequest, type World } from './world.js'

const inHours = (hours: number) => new Date(startMs + hours * 3_600_000)
const showInstance = (constraints: object) => ({
  instance_read: { 'api.instance.show': { constraints } },
})

/** What the caller holds: it may write keys, and is bounded in every way there is. */
const callerPermissions = {
  api: {
    user_write: {},
    user_read: {},
    billing_read: {},
    ...showInstance({ id: { gte: 1, lte: 100 } }),
  },
}
const callerBounds = { addresses: ['192.0.2.0/24'], notBefore: inHours(-2), expiresAt: inHours(10) }

type Powers = Pick<NewKey, 'permissions' | 'addresses' | 'notBefore' | 'expiresAt'>
const within: Powers = {
  permissions: { api: { user_read: {} } },
  addresses: ['192.0.2.7'],
  notBefore: inHours(-1),
  expiresAt: inHours(9),
}

const narrower: [what: string, powers: Powers][] = [
  ['a part of the categories', within],
  ['the same', { permissions: callerPermissions, ...callerBounds }],
  ['nothing', { ...within, permissions: { api: {} } }],
  ['one endpoint of a category', { ...within, permissions: { api: { user_write: { 'api.apikey.create': {} } } } }],
  ['a smaller range', { ...within, permissions: { api: showInstance({ id: { gte: 5, lte: 10 } }) } }],
  ['a value in the range', { ...within, permissions: { api: showInstance({ id: { eq: 7 } }) } }],
]

const wider: [what: string, powers: Powers, place: string][] = [
  ['a category more', { ...within, permissions: { api: { user_read: {}, instance_write: {} } } }, 'instance_write'],
  [
    'all endpoints of a category',
    { ...within, permissions: { api: { instance_read: {} } } },
    'instance_read/api.instance.show',
  ],
  [
    'another endpoint',
    { ...within, permissions: { api: { instance_read: { 'api.instance.list': {} } } } },
    'instance_read/api.instance.list',
  ],
  [
    'no constraint',
    { ...within, permissions: { api: { instance_read: { 'api.instance.show': {} } } } },
    'instance_read/api.instance.show',
  ],
  [
    'a greater range',
    { ...within, permissions: { api: showInstance({ id: { gte: 1, lte: 101 } }) } },
    'instance_read/api.instance.show',
  ],
  [
    'a value out of the range',
    { ...within, permissions: { api: showInstance({ id: { eq: [7, 101] } }) } },
    'instance_read/api.instance.show',
  ],
  ['a wider address block', { ...within, addresses: ['192.0.0.0/16'] }, 'the address list'],
  ['another address', { ...within, addresses: ['192.0.2.7', '198.51.100.1'] }, 'the address list'],
  ['a later expiry', { ...within, expiresAt: inHours(11) }, 'expires_at'],
  ['an earlier beginning', { ...within, notBefore: inHours(-3) }, 'not_before'],
]

/** Wider only where a bound is missing, which `createKey` fills in from its creator. */
const unbounded: [what: string, powers: Powers, place: string][] = [
  ['any address', { ...within, addresses: null }, 'the address list'],
  ['for ever', { ...within, expiresAt: null }, 'expires_at'],
  ['since always', { ...within, notBefore: null }, 'not_before'],
]

async function createBounded(): Promise<{ world: World; caller: KeyHolder }> {
  const world = await createWorld()
  const { caller } = await world.issue(world.owner, callerPermissions, callerBounds)
  return { world, caller }
}

const acts: [act: string, act: (world: World, caller: KeyHolder, id: number) => Promise<unknown>, msg: string][] = [
  ['rename', (w, caller, id) => updateKey(w.context, caller, id, { name: 'x' }), 'change'],
  ['disable', (w, caller, id) => updateKey(w.context, caller, id, { disabled: true }), 'change'],
  ['narrow', (w, caller, id) => updateKey(w.context, caller, id, within as KeyChanges), 'change'],
  ['reset', (w, caller, id) => resetKey(w.context, caller, id), 'reset'],
  ['delete', (w, caller, id) => deleteKey(w.context, caller, id), 'delete'],
]

describe('a key that is within the caller', () => {
  it.each(narrower)('can be created: %s', async (_what, powers) => {
    const { world, caller } = await createBounded()
    const { key } = await createKey(world.context, caller, newKey(powers))
    expect(key.createdByKeyId).toBe(caller.principal.key.id)
  })

  describe.each(acts)('%s', (_act, act) => {
    it.each(narrower)('is allowed: %s', async (_what, powers) => {
      const { world, caller } = await createBounded()
      const { key } = await world.issue(world.owner, powers.permissions, powers)
      await act(world, caller, key.id)
    })
  })

  it.each(narrower)('can be changed to what is within: %s', async (_what, powers) => {
    const { world, caller } = await createBounded()
    const { key } = await world.issue(world.owner, within.permissions, within)
    await updateKey(world.context, caller, key.id, powers as KeyChanges)
  })

  it.each([...wider, ...unbounded])('cannot be changed to what is not: %s', async (_what, powers, place) => {
    const { world, caller } = await createBounded()
    const { key } = await world.issue(world.owner, within.permissions, within)
    await expect(updateKey(world.context, caller, key.id, powers as KeyChanges)).rejects.toMatchObject({
      code: 'not_authorized',
      message: `A key cannot give what it does not have: ${place} is not within the powers of the calling key.`,
    })
    expect(await getKey(world.context, caller, key.id)).toEqual(key)
  })
})

describe('a key that is not within the caller', () => {
  it.each(wider)('cannot be created: %s', async (_what, powers, place) => {
    const { world, caller } = await createBounded()
    await expect(createKey(world.context, caller, newKey(powers))).rejects.toMatchObject({
      code: 'not_authorized',
      message: `A key cannot give what it does not have: ${place} is not within the powers of the calling key.`,
    })
  })

  describe.each(acts)('%s', (_act, act, verb) => {
    it.each([...wider, ...unbounded])('is refused: %s', async (_what, powers, place) => {
      const { world, caller } = await createBounded()
      const { key } = await world.issue(world.owner, powers.permissions, powers)
      await expect(act(world, caller, key.id)).rejects.toMatchObject({
        code: 'not_authorized',
        message: `You do not have permission to ${verb} this API Key: ${place} is not within the powers of the calling key.`,
      })
      expect(await getKey(world.context, world.owner, key.id)).toEqual(key)
    })
  })
})

describe('a key itself', () => {
  it('cannot widen itself', async () => {
    const { world, caller } = await createBounded()
    const { id } = caller.principal.key
    for (const changes of [
      { permissions: { api: { user_write: {}, instance_write: {} } } },
      { expiresAt: null },
      { notBefore: null },
      { addresses: null },
    ]) {
      await expect(updateKey(world.context, caller, id, changes)).rejects.toMatchObject({ code: 'not_authorized' })
    }
  })

  it('takes "all" to be all of its own', async () => {
    const { world, caller } = await createBounded()
    const { key } = await createKey(world.context, caller, newKey({ permissions: {} }))
    expect([...key.permissions]).toEqual(expect.arrayContaining([...caller.principal.key.permissions]))
    expect(key.permissions.size).toBe(caller.principal.key.permissions.size)
    const changed = await updateKey(world.context, caller, key.id, { permissions: {} })
    expect(changed.permissions).toEqual(key.permissions)
  })

  it('cannot reach further by giving "any category"', async () => {
    const { world, caller } = await createBounded()
    await expect(createKey(world.context, caller, newKey({ permissions: { api: { '*': {} } } }))).rejects.toMatchObject(
      { code: 'not_authorized' },
    )
  })

  it("with full access cannot touch the keys that the operator's account reserves", async () => {
    const world = await createWorld()
    const full = await world.issue(world.operator, {})
    const { key } = await world.issue(world.operator, { api: { verify: {} } })
    await expect(
      createKey(world.context, full.caller, newKey({ permissions: { api: { verify: {} } } })),
    ).rejects.toMatchObject({
      code: 'not_authorized',
      message: expect.stringMatching(/^A key cannot give what it does not have: verify is/),
    })
    await expect(resetKey(world.context, full.caller, key.id)).rejects.toMatchObject({ code: 'not_authorized' })
    await expect(resetKey(world.context, full.caller, world.operator.principal.key.id)).rejects.toMatchObject({
      code: 'not_authorized',
    })
  })
})

describe('powers that the caller has lost since it was admitted', () => {
  it('do not count', async () => {
    const { world, caller } = await createBounded()
    await updateKey(world.context, world.owner, caller.principal.key.id, { permissions: { api: { user_write: {} } } })
    await expect(
      createKey(world.context, caller, newKey({ permissions: { api: { billing_read: {} } } })),
    ).rejects.toMatchObject({
      code: 'not_authorized',
      message: expect.stringContaining('billing_read'),
    })
    const request = toRequest('POST', '/api/v0/auth/apikeys/')
    const { key } = await createKey(world.context, { ...caller, request }, newKey({ permissions: {} }))
    expect([...key.permissions.keys()]).toEqual(['user_write'])
  })
})
