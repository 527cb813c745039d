/** What differs between databases, and nothing else: each has one file that makes an `Engine`. */
import type { AliasableExpression, ColumnBuilderCallback, ColumnDataType, RawBuilder } from 'kysely'
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
  /** Runs one statement that reads what is committed, where no load and no write keeps it waiting. Throws Fault `busy`. */
  look<T>(work: (db: Db) => Promise<T>): Promise<T>
  /**
   * Runs one statement that writes, and waits for no disk and no standby: it is seen by all from then on, but a crash or a
   * failover may lose it, and only it and what was noted later. Throws Fault `busy`.
   */
  note<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** The database's clock as it stands when a statement is run, in milliseconds of the epoch. */
  clock(): AliasableExpression<number>
  /**
   * As a part of the statement that writes a change: has other processes told of its `seq` once it is committed, where they
   * do not find out by themselves.
   */
  announcement(): AliasableExpression<unknown>
  /** Calls `wake` when another process may have written a change: `seq`, where that is known. Calls can be missed. */
  onForeignWrite(wake: (seq?: number) => void): { close(): void }
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
