/**
 * Before a session changes by what its user signs in (password, e-mail, identities), whoever sits there is asked who he is:
 * for the current password, counted like a sign-in; where none was set, for a sign-in of the last minutes. An open browser
 * alone is not enough to take an account over.
 */
import type { Session } from '@keyporter/core'
import { Fault } from '../fault.js'
import type { Db } from '../store/tables.js'
import { findPassword } from '../store/users.js'
import type { Attempts } from './attempts.js'
import type { Caller, Context } from './context.js'
import type { Passwords } from './passwords.js'
import type { Visitor } from './sessions.js'

export interface Confirmed {
  readonly session: Session
  /** Throws if the password was replaced since: then another one is the current. */
  refuseReplaced(db: Db): Promise<void>
}

/** `what`: what a key is told that only sessions can do. Faults: `not_authorized`, `rate_limited`, `busy`. */
export type Confirm = (
  caller: Caller,
  currentPassword: string | null,
  visitor: Visitor,
  what: string,
) => Promise<Confirmed>

/** For so long a sign-in stands for a password that there is not. */
const freshMs = 15 * 60_000

export function openConfirmation({ store, now }: Context, passwords: Passwords, attempts: Attempts): Confirm {
  return async ({ principal }, currentPassword, visitor, what) => {
    if (principal.kind !== 'session') throw new Fault('not_authorized', `Only a console session can ${what}.`)
    const { session } = principal
    const { userId } = session
    const attempt = await attempts.begin({ userId }, visitor)
    const stored = await attempt.orRefund(() => store.read((db) => findPassword(db, userId)))
    const verified = stored?.hash ?? null
    if (verified !== null) {
      if (!(await attempt.orRefund(() => passwords.verify(verified, currentPassword ?? '')))) throw wrong()
    } else {
      if (currentPassword !== null) throw new Fault('not_authorized', 'There is no current password: give null.')
      if (now() - session.createdAt.getTime() >= freshMs) throw stale()
    }
    attempt.succeed()
    return { session, refuseReplaced: (db) => refuseReplaced(db, userId, verified, wrong) }
  }
}

/** What was verified may have been replaced since; then it is the wrong one. */
export async function refuseReplaced(
  db: Db,
  userId: number,
  verified: string | null,
  fault: () => Fault,
): Promise<void> {
  const stored = await findPassword(db, userId)
  if (!stored || stored.hash !== verified) throw fault()
}

const wrong = () => new Fault('not_authorized', 'The current password is wrong.')
const stale = () =>
  new Fault('not_authorized', 'You have no password: sign out and in again, then do this within 15 minutes.')
