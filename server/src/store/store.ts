/**
 * The store: committed reads, and write transactions that are all or nothing. Turns what databases report into faults, and
 * knows no rule. The queries are functions on a `Db`, in the files named after their tables.
 */
import { join } from 'node:path'
import type { AliasableExpression } from 'kysely'
import { Fault } from '../fault.js'
import { CommitError, type Engine, StoreError } from './engine.js'
import { hasAnyKey } from './keys.js'
import { migrate } from './migrate.js'
import { migrations } from './migrations.js'
import { listPepperIds } from './peppers.js'
import { openPostgres, type PostgresOptions } from './postgres.js'
import { openSqlite, type SqliteOptions } from './sqlite.js'
import type { Db } from './tables.js'

export { StoreError }

export interface Store {
  /** Runs queries on committed rows, each in a snapshot of its own. May run `work` again. Throws Fault `busy`. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>
  /**
   * Runs `work` in one transaction under the writers' lock; what it throws rolls back and is thrown on. Throws Fault
   * `busy` (nothing changed), `conflict` (something unique exists already), and `outcome_unknown` when COMMIT failed, with
   * what `describe` makes of the result as its details.
   */
  write<T>(work: (db: Db) => Promise<T>, describe?: (result: T) => Record<string, unknown>): Promise<T>
  /** Runs `work` for the revocation protocol: a small transaction that waits for nobody's writes. Throws faults. */
  beat<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Runs `work`, which reads and also writes a row, so that its result counts by a confirmed COMMIT. Throws faults. */
  readConfirmed<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Runs one statement of the revocation protocol that only reads. Throws Fault `busy`. */
  look<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Runs one statement that writes what may be lost in a crash, with all that was noted later. Throws Fault `busy`. */
  note<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** The database's clock, in milliseconds of the epoch (decision A15), as a part of a statement. */
  clock(): AliasableExpression<number>
  /** The database's clock. */
  now(db: Db): Promise<number>
  /** As a part of the statement that writes a change: tells other processes of it with the COMMIT. */
  announcement(): AliasableExpression<unknown>
  /** Calls `wake` when another process may have written a change: `seq`, where that is known. */
  onForeignWrite(wake: (seq?: number) => void): { close(): void }
  /** Whether there is any key, deleted ones included. */
  hasKeys(): Promise<boolean>
  /** Pepper ids that keys, sessions or sign-in links depend on: without those peppers they would be lost. */
  listPepperIds(): Promise<string[]>
  /** A sentence for each setting of the database by which it may lose what it acknowledged. Throws Fault `busy`. */
  listWarnings(): Promise<string[]>
  close(): Promise<void>
}

/** Where the rows are: a PostgreSQL, or else a folder for the database file, or null for memory. */
export interface StoreOptions extends SqliteOptions, PostgresOptions {
  readonly database?: string | null
  readonly dataDir: string | null
}

export const databaseFile = 'keyporter.db'

/** Opens the database and brings it to this program's schema. Throws `StoreError` with a message for the operator. */
export async function openStore({ database, dataDir, ...options }: StoreOptions): Promise<Store> {
  const file = dataDir === null ? null : join(dataDir, databaseFile)
  const engine = database ? await openPostgres(database, options) : await openSqlite(file, options)
  try {
    await migrate(engine, migrations)
  } catch (error) {
    await engine.close()
    throw error
  }
  return createStore(engine)
}

function createStore(engine: Engine): Store {
  return {
    read: (work) => engine.read(work),
    write: (work, describe) => write(engine, work, describe),
    beat: (work) => engine.beat(work),
    readConfirmed: (work) => engine.readConfirmed(work),
    look: (work) => engine.look(work),
    note: (work) => engine.note(work),
    clock: () => engine.clock(),
    now: (db) => readClock(engine, db),
    announcement: () => engine.announcement(),
    onForeignWrite: (wake) => engine.onForeignWrite(wake),
    hasKeys: () => engine.read(hasAnyKey),
    listPepperIds: () => engine.read(async (db) => listPepperIds(db, await readClock(engine, db))),
    listWarnings: () => engine.describeDurability(),
    close: () => engine.close(),
  }
}

async function readClock(engine: Engine, db: Db): Promise<number> {
  const { ms } = await db.selectNoFrom(engine.clock().as('ms')).executeTakeFirstOrThrow()
  return ms
}

async function write<T>(
  engine: Engine,
  work: (db: Db) => Promise<T>,
  describe: ((result: T) => Record<string, unknown>) | undefined,
): Promise<T> {
  let details: Record<string, unknown> = {}
  try {
    return await engine.write(async (db) => {
      const result = await work(db)
      details = describe?.(result) ?? {}
      return result
    })
  } catch (error) {
    if (error instanceof CommitError) {
      const msg = 'The store did not confirm the change: it may or may not be in force. Look before you repeat it.'
      throw new Fault('outcome_unknown', msg, { cause: error.cause, details })
    }
    const violation = engine.findUniqueViolation(error)
    if (violation !== null) throw new Fault('conflict', describeConflict(violation), { cause: error })
    throw error
  }
}

function describeConflict(violation: string): string {
  if (violation.includes('email_key')) return 'email: another account has this address.'
  return 'Something that must be unique exists already.'
}
