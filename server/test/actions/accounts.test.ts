import { printPermissions } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import {
  createAccount,
  ensureFirstAccount,
  issueAdminKey,
  resumeAccount,
  suspendAccount,
} from '../../src/actions/accounts.js'
import { createKey, getKey, listKeys } from '../../src/actions/keys.js'
import { getUser } from '../../src/actions/users.js'
import { initialiseLease } from '../../src/store/settings.js'
import { openStore } from '../../src/store/store.js'
import { createWorld, listCategories, newKey, startMs } from './world.js'

const everything = { api: { '*': {}, verify: {}, operate: {} } }

async function createEmpty() {
  const world = await createWorld()
  const store = await openStore({ dataDir: null })
  await store.write((db) => initialiseLease(db, 2_000))
  return { ...world.context, store }
}

describe('ensureFirstAccount', () => {
  it("makes the operator's account and a first key with all there is", async () => {
    const { context, operator } = await createWorld()
    const { account } = operator.principal
    const key = await getKey(context, operator, operator.principal.key.id)
    expect([account.operator, key.primary, key.createdByKeyId]).toEqual([true, true, null])
    expect(printPermissions(key.permissions)).toEqual(everything)
    expect(await getUser(context, operator)).toMatchObject({ email: 'admin@localhost', operator: true })
  })

  it('does nothing when there is an account', async () => {
    const { context, operator } = await createWorld()
    expect(await ensureFirstAccount(context, 'other@localhost')).toBeNull()
    expect(await ensureFirstAccount(context, 'not even an e-mail')).toBeNull()
    expect(await listKeys(context, operator)).toHaveLength(1)
  })

  it('makes one account when two start at once', async () => {
    const context = await createEmpty()
    const made = await Promise.all([1, 2, 3].map(() => ensureFirstAccount(context, 'admin@localhost')))
    expect(made.filter((each) => each !== null)).toHaveLength(1)
    expect(await context.store.read((db) => db.selectFrom('accounts').select('id').execute())).toHaveLength(1)
  })

  it('refuses what is no e-mail', async () => {
    await expect(ensureFirstAccount(await createEmpty(), 'admin')).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/^email must be/),
    })
  })
})

describe('issueAdminKey', () => {
  it('gives another key of the operator, with all there is, which may be deleted', async () => {
    const { context, operator, admit } = await createWorld()
    const { key, secret } = await issueAdminKey(context)
    expect(key).toMatchObject({ accountId: operator.principal.account.id, primary: false, name: 'admin key' })
    expect(printPermissions(key.permissions)).toEqual(everything)
    await createKey(context, await admit(secret), newKey({ permissions: everything }))
  })

  it('is refused before the first start', async () => {
    await expect(issueAdminKey(await createEmpty())).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no account yet; the first start of the server makes it.',
    })
  })
})

describe('createAccount', () => {
  it('makes an account with a first key that holds every category, by name', async () => {
    const { context, admit } = await createWorld()
    const { user, key, secret } = await createAccount(context, 'third@example.com')
    expect(user).toMatchObject({ email: 'third@example.com', operator: false, suspendedAt: null })
    expect(key).toMatchObject({ accountId: user.id, primary: true, createdByKeyId: null })
    expect(listCategories(key.permissions)).toEqual([
      'billing_read',
      'instance_read',
      'instance_write',
      'user_read',
      'user_write',
    ])
    expect((await admit(secret)).principal.grant.full).toBe(true)
  })

  it('refuses an e-mail that is taken, and makes nothing', async () => {
    const { context } = await createWorld()
    await expect(createAccount(context, 'OWNER@example.com')).rejects.toMatchObject({
      code: 'conflict',
      message: 'email: another account has this address.',
    })
    expect(await context.store.read((db) => db.selectFrom('accounts').select('id').execute())).toHaveLength(2)
  })

  it('refuses what is no e-mail', async () => {
    const { context } = await createWorld()
    await expect(createAccount(context, 'third')).rejects.toThrow(/^email must be/)
  })

  it("never makes the operator's account", async () => {
    await expect(createAccount(await createEmpty(), 'a@example.com')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('suspendAccount and resumeAccount', () => {
  it.each([
    ['its id', (id: number) => id],
    ['its id as text', (id: number) => String(id)],
    ['its e-mail', () => 'Owner@example.com'],
  ])('find an account by %s', async (_what, by) => {
    const world = await createWorld()
    const { context, owner } = world
    const id = by(owner.principal.account.id)
    expect((await suspendAccount(context, id)).suspendedAt).toEqual(new Date(startMs))
    expect((await getUser(context, owner)).suspendedAt).toEqual(new Date(startMs))
    world.nowMs += 1_000
    expect((await suspendAccount(context, id)).suspendedAt).toEqual(new Date(startMs))
    expect((await resumeAccount(context, id)).suspendedAt).toBeNull()
    expect((await getUser(context, owner)).suspendedAt).toBeNull()
    expect((await resumeAccount(context, id)).suspendedAt).toBeNull()
  })

  it.each([[999], ['999'], ['nobody@example.com'], ['-1'], ['']])('do not find %j', async (id) => {
    const { context } = await createWorld()
    for (const act of [suspendAccount, resumeAccount]) {
      await expect(act(context, id)).rejects.toMatchObject({
        code: 'not_found',
        message: 'Account not found: no account has this id or email.',
      })
    }
  })
})
