/**
 * Writes are judged again (design section 6): memory admits a management write only up to its transaction. In there its
 * caller is read anew, under the writers' lock, and decided by as it is then; else a slow request could mint after its key
 * was revoked.
 */
import { compileGrant, decide, type Presented, type Principal, type SessionPrincipal } from '@keyporter/core'
import { Denied } from '../fault.js'
import { findKey } from '../store/keys.js'
import { findSession } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { change, type Effect } from './change.js'
import type { Caller, Context } from './context.js'

/**
 * Runs `work` in one write transaction with the caller as the store has it now, and returns when it holds everywhere.
 * `findEffect` says what verifiers have to forget; `describe` gives the details of an
 * outcome that is not known. Throws `Denied` when the caller has lost what the write needs; faults of the store.
 */
export function writeAs<T>(
  context: Context,
  caller: Caller,
  work: (db: Db, principal: Principal) => Promise<T>,
  findEffect: (result: T) => Effect,
  describe?: (result: T) => Record<string, unknown>,
): Promise<T> {
  return change(context, async (db) => work(db, await judgeAgain(context, db, caller)), findEffect, describe)
}

async function judgeAgain(context: Context, db: Db, { principal, request }: Caller): Promise<Principal> {
  const presented = await presentAgain(context, db, principal)
  const decision = decide(context.catalog, presented, request, context.now())
  if (!decision.allowed) throw new Denied(decision)
  if (presented.kind !== 'known') throw new Error('a management write has come through a public endpoint')
  return presented.principal
}

async function presentAgain({ catalog }: Context, db: Db, admitted: Principal): Promise<Presented> {
  if (admitted.kind === 'session') return presentSessionAgain(db, admitted)
  const stored = await findKey(db, admitted.key.id)
  if (!stored) return { kind: 'unknown' }
  const { key, account } = stored
  // A reset since then means that the secret which was presented is none any more.
  const kind = key.resetAt?.getTime() === admitted.key.resetAt?.getTime() ? 'known' : 'reset'
  return { kind, principal: { kind: 'key', key, account, grant: compileGrant(key.permissions, catalog) } }
}

async function presentSessionAgain(db: Db, { session: { id }, grant }: SessionPrincipal): Promise<Presented> {
  const stored = await findSession(db, id)
  if (!stored) return { kind: 'unknown' }
  // Which account is the operator's never changes, so neither does what its user may do.
  return { kind: 'known', principal: { kind: 'session', session: stored.session, account: stored.account, grant } }
}
