import { grants } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { suspendAccount } from '../../src/actions/accounts.js'
import { resetKey, updateKey } from '../../src/actions/keys.js'
import { openUsage } from '../../src/actions/usage.js'
import { openKeySource, toHeldKey } from '../../src/actions/verify-source.js'
import { digestSecret, nameSession, openPeppers } from '../../src/secrets.js'
import type { Rehash } from '../../src/store/usage.js'
import { catalog, createWorld, openSession, pepperText } from './world.js'

const newPepper = 'another pepper that took the place of the first'
const userRead = { api: { user_read: {} } }

const rotated = () =>
  openPeppers({ dataDir: '/nowhere', pepper: newPepper, retiredPeppers: [pepperText], hasKeys: true })

describe('openKeySource', () => {
  it('finds who presents a secret', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret } = await issue(owner, userRead)
    const presented = await openKeySource(context).find(digestSecret(secret))
    expect(presented).toMatchObject({
      kind: 'known',
      principal: { key: toHeldKey(key), account: owner.principal.account },
    })
  })

  it('does not know other secrets', async () => {
    const { context } = await createWorld()
    expect(await openKeySource(context).find(digestSecret('kp_never'))).toEqual({ kind: 'unknown' })
    expect(await openKeySource(context).find('')).toEqual({ kind: 'unknown' })
  })

  it('does not know a stored hash: it is no secret', async () => {
    const { context, owner, issue } = await createWorld()
    await issue(owner, userRead)
    const hashes = await context.store.read((db) => db.selectFrom('api_keys').select('hash').execute())
    for (const { hash } of hashes) {
      const hex = Buffer.from(hash, 'base64url').toString('hex')
      expect(await openKeySource(context).find(hex)).toEqual({ kind: 'unknown' })
    }
  })

  it('sees a change with the first request after it', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret } = await issue(owner, userRead)
    const source = openKeySource(context)
    const find = () => source.find(digestSecret(secret))
    await find()
    await updateKey(context, owner, key.id, { disabled: true })
    expect(await find()).toMatchObject({ principal: { key: { disabledAt: expect.any(Date) } } })
    await suspendAccount(context, key.accountId)
    expect(await find()).toMatchObject({ principal: { account: { suspendedAt: expect.any(Date) } } })
  })

  it('compiles each document once', async () => {
    const { context, owner, issue } = await createWorld()
    const keys = [await issue(owner, userRead), await issue(owner, userRead), await issue(owner, {})]
    const source = openKeySource(context)
    const [one, two, other] = await Promise.all(
      keys.map(async ({ secret }) => {
        const presented = await source.find(digestSecret(secret))
        return presented.kind === 'known' ? presented.principal.grant : null
      }),
    )
    expect(one).toBe(two)
    expect(one).not.toBe(other)
  })
})

describe('a session', () => {
  it('is found by its name alone, and a key by its digest alone', async () => {
    const world = await createWorld()
    const { context, owner } = world
    const source = openKeySource(context)
    const { secret, sessionId } = await openSession(world, owner.principal.account.id)
    expect(await source.find(nameSession(secret))).toMatchObject({
      kind: 'known',
      principal: { kind: 'session', session: { id: sessionId }, account: owner.principal.account },
    })
    expect(await source.find(digestSecret(secret))).toEqual({ kind: 'unknown' })
    expect(await source.find(digestSecret(nameSession(secret)))).toEqual({ kind: 'unknown' })
    const { secret: key } = await world.issue(owner, userRead)
    expect(await source.find(nameSession(key))).toEqual({ kind: 'unknown' })
  })

  it('of the operator may reach across accounts, any other may not', async () => {
    const world = await createWorld()
    const endpoint = catalog.byId.get('api.keyporter.verify')!
    for (const [holder, reaches] of [
      [world.operator, true],
      [world.owner, false],
    ] as const) {
      const { caller } = await openSession(world, holder.principal.account.id)
      expect([grants(caller.principal.grant, endpoint), caller.principal.grant.full]).toEqual([reaches, true])
    }
  })

  it('under a retired pepper moves to the current one with the next batch', async () => {
    const world = await createWorld()
    const { secret } = await openSession(world, world.owner.principal.account.id)
    const after = { ...world.context, peppers: rotated() }
    const usage = openUsage(after, { flushMs: 60_000 })
    const source = openKeySource(after, { onRetiredHit: usage.rehash })
    expect(await source.find(nameSession(secret))).toMatchObject({ kind: 'known' })
    await usage.close()
    const alone = { ...after, peppers: openPeppers({ dataDir: '/nowhere', pepper: newPepper, hasKeys: true }) }
    expect(await openKeySource(alone).find(nameSession(secret))).toMatchObject({ kind: 'known' })
  })
})

describe('a retired pepper', () => {
  it('still finds its keys, which move to the current one with the next batch', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret } = await issue(owner, userRead)
    const after = { ...context, peppers: rotated() }
    const usage = openUsage(after, { flushMs: 60_000 })
    const source = openKeySource(after, { onRetiredHit: usage.rehash })
    expect(await source.find(digestSecret(secret))).toMatchObject({ kind: 'known', principal: { key: toHeldKey(key) } })
    await usage.close()

    expect(await openKeySource(after).find(digestSecret(secret))).toMatchObject({
      kind: 'known',
      principal: { key: toHeldKey(key) },
    })
    const alone = { ...context, peppers: openPeppers({ dataDir: '/nowhere', pepper: newPepper, hasKeys: true }) }
    expect(await openKeySource(alone).find(digestSecret(secret))).toMatchObject({ kind: 'known' })
    expect(await openKeySource(context).find(digestSecret(secret))).toEqual({ kind: 'unknown' })
  })

  it('is told of its hits, and the current one of none', async () => {
    const { context, owner, issue } = await createWorld()
    const old = await issue(owner, userRead)
    const after = { ...context, peppers: rotated() }
    const { secret: fresh } = await resetKey(after, owner, owner.principal.key.id)
    const hits: Rehash[] = []
    const source = openKeySource(after, { onRetiredHit: (hit) => hits.push(hit) })
    await source.find(digestSecret(fresh))
    expect(hits).toEqual([])
    await source.find(digestSecret(old.secret))
    expect(hits).toMatchObject([{ table: 'api_keys', id: old.key.id, to: { pepperId: after.peppers.current.id } }])
  })

  it('can never undo a reset by a batch that comes after it', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret: stolen } = await issue(owner, userRead)
    const after = { ...context, peppers: rotated() }
    const usage = openUsage(after, { flushMs: 60_000 })
    const source = openKeySource(after, { onRetiredHit: usage.rehash })
    await source.find(digestSecret(stolen))
    const { secret } = await resetKey(after, owner, key.id)
    await usage.close()
    expect(await source.find(digestSecret(stolen))).toMatchObject({ kind: 'reset' })
    expect(await source.find(digestSecret(secret))).toMatchObject({ kind: 'known' })
  })

  it('knows its replaced secrets as replaced', async () => {
    const { context, owner, issue } = await createWorld()
    const { key, secret } = await issue(owner, userRead)
    await resetKey(context, owner, key.id)
    const source = openKeySource({ ...context, peppers: rotated() })
    expect(await source.find(digestSecret(secret))).toMatchObject({ kind: 'reset', principal: { key: { id: key.id } } })
  })
})
