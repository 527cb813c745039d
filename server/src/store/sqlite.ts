/**
 * SQLite as an engine: one connection that writes, one that only reads and so never waits for a transaction of ours.
 * WAL with synchronous=FULL: what COMMIT confirmed is on disk. Other processes' locks are waited for asynchronously.
 */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { CommitError, type Engine, StoreError } from './engine.js'
import { createLock, describeBusy, type Lock } from './lock.js'
import { loadSqlite } from './sqlite-driver.js'
import type { Db, Tables } from './tables.js'

export interface SqliteOptions {
  /** Longest wait for the writers' lock, in this process and beyond it. */
  readonly waitMs?: number
}

type Connection = Database.Database

/** How long SQLite may block this thread for a lock, each time it is asked. */
const blockMs = 5
const maxPauseMs = 15
const defaultWaitMs = 5_000
const maxStatements = 200
/** How often it is asked whether somebody else has written: a question of a microsecond or two. */
const watchMs = 10

/** Opens a database file, which is made with mode 0600 if there is none; null for one in memory. Throws `StoreError`. */
export async function openSqlite(path: string | null, { waitMs = defaultWaitMs }: SqliteOptions = {}): Promise<Engine> {
  if (path) makePrivateFile(path)
  const writer = await openConnection(path, waitMs)
  // A database in memory is seen by its own connection alone, so its reads take their turn among the writes.
  const reader = path ? await openConnection(path, waitMs) : writer
  if (reader !== writer) reader.pragma('query_only = on')
  const beater = path ? await openConnection(path, waitMs) : writer
  const writes = openKysely(writer)
  const beats = beater === writer ? writes : openKysely(beater)
  const reads = reader === writer ? writes : openKysely(reader)
  const lock = createLock()
  const beatLock = beater === writer ? lock : createLock()
  const noter = path ? await openConnection(path, waitMs) : writer
  // The log still is written in order: what is lost is the end of it, and with the next durable COMMIT none is.
  if (noter !== writer) noter.pragma('synchronous = normal')
  const notes = noter === writer ? writes : openKysely(noter)
  const noteLock = noter === writer ? lock : createLock()

  const read = async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    const release = reader === writer ? await lock.take(waitMs) : null
    try {
      return await retryWhileBusy(performance.now() + waitMs, () => work(reads))
    } finally {
      release?.()
    }
  }

  const transact = async <T>(connection: Connection, turns: Lock, work: () => Promise<T>): Promise<T> => {
    const deadline = performance.now() + waitMs
    const release = await turns.take(waitMs)
    try {
      await retryWhileBusy(deadline, async () => begin(connection))
      return await finishTransaction(connection, work)
    } finally {
      release()
    }
  }
  const beat: Engine['beat'] = (work) => transact(beater, beatLock, () => work(beats))

  return {
    read,
    write: (work) => transact(writer, lock, () => work(writes)),
    beat,
    readConfirmed: beat,
    look: read,
    note: (work) => transact(noter, noteLock, () => work(notes)),
    clock: () => sql<number>`${Date.now()}`,
    announcement: () => sql`null`,
    onForeignWrite: (wake) => watchVersion(reader, wake),
    idColumn: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
    byteText: 'text',
    findUniqueViolation,
    describeDurability: async () => [],
    async close() {
      // The last to close folds the log into the database file, which a connection that only reads cannot do.
      if (reader !== writer) reader.close()
      if (beater !== writer) beater.close()
      if (noter !== writer) noter.close()
      writer.close()
    },
  }
}

async function finishTransaction<T>(writer: Connection, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work()
    commit(writer)
    return result
  } finally {
    rollBack(writer)
  }
}

function begin(writer: Connection): void {
  rollBack(writer)
  writer.exec('begin immediate')
}

/** Ends a transaction that was not committed. Where that fails, the next one begins with it. */
function rollBack(writer: Connection): void {
  try {
    if (writer.inTransaction) writer.exec('rollback')
  } catch {}
}

function commit(writer: Connection): void {
  try {
    writer.exec('commit')
  } catch (cause) {
    throw new CommitError('COMMIT failed', { cause })
  }
}

/** Tries until something else than a foreign lock decides. Throws Fault `busy` after the deadline. */
async function retryWhileBusy<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() >= deadline) throw describeBusy(error)
    }
    // Uneven pauses, so that two processes do not keep meeting.
    await sleep(1 + Math.random() * (maxPauseMs - 1))
  }
}

async function openConnection(path: string | null, waitMs: number): Promise<Connection> {
  let connection: Connection | undefined
  try {
    connection = new (loadSqlite())(path ?? ':memory:', { timeout: blockMs })
    const opened = connection
    await retryWhileBusy(performance.now() + waitMs, async () => setUp(opened, path))
    return connection
  } catch (cause) {
    connection?.close()
    if (cause instanceof StoreError) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError(`The database ${path ?? 'in memory'} cannot be opened: ${problem}`, { cause })
  }
}

function setUp(connection: Connection, path: string | null): void {
  const mode = connection.pragma('journal_mode = wal', { simple: true })
  if (path && mode !== 'wal') {
    throw new StoreError(`The database ${path} cannot use a write-ahead log; it must be on a local file system.`)
  }
  connection.pragma('synchronous = full')
  // Elsewhere than on macOS this changes nothing; there fsync alone does not reach the disk.
  connection.pragma('fullfsync = on')
  connection.pragma('foreign_keys = on')
  connection.pragma('trusted_schema = off')
}

/** The log and its index get the mode of the database file, so that must be right before SQLite opens it. */
function makePrivateFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      const mode = statSync(file, { throwIfNoEntry: false })?.mode
      if (mode !== undefined && (mode & 0o777) !== 0o600) chmodSync(file, 0o600)
    }
  } catch (cause) {
    throw new StoreError(`The database ${path} cannot be made: ${(cause as Error).message}`, { cause })
  }
}

function openKysely(connection: Connection): Db {
  const statements = new Map<string, Database.Statement>()
  return new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: {
        close: () => connection.close(),
        prepare(sql) {
          const known = statements.get(sql)
          if (known) return known
          if (statements.size === maxStatements) statements.clear()
          const statement = connection.prepare(sql)
          statements.set(sql, statement)
          return statement
        },
      },
    }),
  })
}

/** Another process, or another connection of this one, has committed: SQLite counts that for each connection. */
function watchVersion(connection: Connection, wake: () => void): { close(): void } {
  const read = connection.prepare('pragma data_version').pluck()
  let version = read.get()
  const timer = setInterval(() => {
    const now = read.get()
    if (now !== version) wake()
    version = now
  }, watchMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

function isBusy(error: unknown): boolean {
  return error instanceof loadSqlite().SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code)
}

function findUniqueViolation(error: unknown): string | null {
  const unique =
    error instanceof loadSqlite().SqliteError &&
    (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
  return unique ? error.message : null
}
