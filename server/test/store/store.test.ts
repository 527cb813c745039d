/** One suite for every database: a dialect is one line. */
import { type Permissions, parseBlock, printBlock, readStoredPermissions } from '@keyporter/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeUser, findUser, findUserByEmail, insertAccount } from '../../src/store/accounts.js'
import {
  changeKey,
  findKey,
  insertKey,
  insertRetiredHash,
  listKeys,
  type NewKeyRow,
  printDocument,
} from '../../src/store/keys.js'
import { createLookup } from '../../src/store/lookup.js'
import {
  findSession,
  findSessionByHash,
  insertSession,
  type NewSessionRow,
  purgeSessions,
  revokeSessions,
} from '../../src/store/sessions.js'
import { openStore, type Store } from '../../src/store/store.js'
import { recordUses, rehash } from '../../src/store/usage.js'
import { setLink, spendLink } from '../../src/store/users.js'
import { makeDatabase } from '../database.js'
import { nameFolder } from '../folders.js'

const dialects: readonly [name: string, open: () => Promise<Store>][] = [
  ['SQLite in a file', () => openStore({ dataDir: nameFolder() })],
  ['SQLite in memory', () => openStore({ dataDir: null })],
  ['PostgreSQL', async () => openStore({ database: await makeDatabase(), dataDir: null })],
]

const createdAt = new Date(1_700_000_000_123)
const permissions: Permissions = readStoredPermissions({ api: { user_read: {} } })

function keyRow(accountId: number, given: Partial<NewKeyRow> = {}): NewKeyRow {
  return {
    accountId,
    createdByKeyId: null,
    name: null,
    hash: 'hash',
    pepperId: 'pepper',
    hint: 'kp_…abcd',
    primary: false,
    permissions,
    keyParams: undefined,
    addresses: null,
    createdAt,
    expiresAt: null,
    notBefore: null,
    disabledAt: null,
    ...given,
  }
}

describe.each(dialects)('%s', (_name, open) => {
  let store: Store
  let accountId: number

  beforeEach(async () => {
    store = await open()
    const user = await store.write((db) => insertAccount(db, { email: 'A@example.com', operator: true, createdAt }))
    accountId = user.id
  })
  afterEach(() => store.close())

  const add = (given: Partial<NewKeyRow> = {}) => store.write((db) => insertKey(db, keyRow(accountId, given)))

  describe('keys', () => {
    it('gives back every member as it was stored', async () => {
      const parent = await add({ hash: 'parent' })
      const addresses = [parseBlock('10.0.0.0/8')!, parseBlock('2001:db8::1')!]
      const id = await add({
        createdByKeyId: parent,
        name: 'naïve 名',
        primary: true,
        permissions: readStoredPermissions({ api: { misc: { 'api.x.y': { constraints: { id: { eq: [1, 2] } } } } } }),
        keyParams: { id: 7, list: ['a'] },
        addresses,
        expiresAt: new Date(1_800_000_000_001),
        notBefore: new Date(1_600_000_000_001),
        disabledAt: new Date(1_650_000_000_001),
      })
      const { key, account, hash, pepperId } = (await store.read((db) => findKey(db, id)))!
      expect({ hash, pepperId, account }).toEqual({
        hash: 'hash',
        pepperId: 'pepper',
        account: { id: accountId, operator: true, suspendedAt: null },
      })
      expect({ ...key, permissions: null, addresses: null }).toEqual({
        id,
        accountId,
        createdByKeyId: parent,
        name: 'naïve 名',
        hint: 'kp_…abcd',
        primary: true,
        permissions: null,
        keyParams: { id: 7, list: ['a'] },
        addresses: null,
        createdAt,
        expiresAt: new Date(1_800_000_000_001),
        notBefore: new Date(1_600_000_000_001),
        disabledAt: new Date(1_650_000_000_001),
        deletedAt: null,
        resetAt: null,
        lastUsedAt: null,
        lastUsedAddress: null,
      })
      expect(key.addresses!.map(printBlock)).toEqual(['10.0.0.0/8', '2001:db8::1'])
      expect(printDocument(key.permissions)).toBe('{"api":{"misc":{"api.x.y":{"constraints":{"id":{"eq":[1,2]}}}}}}')
    })

    it.each([
      ['nothing', undefined],
      ['null', null],
      ['an empty text', ''],
      ['a text', '{"a": 1}'],
    ])('keeps key_params apart: %s', async (_given, keyParams) => {
      const id = await add({ keyParams })
      expect((await store.read((db) => findKey(db, id)))!.key.keyParams).toBe(keyParams)
    })

    it('changes what is given and nothing else', async () => {
      const id = await add({ name: 'before', expiresAt: createdAt })
      await store.write((db) => changeKey(db, id, { name: null, disabledAt: createdAt }))
      await store.write((db) => changeKey(db, id, {}))
      const { key } = (await store.read((db) => findKey(db, id)))!
      expect([key.name, key.disabledAt, key.expiresAt, key.hint]).toEqual([null, createdAt, createdAt, 'kp_…abcd'])
    })

    it('lists the keys of one account by id, without deleted ones', async () => {
      const other = await store.write((db) => insertAccount(db, { email: 'b@example.com', operator: false, createdAt }))
      const first = await add({ hash: '1' })
      await store.write((db) => insertKey(db, keyRow(other.id, { hash: '2' })))
      const gone = await add({ hash: '3' })
      const last = await add({ hash: '4' })
      await store.write((db) => changeKey(db, gone, { deletedAt: createdAt }))
      expect((await store.read((db) => listKeys(db, accountId))).map(({ id }) => id)).toEqual([first, last])
    })

    it('never gives an id again, not even that of a row that is gone', async () => {
      const last = await add()
      await store.write(async (db) => {
        await db.deleteFrom('api_keys').where('id', '=', last).execute()
      })
      expect(await add()).toBeGreaterThan(last)
    })

    it('refuses a second key with the same hash', async () => {
      await add()
      await expect(add()).rejects.toMatchObject({
        code: 'conflict',
        message: 'Something that must be unique exists already.',
      })
    })

    it('refuses a key without an account', async () => {
      await expect(store.write((db) => insertKey(db, keyRow(999)))).rejects.toThrow(/FOREIGN KEY|foreign key/)
    })

    it('refuses an address list that cannot be read, instead of reading less', async () => {
      const id = await add({ addresses: [parseBlock('10.0.0.1')!] })
      await store.write(async (db) => {
        await db.updateTable('api_keys').set({ addresses: '["10.0.0.1","nonsense"]' }).where('id', '=', id).execute()
      })
      await expect(store.read((db) => findKey(db, id))).rejects.toThrow('a stored address list cannot be read')
    })

    it('says which peppers keys that are not deleted depend on, and whether there is any key', async () => {
      expect([await store.hasKeys(), await store.listPepperIds()]).toEqual([false, []])
      await add({ hash: '1', pepperId: 'p1' })
      await add({ hash: '2', pepperId: 'p1' })
      const gone = await add({ hash: '3', pepperId: 'p2' })
      await store.write((db) => changeKey(db, gone, { deletedAt: createdAt }))
      expect([await store.hasKeys(), await store.listPepperIds()]).toEqual([true, ['p1']])
    })
  })

  describe('sessions', () => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    const begin = (given: Partial<NewSessionRow> = {}) =>
      store.write((db) =>
        insertSession(db, {
          userId: accountId,
          method: 'password',
          identityId: null,
          hash: 'session',
          pepperId: 'pepper',
          createdAt,
          expiresAt,
          lastUsedAddress: '192.0.2.1',
          userAgent: 'Browser/1.0',
          ...given,
        }),
      )

    it('give back every member as it was stored, with their account', async () => {
      const id = await begin()
      const session = {
        id,
        userId: accountId,
        accountId,
        method: 'password',
        createdAt,
        expiresAt,
        revokedAt: null,
        lastUsedAt: createdAt,
        lastUsedAddress: '192.0.2.1',
        userAgent: 'Browser/1.0',
      }
      const account = { id: accountId, operator: true, suspendedAt: null }
      const stored = { session, account, hash: 'session', pepperId: 'pepper' }
      expect(await store.read((db) => findSession(db, id))).toEqual(stored)
      expect(await store.read((db) => findSessionByHash(db, ['none', 'session']))).toEqual(stored)
      expect(await store.read((db) => findSessionByHash(db, ['none']))).toBeNull()
    })

    it('keep the time at which they were first ended', async () => {
      const id = await begin()
      await store.write((db) => revokeSessions(db, [id], createdAt))
      await store.write((db) => revokeSessions(db, [id], expiresAt))
      expect((await store.read((db) => findSession(db, id)))?.session.revokedAt).toEqual(createdAt)
    })

    it('never give their numbers to others, not even when they are purged', async () => {
      const id = await begin({ expiresAt: createdAt })
      const at = createdAt.getTime()
      expect(await store.write((db) => purgeSessions(db, at, 10))).toEqual([])
      expect(await store.write((db) => purgeSessions(db, at + 1, 10))).toEqual([id])
      expect(await begin()).toBeGreaterThan(id)
    })

    it('note their last use, and move to another pepper, as keys do', async () => {
      const id = await begin()
      const key = await add()
      const atMs = createdAt.getTime() + 5
      await store.write((db) => recordUses(db, 'sessions', [{ id, atMs, address: '192.0.2.9' }]))
      const to = { hash: 'moved', pepperId: 'new' }
      await store.write((db) => rehash(db, 'sessions', [{ table: 'sessions', id, from: 'session', to }]))
      expect(await store.read((db) => findSession(db, id))).toMatchObject({
        session: { lastUsedAt: new Date(atMs), lastUsedAddress: '192.0.2.9' },
        ...to,
      })
      expect(await store.read((db) => findKey(db, key))).toMatchObject({ key: { lastUsedAt: null }, hash: 'hash' })
    })

    it('depend on their pepper while they are in force, and so do sign-in links', async () => {
      await begin({ hash: '1', pepperId: 'p1' })
      await begin({ hash: '2', pepperId: 'p2', expiresAt: createdAt })
      const ended = await begin({ hash: '3', pepperId: 'p3' })
      await store.write((db) => revokeSessions(db, [ended], createdAt))
      const setTo = (pepperId: string, until: Date) =>
        store.write((db) => setLink(db, accountId, { hash: 'link', pepperId }, until))
      await setTo('p4', expiresAt)
      expect(await store.listPepperIds()).toEqual(['p1', 'p4'])
      await setTo('p4', createdAt)
      expect(await store.listPepperIds()).toEqual(['p1'])
      await setTo('p4', expiresAt)
      await store.write((db) => spendLink(db, accountId))
      expect(await store.listPepperIds()).toEqual(['p1'])
    })
  })

  describe('lookup', () => {
    const look = (hashes: string[]) => store.read((db) => createLookup(hashes.length)(db, hashes))

    it('finds a key with its account by any of its hashes', async () => {
      const id = await add({ hash: 'mine' })
      await add({ hash: 'other' })
      await store.write((db) => changeUser(db, accountId, { suspendedAt: createdAt }))
      expect(await look(['none', 'mine'])).toMatchObject({
        retired: false,
        row: {
          id,
          hash: 'mine',
          account_id: accountId,
          account_operator: 1,
          account_suspended_at: createdAt.getTime(),
        },
      })
      expect(await look(['none'])).toBeNull()
    })

    it('finds a deleted key, so that its secret is answered as deleted', async () => {
      const id = await add()
      await store.write((db) => changeKey(db, id, { deletedAt: createdAt }))
      expect(await look(['hash'])).toMatchObject({ retired: false, row: { id, deleted_at: createdAt.getTime() } })
    })

    it('finds a key by a hash that a reset replaced, and says so', async () => {
      const id = await add({ hash: 'new' })
      await store.write((db) => insertRetiredHash(db, id, { hash: 'old', pepperId: 'pepper' }, createdAt))
      expect(await look(['old'])).toMatchObject({ retired: true, row: { id, hash: 'new' } })
    })
  })

  describe('usage', () => {
    it('keeps the latest use', async () => {
      const id = await add()
      await store.write((db) => recordUses(db, 'api_keys', [{ id, atMs: 2_000, address: '192.0.2.1' }]))
      await store.write((db) =>
        recordUses(db, 'api_keys', [
          { id, atMs: 1_000, address: '192.0.2.2' },
          { id: 999, atMs: 3_000, address: null },
        ]),
      )
      const { key } = (await store.read((db) => findKey(db, id)))!
      expect([key.lastUsedAt, key.lastUsedAddress]).toEqual([new Date(2_000), '192.0.2.1'])
    })

    it('moves a key to another hash only where it still has the one that was hit', async () => {
      const id = await add({ hash: 'hit' })
      const other = await add({ hash: 'reset since' })
      await store.write((db) =>
        rehash(db, 'api_keys', [
          { table: 'api_keys', id, from: 'hit', to: { hash: 'moved', pepperId: 'new' } },
          { table: 'api_keys', id: other, from: 'was hit', to: { hash: 'undone', pepperId: 'new' } },
        ]),
      )
      const hashes = await store.read((db) =>
        db.selectFrom('api_keys').select(['hash', 'pepper_id']).orderBy('id').execute(),
      )
      expect(hashes).toEqual([
        { hash: 'moved', pepper_id: 'new' },
        { hash: 'reset since', pepper_id: 'pepper' },
      ])
    })
  })

  describe('accounts', () => {
    it('finds an account by its e-mail in whatever case, and keeps how it was written', async () => {
      const user = await store.read((db) => findUserByEmail(db, 'a@EXAMPLE.com'))
      expect(user).toEqual({
        id: accountId,
        email: 'A@example.com',
        username: null,
        fullname: null,
        sshKey: null,
        credit: 0,
        createdAt,
        suspendedAt: null,
        operator: true,
      })
    })

    it('refuses an e-mail that another account has in another case', async () => {
      await expect(
        store.write((db) => insertAccount(db, { email: 'a@EXAMPLE.COM', operator: false, createdAt })),
      ).rejects.toMatchObject({ code: 'conflict', message: 'email: another account has this address.' })
    })

    it('refuses a second operator', async () => {
      await expect(
        store.write((db) => insertAccount(db, { email: 'b@example.com', operator: true, createdAt })),
      ).rejects.toMatchObject({ code: 'conflict' })
    })

    it('changes what is given and nothing else', async () => {
      await store.write((db) => changeUser(db, accountId, { username: 'u', fullname: 'F' }))
      await store.write((db) => changeUser(db, accountId, { username: null, email: 'C@example.com' }))
      await store.write((db) => changeUser(db, accountId, {}))
      expect(await store.read((db) => findUser(db, accountId))).toMatchObject({
        email: 'C@example.com',
        username: null,
        fullname: 'F',
      })
      expect(await store.read((db) => findUserByEmail(db, 'a@example.com'))).toBeNull()
    })
  })

  describe('transactions', () => {
    it('undoes everything when the work throws, and throws the same', async () => {
      const problem = new Error('no')
      await expect(
        store.write(async (db) => {
          await insertKey(db, keyRow(accountId))
          throw problem
        }),
      ).rejects.toBe(problem)
      expect(await store.hasKeys()).toBe(false)
      await add()
    })

    it('never shows a row that is not committed', async () => {
      const seen: Promise<boolean>[] = []
      const write = store.write(async (db) => {
        await insertKey(db, keyRow(accountId))
        seen.push(store.hasKeys())
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('undone')
      })
      await expect(write).rejects.toThrow('undone')
      expect(await Promise.all(seen)).toEqual([false])
    })

    it('shows a committed row to the first read after it', async () => {
      for (let i = 0; i < 20; i++) {
        const id = await add({ hash: `hash ${i}` })
        expect(await store.read((db) => findKey(db, id))).not.toBeNull()
      }
    })

    it('runs transactions one after the other: none writes over what another read', async () => {
      const addOne = () =>
        store.write(async (db) => {
          const { credit } = await db.selectFrom('accounts').select('credit').executeTakeFirstOrThrow()
          await new Promise((resolve) => setImmediate(resolve))
          await db
            .updateTable('accounts')
            .set({ credit: credit + 1 })
            .execute()
        })
      await Promise.all(Array.from({ length: 50 }, addOne))
      expect((await store.read((db) => findUser(db, accountId)))!.credit).toBe(50)
    })
  })
})
