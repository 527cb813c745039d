import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { insertAccount } from '../../src/store/accounts.js'
import { migrations } from '../../src/store/migrations.js'
import { loadSqlite } from '../../src/store/sqlite-driver.js'
import { databaseFile, openStore, type Store, StoreError } from '../../src/store/store.js'
import { nameFolder } from '../folders.js'

const createdAt = new Date(1_700_000_000_000)
const addAccount = (store: Store, email = 'a@example.com') =>
  store.write((db) => insertAccount(db, { email, operator: false, createdAt }))

let dataDir: string
let path: string
const opened: { close(): unknown }[] = []

beforeEach(() => {
  dataDir = nameFolder()
  path = join(dataDir, databaseFile)
})
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function open(waitMs?: number): Promise<Store> {
  const store = await openStore({ dataDir, ...(waitMs !== undefined && { waitMs }) })
  opened.push(store)
  return store
}

function openRaw(): Database.Database {
  const raw = new (loadSqlite())(path)
  opened.push(raw)
  return raw
}

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

describe('the database file', () => {
  it('is readable by its owner alone, with its log and its index, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await addAccount(await open())
      expect([modeOf(dataDir), modeOf(path), modeOf(`${path}-wal`), modeOf(`${path}-shm`)]).toEqual([
        '700',
        '600',
        '600',
        '600',
      ])
    } finally {
      process.umask(umask)
    }
  })

  it('is closed to others when it was open to them', async () => {
    mkdirSync(dataDir)
    writeFileSync(path, '')
    chmodSync(path, 0o666)
    await addAccount(await open())
    expect([modeOf(path), modeOf(`${path}-wal`)]).toEqual(['600', '600'])
  })

  it('has a write-ahead log that each commit flushes, and checks references', async () => {
    const store = await open()
    const read = (name: string) =>
      store.write(async (db) => (await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db)).rows[0])
    expect(await read('journal_mode')).toEqual({ journal_mode: 'wal' })
    expect(await read('synchronous')).toEqual({ synchronous: 2 })
    expect(await read('foreign_keys')).toEqual({ foreign_keys: 1 })
    expect(await read('busy_timeout')).toEqual({ timeout: 5 })
  })

  it('is whole in one file once it is closed', async () => {
    const store = await openStore({ dataDir })
    await addAccount(store)
    await store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(readFileSync(path).includes('a@example.com')).toBe(true)
  })

  it('is refused with its path when it is no database', async () => {
    mkdirSync(dataDir)
    writeFileSync(path, 'this is a letter to my aunt, and quite a long one at that '.repeat(20))
    await expect(open()).rejects.toThrow(
      new StoreError(`The database ${path} cannot be opened: file is not a database`),
    )
  })

  it('is refused with its path when its folder cannot be made', async () => {
    writeFileSync(dataDir, 'a file')
    await expect(open()).rejects.toThrow(/^The database .*keyporter\.db cannot be made: /)
  })
})

describe('the schema', () => {
  it('is not touched by a second start', async () => {
    await addAccount(await open())
    const before = openRaw().prepare('select * from migrations').all()
    const again = await open()
    expect(openRaw().prepare('select * from migrations').all()).toEqual(before)
    await expect(addAccount(again)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is made once by two that start together', async () => {
    const stores = await Promise.all([open(), open(), open()])
    await Promise.all(stores.map((store, i) => addAccount(store, `${i}@example.com`)))
    expect(openRaw().prepare('select number from migrations').pluck().all()).toEqual(
      migrations.map((_, index) => index + 1),
    )
  })

  it.each([
    ['a later step', migrations.length + 1, 'what is to come'],
    ['another step of the same number', 1, 'something else'],
  ])('is refused when it is newer than the program: %s', async (_what, number, name) => {
    await (await open()).close()
    opened.length = 0
    const raw = openRaw()
    raw.prepare('delete from migrations where number = ?').run(number)
    raw.prepare('insert into migrations values (?, ?, 0)').run(number, name)
    await expect(open()).rejects.toThrow(
      new StoreError(
        `The database is newer than this program: it has the schema step ${number} (${name}), which this program does not ` +
          'know. Run the version of Keyporter that made it, or a later one.',
      ),
    )
  })
})

describe('another process that holds the lock', () => {
  it('is waited for without stopping this one', async () => {
    const store = await open()
    const raw = openRaw()
    raw.exec('begin immediate')
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const write = addAccount(store)
    await new Promise((resolve) => setTimeout(resolve, 200))
    raw.exec('commit')
    await write
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(8)
  })

  it('is given up on with a fault that says nothing was changed', async () => {
    const store = await open(100)
    const raw = openRaw()
    raw.exec('begin immediate')
    await expect(addAccount(store)).rejects.toMatchObject({
      code: 'busy',
      message: 'The store is busy. Nothing was changed; try again.',
    })
    raw.exec('commit')
    await addAccount(store)
  })

  it('does not keep reads waiting', async () => {
    const store = await open(100)
    const raw = openRaw()
    raw.exec('begin immediate')
    expect(await store.hasKeys()).toBe(false)
  })
})

describe('a transaction of this process', () => {
  it('does not keep reads waiting', async () => {
    const store = await open()
    await store.write(async (db) => {
      await insertAccount(db, { email: 'a@example.com', operator: false, createdAt })
      // Awaited inside the transaction: it would never end if reads took their turn behind it.
      expect(await store.read((reads) => reads.selectFrom('accounts').select('id').execute())).toEqual([])
    })
  })

  it('is given up on by those who wait behind it too long', async () => {
    const store = await open(50)
    const slow = store.write(() => new Promise((resolve) => setTimeout(resolve, 200)))
    await expect(addAccount(store)).rejects.toMatchObject({ code: 'busy' })
    await slow
    await addAccount(store)
  })

  it('cannot be written through a read', async () => {
    const store = await open()
    await expect(
      store.read((db) => insertAccount(db, { email: 'a@example.com', operator: false, createdAt })),
    ).rejects.toThrow('attempt to write a readonly database')
  })
})

describe.each([
  ['a file', false],
  ['memory', true],
])('a COMMIT that fails, in %s', (_where, inMemory) => {
  // References checked at the end of the transaction only: then it is COMMIT that fails.
  const writeOrphan = (store: Store) =>
    store.write(
      async (db) => {
        await sql`pragma defer_foreign_keys = on`.execute(db)
        await db
          .insertInto('retired_hashes')
          .values({ hash: 'h', pepper_id: 'p', key_id: 999, retired_at: 0 })
          .execute()
        return { id: 5, secret: 'kp_secret' }
      },
      ({ id, secret }) => ({ id, secret }),
    )

  it('is an unknown outcome, with what the caller must not lose', async () => {
    const store = await openStore({ dataDir: inMemory ? null : dataDir })
    opened.push(store)
    const fault = await writeOrphan(store).catch((error: unknown) => error)
    expect(fault).toMatchObject({
      code: 'outcome_unknown',
      message: 'The store did not confirm the change: it may or may not be in force. Look before you repeat it.',
      details: { id: 5, secret: 'kp_secret' },
    })
    expect(String((fault as Error).stack)).not.toContain('kp_secret')
  })

  it('leaves a store that works', async () => {
    const store = await openStore({ dataDir: inMemory ? null : dataDir })
    opened.push(store)
    await expect(writeOrphan(store)).rejects.toMatchObject({ code: 'outcome_unknown' })
    await addAccount(store)
    expect(await store.read((db) => db.selectFrom('retired_hashes').selectAll().execute())).toEqual([])
  })
})
