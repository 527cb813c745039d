/** What PostgreSQL does to a store when it is lost, slow, restarted, cut, deposed; on servers of this file's own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '../../src/actions/keys.js'
import { openStoreSource } from '../../src/revocation/store-source.js'
import { digestSecret, hashDigest } from '../../src/secrets.js'
import { insertAccount } from '../../src/store/accounts.js'
import { appendChange } from '../../src/store/changes.js'
import { CommitError } from '../../src/store/engine.js'
import { findKey } from '../../src/store/keys.js'
import { migrations } from '../../src/store/migrations.js'
import { openPostgres } from '../../src/store/postgres.js'
import { confirmPrimary, findRegistration, sweepRegistration } from '../../src/store/registry.js'
import { initialiseLease } from '../../src/store/settings.js'
import { openStore, type Store, StoreError } from '../../src/store/store.js'
import { createWorld, newKey } from '../actions/world.js'
import { type PostgresServer, startPostgres } from '../postgres.js'
import { openProxy, sends, type TcpProxy } from '../proxy.js'

const at = new Date(1_700_000_000_000)
const busy = { code: 'busy', message: 'The store is busy. Nothing was changed; try again.' }
const opened: { close(): unknown }[] = []

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})
afterAll(() => server.stop())

async function open(database: string, waitMs = 1_000): Promise<Store> {
  const store = await openStore({ database, dataDir: null, waitMs })
  opened.push(store)
  return store
}

/** A store whose connections go through a proxy. */
async function openThroughProxy(waitMs = 1_000): Promise<{ store: Store; proxy: TcpProxy; database: string }> {
  const database = await server.makeDatabase()
  const proxy = await openProxy(server.port)
  opened.push(proxy)
  const store = await open(database.replace(`:${server.port}`, `:${proxy.port}`), waitMs)
  return { store, proxy, database }
}

const addAccount = (store: Store, email: string | null = null) =>
  store.write((db) => insertAccount(db, { email: email ?? '', operator: false, createdAt: at }))
let accounts = 0
const write = (store: Store) => addAccount(store, `${accounts++}@example.com`)
const newChange = { tag: 't', touches: [], dropsNegatives: false, at }
const append = (store: Store) => store.write((db) => appendChange(db, newChange, store.announcement()))
const countAccounts = (store: Store) => store.read((db) => db.selectFrom('accounts').select('id').execute())

const unanswered = () => Promise.reject(new Error('nobody asks for keys here'))
const listEmails = async (store: Store) =>
  (await store.read((db) => db.selectFrom('accounts').select('email').execute())).map(({ email }) => email)

describe('opening', () => {
  it('says what is the matter and where, without the password', async () => {
    const address = server.address('nowhere').replace('keyporter@', 'keyporter:s3cret@')
    const refused = await openStore({ database: address, dataDir: null }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreError)
    expect((refused as Error).message).toBe(
      `The database 127.0.0.1:${server.port} cannot be used: no connection: database "nowhere" does not exist`,
    )
  })

  it('makes the schema once where several start together', async () => {
    const database = await server.makeDatabase()
    const stores = await Promise.all([open(database), open(database), open(database)])
    await Promise.all(stores.map(write))
    const { rows } = await server.query('select number from migrations order by 1', new URL(database).pathname.slice(1))
    expect(rows.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1))
  })

  it('refuses a database that is newer than the program', async () => {
    const database = await server.makeDatabase()
    await (await openStore({ database, dataDir: null })).close()
    const name = new URL(database).pathname.slice(1)
    await server.query(`insert into migrations values (${migrations.length + 1}, 'what is to come', 0)`, name)
    await expect(openStore({ database, dataDir: null })).rejects.toThrow(/^The database is newer than this program/)
  })
})

describe('the engine', () => {
  it('cannot be written through a read', async () => {
    const store = await open(await server.makeDatabase())
    await expect(
      store.read((db) => insertAccount(db, { email: 'a@example.com', operator: false, createdAt: at })),
    ).rejects.toMatchObject({ code: 'busy', cause: { cause: { code: '25006' } } })
    expect(await countAccounts(store)).toEqual([])
  })

  it('tells the clock of the database in whole milliseconds', async () => {
    const store = await open(await server.makeDatabase())
    const now = await store.write((db) => store.now(db))
    expect(Number.isInteger(now)).toBe(true)
    expect(Math.abs(now - Date.now())).toBeLessThan(1_000)
  })

  it('reads by itself, and for the protocol, while a transaction holds the writers lock', async () => {
    const store = await open(await server.makeDatabase())
    await store.write(async () => {
      expect(await countAccounts(store)).toEqual([])
      await store.beat((db) => confirmPrimary(db, 'here', at))
      await store.readConfirmed((db) => confirmPrimary(db, 'here', at))
    })
  })

  it('begins a beat again that met another on one row', async () => {
    const store = await open(await server.makeDatabase())
    let runs = 0
    await store.beat((db) => confirmPrimary(db, 'here', at))
    await store.beat(async (db) => {
      await db.selectFrom('confirmations').selectAll().execute()
      if (runs++ === 0) await store.beat((other) => confirmPrimary(other, 'here', at))
      await confirmPrimary(db, 'here', at)
    })
    expect(runs).toBe(2)
  })

  it('never confirms a renewal of a registration that was swept meanwhile', async () => {
    const database = await server.makeDatabase()
    const [store, other] = [await open(database), await open(database)]
    await store.write((db) => initialiseLease(db, 2_000))
    const keys = { findNow: () => undefined, find: unanswered, findIn: unanswered }
    const source = openStoreSource({ store, keys, host: 'here' })
    const { signal } = new AbortController()
    for (let i = 0; i < 60; i++) {
      const { verifierId, position, leaseMs } = await source.register(signal)
      const [renewed] = await Promise.all([
        source.renew({ verifierId, position, leaseMs, cycle: 1 }, signal),
        other.beat((db) => sweepRegistration(db, verifierId, 0)),
      ])
      const row = await store.read((db) => findRegistration(db, verifierId))
      expect([renewed.gone, row === null]).toEqual(row === null ? [true, true] : [false, false])
    }
  })

  it('makes seq appear in the order of commits, also from two processes', async () => {
    const database = await server.makeDatabase()
    const stores = [await open(database, 5_000), await open(database, 5_000)]
    let over = false
    const watch = async () => {
      let newest = 0
      const seen = new Set<number>()
      while (!over) {
        const rows = await stores[0]!.read((db) => db.selectFrom('changes').select('seq').execute())
        const fresh = rows.map(({ seq }) => seq).filter((seq) => !seen.has(seq))
        for (const seq of fresh) expect(seq).toBeGreaterThan(newest)
        newest = Math.max(newest, ...fresh)
        for (const seq of fresh) seen.add(seq)
      }
    }
    const watching = watch()
    await Promise.all(
      stores.flatMap((store) =>
        [1, 2, 3].map(async () => {
          for (let i = 0; i < 15; i++) await append(store)
        }),
      ),
    )
    over = true
    await watching
  })

  it('says which settings may lose what was acknowledged', async () => {
    const database = await server.makeDatabase()
    await server.query(`alter database ${new URL(database).pathname.slice(1)} set synchronous_commit = off`)
    const store = await open(database)
    expect((await store.listWarnings()).map((warning) => warning.split(':')[0])).toEqual([
      'fsync is off',
      'full_page_writes is off',
      'synchronous_commit is off',
    ])
  })
})

describe('LISTEN and NOTIFY', () => {
  it('tell everybody of a change with its COMMIT, and of none that was rolled back', async () => {
    const database = await server.makeDatabase()
    const [one, two] = [await open(database), await open(database)]
    const told: (number | undefined)[][] = [[], []]
    one.onForeignWrite((seq) => told[0]!.push(seq))
    two.onForeignWrite((seq) => told[1]!.push(seq))
    await expect.poll(() => told).toEqual([[undefined], [undefined]])
    const first = await one.write(async (db) => {
      const logged = await appendChange(db, newChange, one.announcement())
      await sleep(50)
      expect(told).toEqual([[undefined], [undefined]])
      return logged
    })
    const failed = two.write(async (db) => {
      await appendChange(db, newChange, two.announcement())
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    const last = await append(two)
    const all = [undefined, first.seq, last.seq]
    await expect.poll(() => told).toEqual([all, all])
  })

  it('wake when the connection was away, and go on', async () => {
    const { store, proxy, database } = await openThroughProxy()
    const other = await open(database)
    let woken = 0
    store.onForeignWrite(() => woken++)
    await expect.poll(() => woken).toBe(1)
    for (const link of [...proxy.links]) link.cut()
    await expect.poll(() => woken).toBe(2)
    await append(other)
    await expect.poll(() => woken).toBe(3)
  })
})

describe('a database that is slow', () => {
  it('is given up on when the writers lock is not to be had, while reads go on', async () => {
    const database = await server.makeDatabase()
    const [one, two] = [await open(database), await open(database, 300)]
    await one.write(async () => {
      const startedAt = performance.now()
      await expect(write(two)).rejects.toMatchObject(busy)
      expect(performance.now() - startedAt).toBeLessThan(1_500)
      expect(await countAccounts(two)).toEqual([])
    })
    await write(two)
  })

  it('is given up on when no answer comes, and asked again when one does', async () => {
    const { store, proxy } = await openThroughProxy(300)
    await write(store)
    proxy.stalled = true
    const startedAt = performance.now()
    await expect(countAccounts(store)).rejects.toMatchObject(busy)
    await expect(write(store)).rejects.toMatchObject(busy)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    proxy.stalled = false
    await expect
      .poll(
        () =>
          countAccounts(store).then(
            (rows) => rows.length,
            () => 0,
          ),
        { timeout: 5_000 },
      )
      .toBe(1)
    await write(store)
  })

  it('does not wait for a process that froze in a transaction', async () => {
    const database = await server.makeDatabase()
    const [frozen, other] = [await open(database), await open(database, 5_000)]
    const stuck = frozen.write(() => sleep(4_000))
    const unharmed = expect(stuck).rejects.toMatchObject(busy)
    await sleep(100)
    await write(other)
    await unharmed
    await write(frozen)
  })
})

describe('writers in line', () => {
  it('that may take their time wait for those before them, however long that is', async () => {
    const engine = await openPostgres(await server.makeDatabase(), { waitMs: 300 })
    opened.push(engine)
    const ended: number[] = []
    const take = (turn: number) =>
      engine.write(
        async (db) => {
          await sql`select pg_sleep(0.4)`.execute(db)
          ended.push(turn)
        },
        { unhurried: true },
      )
    await Promise.all([1, 2, 3, 4].map(take))
    expect(ended).toEqual([1, 2, 3, 4])
  })
})

describe('a database that is lost', () => {
  it('is answered busy until it is back, and loses nothing that was acknowledged', async () => {
    const own = await startPostgres()
    opened.push({ close: () => own.stop() })
    const store = await open(await own.makeDatabase(), 2_000)
    const acknowledged: number[] = []
    const faults: unknown[] = []
    let over = false
    const load = async () => {
      while (!over) {
        await write(store).then(
          ({ id }) => acknowledged.push(id),
          (fault: unknown) => faults.push(fault),
        )
        await countAccounts(store).catch((fault: unknown) => faults.push(fault))
        await store.beat((db) => confirmPrimary(db, 'here', at)).catch((fault: unknown) => faults.push(fault))
        await sleep(2)
      }
    }
    const loads = [load(), load(), load()]
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(20)
    await own.crash()
    await expect.poll(() => faults.length).toBeGreaterThan(10)
    const startedAt = performance.now()
    await expect(write(store)).rejects.toMatchObject(busy)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    await own.start()
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(before + 20)
    over = true
    await Promise.all(loads)
    // A COMMIT that was under way is the one thing that may have another answer.
    const others = faults.filter(
      (fault) => (fault as { code?: string }).code !== 'busy' && !(fault instanceof CommitError),
    )
    expect(others.filter((fault) => (fault as { code?: string }).code !== 'outcome_unknown')).toEqual([])
    expect(others.length).toBeLessThanOrEqual(3)
    const ids = new Set((await countAccounts(store)).map(({ id }) => id))
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
  })
})

describe('a COMMIT', () => {
  it.each([
    ['was carried out', 'cut after'],
    ['never arrived', 'drop'],
  ] as const)(
    'is an unknown outcome, with id and secret, when the connection is cut and it %s',
    async (_what, verdict) => {
      const { store, proxy, database } = await openThroughProxy()
      const { context, owner } = await createWorld(store)
      let cuts = 0
      proxy.onSent = (chunk) => (sends(chunk, 'commit') && cuts++ === 0 ? verdict : 'pass')
      const fault = await createKey(context, owner, newKey()).catch((error: unknown) => error)
      expect(fault).toMatchObject({
        code: 'outcome_unknown',
        details: { id: expect.any(Number), secret: expect.stringMatching(/^kp_/) },
      })
      const { id, secret } = (fault as { details: { id: number; secret: string } }).details
      const stored = await (await open(database)).read((db) => findKey(db, id))
      if (verdict === 'drop') expect(stored).toBeNull()
      else expect(stored!.hash).toBe(hashDigest(digestSecret(secret), context.peppers.current))
      // And the store goes on.
      await createKey(context, owner, newKey())
    },
  )

  it('was not sent when the connection was lost before: nothing changed, and it is said so', async () => {
    const { store, proxy } = await openThroughProxy()
    await expect(
      store.write(async (db) => {
        await insertAccount(db, { email: 'a@example.com', operator: false, createdAt: at })
        for (const link of [...proxy.links]) link.cut()
        await sleep(50)
      }),
    ).rejects.toMatchObject(busy)
    expect(await countAccounts(store)).toEqual([])
  })

  it('of a transaction that had failed is no success', async () => {
    const store = await open(await server.makeDatabase())
    const swallow = store.write(async (db) => {
      await insertAccount(db, { email: 'a@example.com', operator: false, createdAt: at })
      await sql`select 1 / 0`.execute(db).catch(() => {})
    })
    await expect(swallow).rejects.toThrow('the transaction had failed')
    expect(await countAccounts(store)).toEqual([])
  })

  describe('that waits for a standby', () => {
    const waiting = `select pid from pg_stat_activity where wait_event = 'SyncRep'`
    const findWaiting = async () => (await server.query(waiting)).rows.map(({ pid }) => pid as number)
    const setStandby = async (names: string) => {
      await server.query(`alter system set synchronous_standby_names = '${names}'`)
      await server.query('select pg_reload_conf()')
      await expect
        .poll(async () => (await server.query('show synchronous_standby_names')).rows[0])
        .toEqual({ synchronous_standby_names: names })
      await sleep(50)
    }
    afterEach(() => setStandby(''))

    it('is waited for beyond every timeout, and succeeds when it is confirmed', async () => {
      const store = await open(await server.makeDatabase(), 200)
      await setStandby('nobody')
      let settled = false
      const written = write(store).finally(() => {
        settled = true
      })
      await expect.poll(findWaiting).toHaveLength(1)
      // Beyond the wait for statements, for locks, for answers, and for transactions that stand still.
      await sleep(3_000)
      expect(settled).toBe(false)
      await setStandby('')
      await written
      expect(await countAccounts(store)).toHaveLength(1)
    })

    it.each(['cancel', 'terminate'])('is an unknown outcome when an operator does %s it', async (how) => {
      const store = await open(await server.makeDatabase())
      await setStandby('nobody')
      const written = expect(write(store)).rejects.toMatchObject({ code: 'outcome_unknown' })
      await expect.poll(findWaiting).toHaveLength(1)
      await server.query(`select pg_${how}_backend(${(await findWaiting())[0]})`)
      await written
    })

    it('is a failed beat when it is cancelled', async () => {
      const store = await open(await server.makeDatabase())
      await setStandby('nobody')
      const beaten = expect(store.beat((db) => confirmPrimary(db, 'here', at))).rejects.toBeInstanceOf(CommitError)
      await expect.poll(findWaiting).toHaveLength(1)
      await server.query(`select pg_cancel_backend(${(await findWaiting())[0]})`)
      await beaten
    })
  })
})

describe('a failover', () => {
  it('refuses a standby, for reads and writes, until it is promoted', async () => {
    const own = await startPostgres()
    opened.push({ close: () => own.stop() })
    const database = await own.makeDatabase()
    const store = await open(database)
    await own.crash()
    await own.start({ standby: true })
    await expect(openStore({ database, dataDir: null })).rejects.toThrow('the server is a standby, in recovery')
    await expect(countAccounts(store)).rejects.toMatchObject(busy)
    await expect(write(store)).rejects.toMatchObject(busy)
    await own.query('select pg_promote()')
    await write(store)
  })

  it('finds the primary among several servers, and asks a deposed one no more', async () => {
    const old = await startPostgres()
    opened.push({ close: () => old.stop() })
    const database = await old.makeDatabase()
    await (await openStore({ database, dataDir: null })).close()
    await old.crash()
    const heir = await startPostgres({}, old)
    opened.push({ close: () => heir.stop() })
    await heir.crash()
    await heir.start({ standby: true })
    await old.start()

    const proxy = await openProxy(old.port)
    opened.push(proxy)
    const several = database.replace(`127.0.0.1:${old.port}`, `127.0.0.1:${heir.port},127.0.0.1:${proxy.port}`)
    const store = await open(several)
    const { email: lost } = await write(store)
    expect(await listEmails(store)).toEqual([lost])

    await heir.query('select pg_promote()')
    // The old one is alive and answers reads on the oldest connection; those that write are cut off.
    expect(proxy.links.length).toBeGreaterThan(1)
    for (const link of proxy.links.slice(1)) link.cut()
    proxy.target = heir.port
    let kept: string | null = null
    await expect
      .poll(() =>
        write(store).then(
          ({ email }) => (kept = email),
          () => null,
        ),
      )
      .not.toBeNull()
    expect(await listEmails(store)).toEqual([kept])
  })

  it('to a synchronous standby loses nothing that was acknowledged', async () => {
    const old = await startPostgres()
    opened.push({ close: () => old.stop() })
    const database = await old.makeDatabase()
    await old.crash()
    const following = `host=127.0.0.1 port=${old.port} user=keyporter application_name=heir`
    const heir = await startPostgres({ primary_conninfo: following }, old)
    opened.push({ close: () => heir.stop() })
    await heir.crash()
    await old.start()
    await heir.start({ standby: true })
    const standbys = async () => (await old.query('select sync_state from pg_stat_replication')).rows
    await expect.poll(standbys, { timeout: 5_000 }).toEqual([{ sync_state: 'async' }])

    const several = database.replace(`:${old.port}`, `:${old.port},127.0.0.1:${heir.port}`)
    const store = await open(several)
    const warning =
      'synchronous_standby_names is empty while standbys are connected: a failover to one can lose what was acknowledged.'
    expect(await store.listWarnings()).toContain(warning)
    await old.query(`alter system set synchronous_standby_names = 'heir'`)
    await old.query('select pg_reload_conf()')
    await expect.poll(standbys, { timeout: 5_000 }).toEqual([{ sync_state: 'sync' }])
    expect(await store.listWarnings()).not.toContain(warning)

    const kept: (string | null)[] = []
    for (let i = 0; i < 20; i++) kept.push((await write(store)).email)
    await old.crash()
    await heir.query('select pg_promote()')
    await expect.poll(() => listEmails(store).catch(() => null), { timeout: 5_000 }).toEqual(kept)
    await write(store)
  })
})
