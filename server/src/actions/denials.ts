/**
 * The newest refused requests of each account: gathered in memory and written in batches, never on the path of a request.
 * Only what a known key or session asked for: nobody can fill the record with guesses. Under a flood most are let go, and
 * what one key or session floods pushes out its own.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { type AccessRequest, type Deny, describeDenial, type Principal, printAddress } from '@keyporter/core'
import { type DenialRow, listDenials as listStoredDenials, recordDenials, type StoredDenial } from '../store/denials.js'
import type { Caller, Context } from './context.js'
import { type DenialSource, openDenialNotes } from './denial-notes.js'

export type { StoredDenial }

/** Denials of an account that are kept, and that are noted of it between two batches. */
export const maxDenials = 200
/** Denials noted between two batches, of all accounts. */
const maxNoted = 2_000
/** Rows of one transaction: so few that nobody waits long for the writers' lock. */
const maxRows = 200
const maxPathLength = 1_024

export interface Denials {
  /** Notes a denial at `atMs` milliseconds, if it is known whose it was and there is room. */
  record(decision: Deny, request: AccessRequest | null, atMs: number): void
  /** Writes what was noted before this call. Throws faults of the store; what was not written stays noted. */
  flush(): Promise<void>
  /** Writes what is left and notes nothing more. */
  close(): Promise<void>
}

export interface DenialsOptions {
  readonly flushMs: number
  /** Told when a batch could not be written; it is tried again with the next. */
  readonly onFault?: (error: unknown) => void
}

export function openDenials(
  { store, keyPrefix }: Pick<Context, 'store' | 'keyPrefix'>,
  { flushMs, onFault = () => {} }: DenialsOptions,
): Denials {
  const noted = openDenialNotes(maxDenials, maxNoted)
  const secrets = new RegExp(`${keyPrefix.replaceAll(/\W/g, '\\$&')}[0-9A-Za-z]{16,}`, 'g')
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const writeBatches = async () => {
    const rows = noted.list()
    for (let at = 0; at < rows.length; at += maxRows) {
      const batch = rows.slice(at, at + maxRows)
      await store.write((db) => recordDenials(db, batch, maxDenials))
      noted.remove(batch)
      await breathe()
    }
  }
  const flush = () => {
    running = running.then(writeBatches, writeBatches)
    return running
  }
  const timer = setInterval(() => flush().catch(onFault), flushMs)
  timer.unref()

  return {
    record(decision, request, atMs) {
      const { principal } = decision
      if (!principal || !request || closed) return
      const source = findSource(principal)
      noted.add(source, () => ({ ...source, ...describe(decision, request, secrets, atMs) }))
    },
    flush,
    async close() {
      closed = true
      clearInterval(timer)
      await flush()
    },
  }
}

/** The newest denials of the caller's account, newest first. They lag behind by the interval of the usage batch. */
export function listDenials(
  { store }: Context,
  { principal }: Caller,
  limit: number,
): Promise<readonly StoredDenial[]> {
  return store.read((db) => listStoredDenials(db, principal.account.id, limit))
}

function findSource(principal: Principal): DenialSource {
  const accountId = principal.account.id
  return principal.kind === 'key'
    ? { accountId, keyId: principal.key.id, sessionId: null }
    : { accountId, keyId: null, sessionId: principal.session.id }
}

function describe(
  { match, denial }: Deny,
  { method, target, client }: AccessRequest,
  secrets: RegExp,
  atMs: number,
): Omit<DenialRow, keyof DenialSource> {
  const { status, msg } = describeDenial(denial)
  return {
    atMs,
    method: copyText(method.slice(0, 32)),
    // Nobody should put a secret into a path, and some do.
    path: copyText(target.path.replaceAll(secrets, '[key]').slice(0, maxPathLength)),
    endpoint: match?.endpoint.id ?? null,
    status,
    reason: denial.reason,
    msg,
    address: client && printAddress(client),
  }
}

/** A part of a text would keep the whole in memory, the query included. */
function copyText(text: string): string {
  return Buffer.from(text).toString()
}
