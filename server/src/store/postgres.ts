/**
 * PostgreSQL as an engine. Writers take turns by an advisory lock, so that the order of `seq` is the order of commits. No
 * timeout or cancel ever applies to a COMMIT, and one that was not confirmed without a word is an unknown outcome.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { type Engine, StoreError } from './engine.js'
import { createLock, describeBusy } from './lock.js'
import { describeDurability } from './postgres-durability.js'
import { announcement, openListener } from './postgres-listener.js'
import {
  describeProblem,
  Outage,
  openSessions,
  type Primary,
  type Session,
  type Sessions,
} from './postgres-sessions.js'
import type { Db } from './tables.js'

export interface PostgresOptions {
  /** Longest wait for a connection, for the writers' lock and for any statement; never for a COMMIT. */
  readonly waitMs?: number
}

const defaultWaitMs = 3_000
/** "keyport" as a number: one lock of each database, for all who write to it. */
const writersLock = '30229394759840372'
/** Connections of each process, besides the one that listens. Opened when needed. */
const maxReads = 5
const maxWrites = 2
const maxBeats = 2
const maxNotes = 1
/** A connection that turns out to be dead costs this little; a slow database costs its time once. */
const againMs = 500
const maxConflicts = 5
const closeMs = 5_000
const longestMs = 2_147_483_647
const oldestVersion = 130_000
/** Scheme, user and password; hosts and ports; name and settings. */
const addressParts = /^([a-z]+:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/i

/** Connects to `url`, which may name several servers: whichever is the primary is used. Throws `StoreError`. */
export async function openPostgres(url: string, { waitMs = defaultWaitMs }: PostgresOptions = {}): Promise<Engine> {
  const primary: Primary = { servers: parseServers(url), current: 0, timeline: 0 }
  const options = { primary, waitMs }
  const reads = openSessions({ ...options, max: maxReads, readOnly: true })
  const writes = openSessions({ ...options, max: maxWrites })
  const beats = openSessions({ ...options, max: maxBeats })
  const notes = openSessions({ ...options, max: maxNotes, unsettled: true })
  const listener = openListener(options)
  const close = async () => {
    listener.close()
    await Promise.all([reads, writes, beats, notes].map((sessions) => sessions.close(closeMs)))
  }
  const line = createLock()
  try {
    await refuseUnfit(reads)
  } catch (cause) {
    await close()
    if (cause instanceof StoreError) throw cause
    throw new StoreError(`The database ${nameServers(url)} cannot be used: ${describeProblem(cause)}`, { cause })
  }

  return {
    read: (work) => orBusy(() => twice(() => reads.use(({ db }) => work(db)))),
    write: (work, { unhurried = false } = {}) =>
      orBusy(async () => {
        // Who asks first goes first: the next in line waits in the database, the others here.
        const leave = await line.take(unhurried ? longestMs : waitMs)
        const locked = async (session: Session) => {
          await takeWritersLock(session, unhurried)
          leave()
          return finishTransaction(session, work)
        }
        return writes.use(locked, { unhurried }).finally(leave)
      }),
    // One snapshot, as everywhere: where two meet on one row, the later begins again.
    beat: (work) =>
      orBusy(() =>
        whileConflicting(() =>
          beats.use(async (session) => {
            await session.run('begin isolation level repeatable read')
            return finishTransaction(session, work)
          }),
        ),
      ),
    readConfirmed: (work) =>
      orBusy(() =>
        reads.use(async (session) => {
          await session.run('begin isolation level read committed, read write')
          return finishTransaction(session, work)
        }),
      ),
    look: (work) => orBusy(() => twice(() => beats.use(({ db }) => work(db)))),
    note: (work) => orBusy(() => notes.use(({ db }) => work(db))),
    clock: () => sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    announcement,
    onForeignWrite: (wake) => listener.listen(wake),
    idColumn: { type: 'bigint', build: (column) => column.primaryKey().generatedByDefaultAsIdentity() },
    byteText: sql`text collate "C"`,
    findUniqueViolation: (error) =>
      error instanceof pg.DatabaseError && error.code === '23505' ? (error.constraint ?? error.message) : null,
    describeDurability: () => orBusy(() => twice(() => reads.use(({ db }) => describeDurability(db)))),
    close,
  }
}

/** By a statement of its own, so that what follows sees all that was committed before the lock was had. */
async function takeWritersLock(session: Session, unhurried: boolean): Promise<void> {
  const patience = unhurried ? 'set local lock_timeout = 0; set local statement_timeout = 0; ' : ''
  await session.run(`begin isolation level read committed; ${patience}select pg_advisory_xact_lock(${writersLock})`)
}

async function finishTransaction<T>(session: Session, work: (db: Db) => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await work(session.db)
  } catch (error) {
    // Where that fails, the connection is not used again.
    await session.run('rollback').catch(() => {})
    throw error
  }
  await session.commit()
  return result
}

async function orBusy<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    throw error instanceof Outage ? describeBusy(error) : error
  }
}

async function twice<T>(attempt: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof Outage) || performance.now() - startedAt > againMs) throw error
    return attempt()
  }
}

async function whileConflicting<T>(attempt: () => Promise<T>): Promise<T> {
  for (let conflicts = 1; ; conflicts++) {
    try {
      return await attempt()
    } catch (error) {
      const conflict = error instanceof Outage && (error.code === '40001' || error.code === '40P01')
      if (!conflict || conflicts === maxConflicts) throw error
    }
    await sleep(Math.random() * 2 * conflicts)
  }
}

async function refuseUnfit(reads: Sessions): Promise<void> {
  const { version, encoding } = await reads.use(async ({ db }) => {
    const { rows } = await sql<{ version: number; encoding: string }>`
      select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding
    `.execute(db)
    return rows[0]!
  })
  if (version < oldestVersion) throw new StoreError('The database is too old: PostgreSQL 13 or later is needed.')
  if (encoding !== 'UTF8') throw new StoreError(`The database has the encoding ${encoding}; UTF8 is needed.`)
}

/** The servers of `postgres://user:password@one:5432,two:5432/name?…`. */
function parseServers(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = addressParts.exec(url) ?? []
  return hosts.split(',').map((host) => before + host + after)
}

/** What of an address can be shown. */
function nameServers(url: string): string {
  return addressParts.exec(url)?.[2] || 'of this machine'
}
