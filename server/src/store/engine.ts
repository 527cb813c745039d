/** What differs between databases, and nothing else: each has one file that makes an `Engine`. */
import type { ColumnBuilderCallback, ColumnDataType, RawBuilder } from 'kysely'
import type { Db } from './tables.js'

export interface Engine {
  /**
   * Runs statements that read committed rows only, each in a snapshot of its own, and never waits for a write transaction.
   * May run `work` again. Throws Fault `busy`.
   */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>
  /**
   * Runs `work` in one transaction that holds the writers' lock from before its first statement. What `work` throws rolls
   * back and is thrown on. Throws Fault `busy` when the lock is not to be had in time, `CommitError` when COMMIT fails.
   * `unhurried`: waits for the lock, and for each statement, as long as it takes.
   */
  write<T>(work: (db: Db) => Promise<T>, options?: { readonly unhurried?: boolean }): Promise<T>
  /**
   * Runs `work` in a transaction of the revocation protocol's own, in one snapshot: on a connection that no other statement
   * keeps waiting, and without the writers' lock where the database allows. May run `work` again. Throws Fault `busy`, and
   * `CommitError` like `write`.
   */
  beat<T>(work: (db: Db) => Promise<T>): Promise<T>
  /**
   * Runs `work`, which reads and writes a row only so that there is something to commit: the result counts because COMMIT
   * was confirmed. Keeps no beat waiting where the database allows. Throws Fault `busy`, and `CommitError` like `write`.
   */
  readConfirmed<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** The database's clock, in milliseconds of the epoch. */
  now(db: Db): Promise<number>
  /** Calls `wake` when another process may have written. An accelerator: calls can be missed. */
  onForeignWrite(wake: () => void): { close(): void }
  /** Tells other processes that something was written; does nothing where they find out by themselves. */
  announceWrite(): void
  /** How a column of ids that are never used again is declared. */
  readonly idColumn: { readonly type: ColumnDataType; readonly build: ColumnBuilderCallback }
  /** The type of a text that is compared byte by byte. */
  readonly byteText: ColumnDataType | RawBuilder<unknown>
  /** Names what was to be unique, by its column at least; null for any other error. */
  findUniqueViolation(error: unknown): string | null
  /** A sentence for each setting of the database by which it may lose what it acknowledged. Throws Fault `busy`. */
  describeDurability(): Promise<string[]>
  close(): Promise<void>
}

/** COMMIT was sent and failed: the transaction may or may not be in the database. */
export class CommitError extends Error {
  override readonly name = 'CommitError'
}

/** The database cannot be used at all: it cannot be opened, or is not ours. The message is for the operator. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
