/**
 * The newest refused requests of each account: gathered in memory and written in batches, never on the path of a request.
 * Only what a known key or session asked for: nobody can fill the record with guesses. Under a flood most are let go.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { type AccessRequest, type Deny, describeDenial, printAddress } from '@keyporter/core'
import { type DenialRow, listDenials as listStoredDenials, recordDenials, type StoredDenial } from '../store/denials.js'
import type { Caller, Context } from './context.js'

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
  const noted: DenialRow[] = []
  const counts = new Map<number, number>()
  const secrets = new RegExp(`${keyPrefix.replaceAll(/\W/g, '\\$&')}[0-9A-Za-z]{16,}`, 'g')
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const writeBatches = async () => {
    for (let left = noted.length; left > 0; left -= maxRows) {
      const batch = noted.slice(0, Math.min(left, maxRows))
      await store.write((db) => recordDenials(db, batch, maxDenials))
      for (const { accountId } of noted.splice(0, batch.length)) {
        const count = counts.get(accountId)! - 1
        if (count > 0) counts.set(accountId, count)
        else counts.delete(accountId)
      }
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
      if (!principal || !request || closed || noted.length >= maxNoted) return
      const accountId = principal.account.id
      const count = counts.get(accountId) ?? 0
      if (count >= maxDenials) return
      counts.set(accountId, count + 1)
      noted.push(describe(decision, request, secrets, atMs))
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

function describe(
  { principal, match, denial }: Deny,
  { method, target, client }: AccessRequest,
  secrets: RegExp,
  atMs: number,
): DenialRow {
  const { status, msg } = describeDenial(denial)
  return {
    accountId: principal!.account.id,
    keyId: principal!.kind === 'key' ? principal!.key.id : null,
    sessionId: principal!.kind === 'session' ? principal!.session.id : null,
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
