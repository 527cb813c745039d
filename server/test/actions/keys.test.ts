import { hintSecret, isPossibleSecret, printBlock, printPermissions } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { suspendAccount } from '../../src/actions/accounts.js'
import {
  createKey,
  deleteKey,
  getKey,
  type KeyChanges,
  listKeys,
  type NewKey,
  resetKey,
  updateKey,
} from '../../src/actions/keys.js'
import { openKeySource, toHeldKey } from '../../src/actions/verify-source.js'
import { digestSecret } from '../../src/secrets.js'
import { createWorld, listCategories, newKey, startMs } from './world.js'

const userRead = { api: { user_read: {} } }
const ordinary = ['billing_read', 'instance_read', 'instance_write', 'user_read', 'user_write']
const inAnHour = new Date(startMs + 3_600_000)
const inTwoHours = new Date(startMs + 7_200_000)
const anHourAgo = new Date(startMs - 3_600_000)

describe('createKey', () => {
  it('gives a key of the caller, and its secret', async () => {
    const { context, owner } = await createWorld()
    const { key, secret } = await createKey(context, owner, newKey({ name: 'ci', permissions: userRead }))
    expect(isPossibleSecret(secret)).toBe(true)
    expect({ ...key, permissions: printPermissions(key.permissions) }).toEqual({
      id: 3,
      accountId: owner.principal.account.id,
      createdByKeyId: owner.principal.key.id,
      name: 'ci',
      hint: hintSecret(secret),
      primary: false,
      permissions: userRead,
      keyParams: undefined,
      addresses: null,
      createdAt: new Date(startMs),
      expiresAt: null,
      notBefore: null,
      disabledAt: null,
      deletedAt: null,
      resetAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
    })
  })

  it('never gives the same secret or id twice', async () => {
    const { context, owner } = await createWorld()
    const issued = await Promise.all(Array.from({ length: 20 }, () => createKey(context, owner, newKey())))
    expect(new Set(issued.map(({ secret }) => secret)).size).toBe(20)
    expect(new Set(issued.map(({ key }) => key.id)).size).toBe(20)
  })

  it('stores no secret and no digest of one, in any column', async () => {
    const { context, owner } = await createWorld()
    const { secret } = await createKey(context, owner, newKey({ name: 'a' }))
    await resetKey(context, owner, 3)
    const rows = await context.store.read(async (db) => [
      ...(await db.selectFrom('api_keys').selectAll().execute()),
      ...(await db.selectFrom('retired_hashes').selectAll().execute()),
    ])
    const text = JSON.stringify(rows)
    expect(text).not.toContain(secret.slice(3, 20))
    expect(text).not.toContain(digestSecret(secret))
    expect(text).not.toContain(Buffer.from(digestSecret(secret), 'hex').toString('base64url'))
  })

  it.each([[undefined], [null], [{}]])(
    'takes permissions %j as all of the creator, written out',
    async (permissions) => {
      const { context, owner, operator } = await createWorld()
      const mine = await createKey(context, owner, newKey({ permissions }))
      expect(listCategories(mine.key.permissions)).toEqual(ordinary)
      const admins = await createKey(context, operator, newKey({ permissions }))
      expect(listCategories(admins.key.permissions)).toEqual(ordinary)
    },
  )

  it.each([[undefined], [null]])('refuses permissions %j where a document is demanded', async (permissions) => {
    const { context, owner } = await createWorld(undefined, { strictPermissions: true })
    await expect(createKey(context, owner, newKey({ permissions }))).rejects.toMatchObject({
      code: 'missing_permissions',
      message: 'permissions is missing; give a document such as {"api": {"user_read": {}}}.',
    })
    await createKey(context, owner, newKey({ permissions: {} }))
  })

  it('grants nothing with an empty tree', async () => {
    const { context, owner } = await createWorld()
    const { key } = await createKey(context, owner, newKey({ permissions: { api: {} } }))
    expect(key.permissions.size).toBe(0)
  })

  it('writes out "any category" for a creator that does not hold it', async () => {
    const { context, owner, operator } = await createWorld()
    const document = { api: { '*': {} } }
    const mine = await createKey(context, owner, newKey({ permissions: document }))
    expect(listCategories(mine.key.permissions)).toEqual(ordinary)
    const admins = await createKey(context, operator, newKey({ permissions: document }))
    expect(listCategories(admins.key.permissions)).toEqual(['*'])
  })

  it.each(['verify', 'operate'])('gives %s by name, and only in the account of the operator', async (category) => {
    const { context, owner, operator } = await createWorld()
    const permissions = { api: { [category]: {} } }
    const { key } = await createKey(context, operator, newKey({ permissions }))
    expect(listCategories(key.permissions)).toEqual([category])
    await expect(createKey(context, owner, newKey({ permissions }))).rejects.toMatchObject({
      code: 'not_authorized',
      message: `Only keys of the operator's account can hold the category ${category}.`,
    })
  })

  it('takes over the bounds of the creator where none are given', async () => {
    const { context, owner, issue } = await createWorld()
    const parent = await issue(owner, {}, { addresses: ['192.0.2.0/24'], expiresAt: inAnHour, notBefore: anHourAgo })
    const { key } = await createKey(context, parent.caller, newKey())
    expect([key.addresses!.map(printBlock), key.expiresAt, key.notBefore]).toEqual([
      ['192.0.2.0/24'],
      inAnHour,
      anHourAgo,
    ])
  })

  it('makes a disabled key when it is asked to', async () => {
    const { context, owner } = await createWorld()
    const { key } = await createKey(context, owner, newKey({ disabled: true }))
    expect(key.disabledAt).toEqual(new Date(startMs))
    expect((await createKey(context, owner, newKey({ disabled: false }))).key.disabledAt).toBeNull()
  })

  it('stores addresses in canonical form, each once', async () => {
    const { context, owner } = await createWorld()
    const addresses = ['192.0.2.1/32', '::ffff:192.0.2.1', '2001:DB8:0::/32', '10.0.0.0/8']
    const { key } = await createKey(context, owner, newKey({ addresses }))
    expect(key.addresses!.map(printBlock)).toEqual(['192.0.2.1', '2001:db8::/32', '10.0.0.0/8'])
  })

  const long = 'x'.repeat(256)
  const refused: [what: string, input: Partial<NewKey>, code: string, message: string | RegExp][] = [
    ['a long name', { name: long }, 'bad_request', 'name is longer than 255 characters.'],
    [
      'a name with a line end',
      { name: 'a\nb' },
      'bad_request',
      'name has control characters; only printable ones are allowed.',
    ],
    ['a name that turns text around', { name: 'a\u202eb' }, 'bad_request', /^name has control characters/],
    ['a name that is no Unicode', { name: 'a\ud800' }, 'bad_request', /^name has control characters/],
    [
      'an expiry in the past',
      { expiresAt: new Date(startMs) },
      'bad_request',
      'expires_at is in the past; it must be in the future, or null for never.',
    ],
    [
      'an expiry that is no date',
      { expiresAt: new Date(Number.NaN) },
      'bad_request',
      'expires_at is not a point in time.',
    ],
    [
      'a period that never begins',
      { expiresAt: inAnHour, notBefore: inAnHour },
      'bad_request',
      'not_before must be earlier than expires_at.',
    ],
    [
      'an empty address list',
      { addresses: [] },
      'bad_request',
      'ip_whitelist is empty, which would shut out everybody; leave it out to allow every address.',
    ],
    [
      'too many addresses',
      { addresses: Array.from({ length: 1_001 }, () => '192.0.2.1') },
      'bad_request',
      'ip_whitelist has more than 1000 entries.',
    ],
    [
      'an address with host bits',
      { addresses: ['10.0.0.0/8', '10.0.0.1/8'] },
      'bad_request',
      'ip_whitelist: "10.0.0.1/8" has bits set behind its prefix; give the first address of the block.',
    ],
    [
      'an IPv6 address with host bits',
      { addresses: ['2001:db8::1/32'] },
      'bad_request',
      'ip_whitelist: "2001:db8::1/32" has bits set behind its prefix; give the first address of the block.',
    ],
    [
      'what is no address',
      { addresses: ['my\nhost'] },
      'bad_request',
      String.raw`ip_whitelist: "my\nhost" is not an IPv4 or IPv6 address or CIDR block, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32.`,
    ],
    ['a prefix that is too long', { addresses: ['10.0.0.0/33'] }, 'bad_request', /"10.0.0.0\/33" is not an IPv4/],
    [
      'permissions that are a text',
      { permissions: 'perms.json' },
      'invalid_permissions',
      'permissions must be a JSON object, not a text: pass the object itself, not a file name.',
    ],
    ['permissions that are a list', { permissions: [] }, 'invalid_permissions', /^permissions must be a JSON object/],
    ['permissions that are false', { permissions: false }, 'invalid_permissions', /^permissions must be a JSON object/],
    [
      'an unknown category',
      { permissions: { api: { user_reed: {} } } },
      'invalid_permissions',
      /^"user_reed" is not a category; the categories are .*user_read/,
    ],
    [
      'a placeholder without key_params',
      { permissions: { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: '{id}' } } } } } } },
      'invalid_permissions',
      /key_params/,
    ],
    ['key_params that are a list', { keyParams: [1] }, 'invalid_key_params', /^key_params must be an object/],
    ['key_params that are a number', { keyParams: 5 }, 'invalid_key_params', /^key_params must be an object/],
    ['key_params that are no JSON', { keyParams: '{"a":' }, 'invalid_key_params', /^key_params cannot be read: /],
    [
      'key_params that say a thing twice',
      { keyParams: '{"a":1,"a":2}' },
      'invalid_key_params',
      /^key_params cannot be read: a member is repeated/,
    ],
    ['key_params that are huge', { keyParams: { a: 'x'.repeat(65_536) } }, 'invalid_key_params', /longer than 65536/],
    [
      'key_params that nothing uses',
      { permissions: userRead, keyParams: { id: 5 } },
      'invalid_permissions',
      'key_params.id is not used: no constraint has the value "{id}".',
    ],
    [
      'key_params without a document',
      { keyParams: { id: 5 } },
      'invalid_key_params',
      'key_params has values, but there is no permission document to use them in.',
    ],
    [
      'an empty address list in key_params',
      { keyParams: { ip_whitelist: [] } },
      'invalid_key_params',
      /^key_params.ip_whitelist is empty/,
    ],
    [
      'an address in key_params that is no list',
      { keyParams: { ip_whitelist: '192.0.2.1' } },
      'invalid_key_params',
      'key_params.ip_whitelist must be a list of addresses and CIDR blocks.',
    ],
    [
      'an address in key_params that is none',
      { keyParams: { ip_whitelist: [7] } },
      'invalid_key_params',
      /^key_params.ip_whitelist: 7 is not an IPv4/,
    ],
    [
      'two address lists',
      { addresses: ['192.0.2.1'], keyParams: { ip_whitelist: ['192.0.2.1'] } },
      'invalid_key_params',
      'ip_whitelist is given both by itself and in key_params; give it once.',
    ],
  ]
  it.each(refused)('refuses %s, and stores nothing', async (_what, input, code, message) => {
    const { context, owner } = await createWorld()
    await expect(createKey(context, owner, newKey(input))).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect(await listKeys(context, owner)).toHaveLength(1)
  })

  it.each([['x'.repeat(255)], ['名'.repeat(255)], ['👍'.repeat(255)], [''], ['same'], ['same'], [null]])(
    'takes the name %s',
    async (name) => {
      const { context, owner } = await createWorld()
      await createKey(context, owner, newKey({ name }))
      expect((await createKey(context, owner, newKey({ name }))).key.name).toBe(name)
    },
  )

  describe('with key_params', () => {
    const template = { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: '{id}' } } } } } }
    const resolved = { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } }

    it.each([
      ['an object', { id: 1227 }],
      ['a text', '{"id": 1227}'],
    ])('as %s fills in placeholders, and gives them back as they came', async (_what, keyParams) => {
      const { context, owner } = await createWorld()
      const { key } = await createKey(context, owner, newKey({ permissions: template, keyParams }))
      expect(printPermissions(key.permissions)).toEqual(resolved)
      expect(key.keyParams).toEqual(keyParams)
      expect((await getKey(context, owner, key.id)).keyParams).toEqual(keyParams)
    })

    it.each([[null], ['']])('as %j has no values', async (keyParams) => {
      const { context, owner } = await createWorld()
      const { key } = await createKey(context, owner, newKey({ permissions: userRead, keyParams }))
      expect([key.keyParams, key.addresses]).toEqual([keyParams, null])
    })

    it('bounds the key to its ip_whitelist', async () => {
      const { context, owner } = await createWorld()
      const keyParams = { ip_whitelist: ['192.0.2.0/24', '192.0.2.0/24'] }
      const { key } = await createKey(context, owner, newKey({ keyParams }))
      expect(key.addresses!.map(printBlock)).toEqual(['192.0.2.0/24'])
      expect(key.keyParams).toEqual(keyParams)
    })
  })
})

describe('keys of others', () => {
  const acts: [name: string, act: (world: Awaited<ReturnType<typeof createWorld>>, id: number) => Promise<unknown>][] =
    [
      ['show', ({ context, owner }, id) => getKey(context, owner, id)],
      ['update', ({ context, owner }, id) => updateKey(context, owner, id, { name: 'mine' })],
      ['delete', ({ context, owner }, id) => deleteKey(context, owner, id)],
      ['reset', ({ context, owner }, id) => resetKey(context, owner, id)],
    ]
  it.each(acts)('are not found: %s', async (_name, act) => {
    const world = await createWorld()
    const { key } = await world.issue(world.operator, userRead, { name: 'theirs' })
    const before = await getKey(world.context, world.operator, key.id)
    for (const id of [key.id, 999]) {
      await expect(act(world, id)).rejects.toMatchObject({ code: 'not_found', message: 'API Key not found.' })
    }
    expect(await getKey(world.context, world.operator, key.id)).toEqual(before)
  })

  it('are not found when they were deleted, even by their owner', async () => {
    const world = await createWorld()
    const { key } = await world.issue(world.operator, userRead)
    await deleteKey(world.context, world.operator, key.id)
    await expect(deleteKey(world.context, world.owner, key.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('are not listed', async () => {
    const { context, owner, operator, issue } = await createWorld()
    const { key } = await issue(owner, userRead)
    const gone = await issue(owner, userRead)
    await deleteKey(context, owner, gone.key.id)
    expect((await listKeys(context, owner)).map(({ id }) => id)).toEqual([owner.principal.key.id, key.id])
    expect((await listKeys(context, operator)).map(({ id }) => id)).toEqual([operator.principal.key.id])
  })
})

describe('updateKey', () => {
  it('changes what is given and nothing else', async () => {
    const world = await createWorld()
    const { context, owner } = world
    const { key } = await world.issue(owner, userRead, { name: 'before', keyParams: null, expiresAt: inTwoHours })
    const changes: [KeyChanges, object][] = [
      [{}, {}],
      [{ name: 'after' }, { name: 'after' }],
      [{ name: null }, { name: null }],
      [{ disabled: true }, { disabledAt: new Date(startMs) }],
      [{ expiresAt: inAnHour }, { expiresAt: inAnHour }],
      [{ expiresAt: null }, { expiresAt: null }],
      [{ notBefore: anHourAgo }, { notBefore: anHourAgo }],
      [{ notBefore: null }, { notBefore: null }],
      [{ addresses: ['192.0.2.1'] }, { addresses: [{ address: [192, 0, 2, 1], bits: 32 }] }],
      [{ addresses: null }, { addresses: null }],
      [{ disabled: false }, { disabledAt: null }],
    ]
    let expected: object = key
    for (const [change, effect] of changes) {
      expected = { ...expected, ...effect }
      expect(await updateKey(context, owner, key.id, change)).toEqual(expected)
      expect(await getKey(context, owner, key.id)).toEqual(expected)
    }
  })

  it('changes the permissions', async () => {
    const { context, owner, issue } = await createWorld()
    const { key } = await issue(owner, userRead)
    const changed = await updateKey(context, owner, key.id, { permissions: { api: { billing_read: {} } } })
    expect(listCategories(changed.permissions)).toEqual(['billing_read'])
    expect(listCategories((await updateKey(context, owner, key.id, { permissions: {} })).permissions)).toEqual(ordinary)
  })

  it('keeps the instant of the first disabling', async () => {
    const world = await createWorld()
    const { key } = await world.issue(world.owner, userRead)
    await updateKey(world.context, world.owner, key.id, { disabled: true })
    world.nowMs += 1_000
    const again = await updateKey(world.context, world.owner, key.id, { disabled: true })
    expect(again.disabledAt).toEqual(new Date(startMs))
  })

  it('renames a key that has expired', async () => {
    const world = await createWorld()
    const { key } = await world.issue(world.owner, userRead, { expiresAt: inAnHour })
    world.nowMs = inTwoHours.getTime()
    expect((await updateKey(world.context, world.owner, key.id, { name: 'over' })).name).toBe('over')
  })

  const refused: [what: string, changes: KeyChanges, code: string, message: RegExp][] = [
    ['a long name', { name: 'x'.repeat(256) }, 'bad_request', /^name is longer/],
    ['null permissions', { permissions: null }, 'invalid_permissions', /^permissions cannot be null; leave it out/],
    ['unknown permissions', { permissions: { api: { x: {} } } }, 'invalid_permissions', /^"x" is not a category/],
    [
      'placeholders',
      { permissions: { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: '{id}' } } } } } } },
      'invalid_permissions',
      /key_params/,
    ],
    ['a reserved category', { permissions: { api: { verify: {} } } }, 'not_authorized', /^Only keys of the operator/],
    ['an expiry in the past', { expiresAt: anHourAgo }, 'bad_request', /^expires_at is in the past/],
    ['a period that never begins', { notBefore: inTwoHours }, 'bad_request', /^not_before must be earlier/],
    ['an empty address list', { addresses: [] }, 'bad_request', /^ip_whitelist is empty/],
  ]
  it.each(refused)('refuses %s, and changes nothing', async (_what, changes, code, message) => {
    const { context, owner, issue } = await createWorld()
    const { key } = await issue(owner, userRead, { expiresAt: inAnHour })
    await expect(updateKey(context, owner, key.id, { name: 'x', ...changes })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(await getKey(context, owner, key.id)).toEqual(key)
  })

  it('does not find a deleted key', async () => {
    const { context, owner, issue } = await createWorld()
    const { key } = await issue(owner, userRead)
    await deleteKey(context, owner, key.id)
    await expect(updateKey(context, owner, key.id, { name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('deleteKey', () => {
  it('makes a key deleted at the next lookup, and keeps its row', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret } = await issue(owner, userRead)
    await deleteKey(context, owner, key.id)
    expect(await openKeySource(context).find(digestSecret(secret))).toMatchObject({
      kind: 'known',
      principal: { key: { id: key.id, deletedAt: new Date(startMs) } },
    })
    await expect(getKey(context, owner, key.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('answers a repeated delete like the first, which keeps its instant', async () => {
    const world = await createWorld()
    const { context, owner } = world
    const { key, secret } = await world.issue(owner, userRead)
    await deleteKey(context, owner, key.id)
    world.nowMs += 1_000
    await deleteKey(context, owner, key.id)
    expect(await openKeySource(context).find(digestSecret(secret))).toMatchObject({
      principal: { key: { deletedAt: new Date(startMs) } },
    })
  })

  it('deletes the key that calls', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, caller } = await issue(owner, { api: { user_write: {} } })
    await deleteKey(context, caller, key.id)
    await expect(deleteKey(context, caller, key.id)).rejects.toMatchObject({
      decision: { denial: { reason: 'deleted' } },
    })
  })

  it("refuses the account's first key", async () => {
    const { context, owner, operator } = await createWorld()
    for (const caller of [owner, operator]) {
      await expect(deleteKey(context, caller, caller.principal.key.id)).rejects.toMatchObject({
        code: 'bad_request',
        message: "The account's first API Key cannot be deleted; reset it instead.",
      })
      expect(await getKey(context, caller, caller.principal.key.id)).toMatchObject({ deletedAt: null })
    }
  })
})

describe('resetKey', () => {
  it('replaces the secret and keeps the rest', async () => {
    const world = await createWorld()
    const { context, owner } = world
    const before = await world.issue(owner, userRead, { name: 'n', expiresAt: inAnHour, addresses: ['192.0.2.1'] })
    world.nowMs += 1_000
    const { key, secret } = await resetKey(context, owner, before.key.id)
    expect(key).toEqual({ ...before.key, hint: hintSecret(secret), resetAt: new Date(startMs + 1_000) })
    const source = openKeySource(context)
    expect(await source.find(digestSecret(secret))).toMatchObject({ kind: 'known', principal: { key: toHeldKey(key) } })
    expect(await source.find(digestSecret(before.secret))).toMatchObject({
      kind: 'reset',
      principal: { key: toHeldKey(key) },
    })
  })

  it('remembers every earlier secret as replaced', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret: first } = await issue(owner, userRead)
    const { secret: second } = await resetKey(context, owner, key.id)
    const third = await resetKey(context, owner, key.id)
    const source = openKeySource(context)
    const kinds = await Promise.all([first, second, third.secret].map((each) => source.find(digestSecret(each))))
    expect(kinds.map(({ kind }) => kind)).toEqual(['reset', 'reset', 'known'])
    // Two resets in one tick of the clock are told apart all the same.
    expect(third.key.resetAt).toEqual(new Date(startMs + 1))
  })

  it("replaces the secret of the account's first key, and that of the key that calls", async () => {
    const { context, owner, admit } = await createWorld()
    const { secret } = await resetKey(context, owner, owner.principal.key.id)
    await expect(listKeys(context, await admit(secret))).resolves.toHaveLength(1)
  })

  it('does not bring back a disabled key', async () => {
    const { context, owner, issue } = await createWorld()
    const { key } = await issue(owner, userRead, { disabled: true })
    expect((await resetKey(context, owner, key.id)).key.disabledAt).toEqual(key.disabledAt)
  })

  it('does not find a deleted key', async () => {
    const { context, owner, issue } = await createWorld()
    const { key } = await issue(owner, userRead)
    await deleteKey(context, owner, key.id)
    await expect(resetKey(context, owner, key.id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a suspended account', () => {
  it('keeps its keys as they are', async () => {
    const { context, owner, issue } = await createWorld()
    const { secret } = await issue(owner, userRead)
    await suspendAccount(context, owner.principal.account.id)
    expect(await openKeySource(context).find(digestSecret(secret))).toMatchObject({
      kind: 'known',
      principal: { key: { disabledAt: null }, account: { suspendedAt: new Date(startMs) } },
    })
  })
})
