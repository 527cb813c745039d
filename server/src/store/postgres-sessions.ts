/**
 * Connections to PostgreSQL, each to the primary and to none that was deposed: a server in recovery is refused, and once a
 * timeline was seen, so is every older one, with whatever is still being read there. What is lost recovers by itself.
 */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { CommitError } from './engine.js'
import type { Db, Tables } from './tables.js'

/** The database did not do what was asked, and may when it is asked again. Nothing that was asked is in force. */
export class Outage extends Error {
  override readonly name = 'Outage'
  /** SQLSTATE; null when no answer came. */
  readonly code: string | null

  constructor(msg: string, { cause }: { cause?: unknown } = {}) {
    super(msg, { cause })
    this.code = cause instanceof pg.DatabaseError ? (cause.code ?? null) : null
  }
}

/** Where the primary was found last, and the latest timeline: a promotion begins a new one. Shared by all sessions. */
export interface Primary {
  /** One address for each server, alike but for the host. */
  readonly servers: readonly string[]
  current: number
  timeline: number
}

export interface SessionOptions {
  readonly primary: Primary
  readonly max: number
  /** Longest wait for a connection, for a lock and for a statement; never for a COMMIT. */
  readonly waitMs: number
  /** Refuses writes outside of transactions that are declared to write. */
  readonly readOnly?: boolean
  /** COMMIT waits for no disk and no standby: what is committed here may be lost in a crash. */
  readonly unsettled?: boolean
}

export interface Sessions {
  /**
   * Runs `work` on a connection of its own; `unhurried`: its statements may take as long as they take. Throws `Outage` when
   * there is no connection, or it was lost.
   */
  use<T>(work: (session: Session) => Promise<T>, options?: { readonly unhurried?: boolean }): Promise<T>
  /** Ends every connection; those still in use after `graceMs` are cut. */
  close(graceMs: number): Promise<void>
}

export interface Session {
  readonly db: Db
  readonly client: pg.PoolClient
  /** Resolves when the connection is lost. */
  readonly lost: Promise<void>
  run(text: string): Promise<pg.QueryResult>
  /** Sends COMMIT and waits for as long as it takes. Throws `CommitError` when the outcome is not known. */
  commit(): Promise<void>
}

interface Link {
  readonly session: Session
  readonly timeline: number
  broken: boolean
  /** The last statement failed: whatever transaction it was in is not over. */
  failed: boolean
  unhurried: boolean
}

/** How long a transaction may stand still: a process that froze inside one keeps others from the writers' lock so long. */
const idleInTransactionMs = 400
/** By how much we wait longer for an answer than the server may take for it. */
const answerMs = 1_000
/** More statements than there are in this program; a flood of others is not prepared. */
const maxPrepared = 200

export function openSessions(options: SessionOptions): Sessions {
  const { primary, readOnly, unsettled } = options
  const links = new WeakMap<pg.ClientBase, Link>()
  const clients = new Set<pg.Client>()
  const prepared = new Map<string, string>()

  class PrimaryClient extends pg.Client {
    constructor() {
      super({ ...describeSession(options), connectionString: primary.servers[primary.current]! })
      clients.add(this)
      this.once('end', () => clients.delete(this))
    }
  }

  const pool = new pg.Pool({
    max: options.max,
    connectionTimeoutMillis: options.waitMs,
    Client: PrimaryClient,
    onConnect: async (client) => {
      const timeline = await findTimeline(client, options.waitMs)
      if (timeline < primary.timeline) throw new Outage('the server was deposed: another one has been promoted since')
      primary.timeline = timeline
      if (readOnly) await client.query('set session characteristics as transaction read only')
      if (unsettled) await client.query('set synchronous_commit = off')
      links.set(client, openLink(client as pg.PoolClient, timeline, { ...options, prepared }))
    },
  })
  // Without a listener an error ends the process; whoever waits for an answer is told by that.
  pool.on('error', () => {})

  /** Asks each server once, from the one that was the primary last. */
  const connect = async (): Promise<pg.PoolClient> => {
    for (let left = primary.servers.length; ; ) {
      const asked = primary.current
      // A place that did not come free in time says nothing about the server.
      const full = pool.totalCount >= options.max
      try {
        return await pool.connect()
      } catch (cause) {
        if (!full && primary.current === asked) primary.current = (asked + 1) % primary.servers.length
        if (full || --left === 0) throw new Outage(`no connection: ${describeProblem(cause)}`, { cause })
      }
    }
  }

  const release = (client: pg.PoolClient, { broken, failed }: Link) => {
    const whole = !broken && !failed && client.getTransactionStatus() === 'I'
    if (!whole) cut(client)
    client.release(!whole)
  }

  return {
    async use(work, { unhurried = false } = {}) {
      const client = await connect()
      const link = links.get(client)!
      link.unhurried = unhurried
      try {
        refuseDeposed(link, primary)
        const result = await work(link.session)
        refuseDeposed(link, primary)
        return result
      } finally {
        release(client, link)
      }
    },
    async close(graceMs) {
      const timer = setTimeout(() => {
        for (const client of clients) cut(client)
      }, graceMs)
      await pool.end()
      clearTimeout(timer)
    },
  }
}

function describeSession({ waitMs }: SessionOptions): pg.ClientConfig {
  return {
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: waitMs,
    lock_timeout: waitMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    fallback_application_name: 'keyporter',
    types: {
      // Ids, counters and instants: none comes near 2^53.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  }
}

/** The timeline a primary writes. Throws `Outage` for a server in recovery. */
async function findTimeline(client: pg.ClientBase, waitMs: number): Promise<number> {
  const text = `select pg_is_in_recovery() as standby,
    case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline`
  const { rows } = await client.query(limitAnswer({ text }, waitMs))
  const { standby, timeline } = rows[0] as { standby: boolean; timeline: string }
  if (standby) throw new Outage('the server is a standby, in recovery')
  return Number.parseInt(timeline, 16)
}

/** The types do not know this member of a query. */
function limitAnswer(query: pg.QueryConfig, timeoutMs: number): pg.QueryConfig {
  return { ...query, query_timeout: timeoutMs } as pg.QueryConfig
}

/** Throws `Outage`: what is read from a deposed server is not what holds. */
function refuseDeposed(link: Link, { timeline }: Primary): void {
  if (link.timeline >= timeline) return
  link.broken = true
  throw new Outage('the server was deposed: another one has been promoted since')
}

function openLink(
  client: pg.PoolClient,
  timeline: number,
  { primary, waitMs, prepared }: SessionOptions & { prepared: Map<string, string> },
): Link {
  let gone = false
  const lost = new Promise<void>((resolve) => {
    const lose = () => {
      gone = true
      resolve()
    }
    client.on('error', lose)
    client.on('end', lose)
  })

  const limit = (query: pg.QueryConfig) => (link.unhurried ? query : limitAnswer(query, waitMs + answerMs))
  const query = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
    const name = values && namePrepared(prepared, text)
    try {
      const result = await client.query(limit({ text, ...(values && { values }), ...(name && { name }) }))
      link.failed = false
      return result
    } catch (error) {
      link.failed = true
      if (!isOutage(error)) throw error
      if (!leavesWhole(error)) link.broken = true
      throw new Outage(describeProblem(error), { cause: error })
    }
  }

  const commit = async () => {
    if (gone) throw new Outage('the connection was lost before COMMIT was sent')
    const warnings: unknown[] = []
    // By its code, since servers translate the word. A wait for a standby that was cancelled is told this way.
    const note = (notice: pg.DatabaseError) => void (notice.code !== '00000' && warnings.push(notice))
    client.on('notice', note as never)
    const { command } = await client
      .query('commit')
      .catch((cause: unknown) => {
        link.broken = true
        throw new CommitError('COMMIT was not confirmed', { cause })
      })
      .finally(() => client.off('notice', note as never))
    if (command !== 'COMMIT') throw new Error('the transaction had failed: it was rolled back where COMMIT was asked')
    if (warnings.length > 0) throw new CommitError('COMMIT was confirmed with a warning', { cause: warnings[0] })
    if (timeline < primary.timeline) throw new CommitError('COMMIT was confirmed by a server that was deposed')
  }

  const session: Session = { db: openKysely(query), client, lost, run: (text) => query(text), commit }
  const link: Link = { session, timeline, broken: false, failed: false, unhurried: false }
  return link
}

/** A handle whose every query goes to this connection, whatever transaction it is in. */
function openKysely(query: (text: string, values: unknown[]) => Promise<pg.QueryResult>): Db {
  const client = { query, release() {} }
  const pool = { connect: async () => client, end: async () => {} }
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) })
}

/** Statements are prepared once for each connection, since planning one costs more than running it. */
function namePrepared(prepared: Map<string, string>, text: string): string | undefined {
  const known = prepared.get(text)
  if (known !== undefined || prepared.size === maxPrepared || !/^(?:select|insert|update|delete) /.test(text))
    return known
  const name = `keyporter_${prepared.size}`
  prepared.set(text, name)
  return name
}

/**
 * Whether it may go well another time: connection exceptions, resources, an operator's or a timeout's intervention, locks,
 * transactions that met, a server that only reads, and statements prepared before the schema changed.
 */
function isOutage(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  return /^(?:08|53|57|55P03|25P03|25P04|25006|40001|40P01|0A000)/.test(error.code ?? '')
}

/** Whether the connection can be used on: a statement was refused by a server that stays, and not for what it prepared. */
function leavesWhole(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(?:08|57P|25P03|25P04|0A000)/.test(error.code ?? '')
}

/** Ends a connection without a word: the server rolls back what was not committed. */
function cut(client: pg.ClientBase): void {
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}

export function describeProblem(problem: unknown): string {
  if (problem instanceof AggregateError && problem.errors.length > 0) return describeProblem(problem.errors[0])
  return problem instanceof Error ? problem.message : String(problem)
}
