/** Writes are judged again inside their transaction: the callers here were admitted before something took their rights. */
import type { DenyReason } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { suspendAccount } from '../../src/actions/accounts.js'

import { createKey, deleteKey, getKey, listKeys, resetKey, updateKey } from '../../src/actions/keys.js'
import { getUser, updateUser } from '../../src/actions/users.js'
import { Denied } from '../../src/fault.js'
import { createWorld, type KeyHolder, newKey, startMs, toRequest, type World } from './world.js'

const losses: [what: string, reason: DenyReason, lose: (world: World, caller: KeyHolder) => Promise<unknown>][] = [
  ['it was deleted', 'deleted', ({ context, owner }, { principal }) => deleteKey(context, owner, principal.key.id)],
  [
    'it was disabled',
    'disabled',
    ({ context, owner }, { principal }) => updateKey(context, owner, principal.key.id, { disabled: true }),
  ],
  ['it was reset', 'reset', ({ context, owner }, { principal }) => resetKey(context, owner, principal.key.id)],
  [
    'it expired',
    'expired',
    async (world) => {
      world.nowMs = startMs + 7_200_000
    },
  ],
  [
    'it is not valid yet',
    'not_yet',
    ({ context, owner }, { principal }) =>
      updateKey(context, owner, principal.key.id, { notBefore: new Date(startMs + 1_000) }),
  ],
  [
    'it may no longer be used from there',
    'address',
    ({ context, owner }, { principal }) =>
      updateKey(context, owner, principal.key.id, { addresses: ['198.51.100.0/24'] }),
  ],
  [
    'it lost the permission',
    'permission',
    ({ context, owner }, { principal }) =>
      updateKey(context, owner, principal.key.id, { permissions: { api: { user_read: {} } } }),
  ],
  [
    'its account was suspended',
    'suspended',
    ({ context }, { principal }) => suspendAccount(context, principal.account.id),
  ],
  [
    'its row is gone',
    'unknown_key',
    ({ context }, { principal }) =>
      context.store.write(async (db) => {
        await db.deleteFrom('api_keys').where('id', '=', principal.key.id).execute()
      }),
  ],
]

const writes: [what: string, write: (world: World, caller: KeyHolder, id: number) => Promise<unknown>][] = [
  ['create', ({ context }, caller) => createKey(context, caller, newKey({ name: 'made' }))],
  ['update', ({ context }, caller, id) => updateKey(context, caller, id, { name: 'changed' })],
  ['delete', ({ context }, caller, id) => deleteKey(context, caller, id)],
  ['reset', ({ context }, caller, id) => resetKey(context, caller, id)],
  ['update user', ({ context }, caller) => updateUser(context, caller, { fullname: 'Changed' })],
]

describe.each(writes)('%s', (_write, write) => {
  it.each(losses)('is refused when, since the caller was admitted, %s', async (_what, reason, lose) => {
    const world = await createWorld()
    const { context, owner } = world
    const { caller } = await world.issue(owner, {}, { expiresAt: new Date(startMs + 3_600_000) })
    const target = await world.issue(owner, { api: { user_read: {} } })
    await lose(world, caller)
    const before = [await listKeys(context, owner), await getUser(context, owner)]

    const refusal = await write(world, caller, target.key.id).catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(Denied)
    expect((refusal as Denied).decision.denial.reason).toBe(reason)
    expect([await listKeys(context, owner), await getUser(context, owner)]).toEqual(before)
    expect(await getKey(context, owner, target.key.id)).toEqual(target.key)
  })

  it('is done when nothing was lost', async () => {
    const world = await createWorld()
    const { caller } = await world.issue(world.owner, {}, { expiresAt: new Date(startMs + 3_600_000) })
    const target = await world.issue(world.owner, { api: { user_read: {} } }, { expiresAt: new Date(startMs + 1_000) })
    await write(world, caller, target.key.id)
  })
})

describe('a caller that was admitted before a write', () => {
  it('loses the race when both come at once, whichever order they are asked in', async () => {
    const world = await createWorld()
    const { context, owner } = world
    for (let i = 0; i < 20; i++) {
      const { caller } = await world.issue(owner, {})
      const [, minted] = await Promise.allSettled([
        deleteKey(context, owner, caller.principal.key.id),
        createKey(context, caller, newKey()),
      ])
      expect(minted.status).toBe('rejected')
    }
  })

  it('is held to its constraints again', async () => {
    const world = await createWorld()
    const { context, owner } = world
    const target = await world.issue(owner, { api: { user_read: {} } })
    const { caller } = await world.issue(owner, { api: { user_write: {}, user_read: {} } })
    const request = toRequest('PUT', `/api/v0/auth/apikeys/${target.key.id}/`)
    await updateKey(context, owner, caller.principal.key.id, {
      permissions: {
        api: {
          user_read: {},
          user_write: { 'api.apikey.update': { constraints: { id: { eq: 999 } } } },
        },
      },
    })
    await expect(updateKey(context, { ...caller, request }, target.key.id, { name: 'x' })).rejects.toMatchObject({
      decision: { denial: { reason: 'constraint', parameter: 'id' } },
    })
  })
})
