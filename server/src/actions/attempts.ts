/**
 * How often anybody may try to prove who he is. Failed attempts are counted for each address and each account; nobody can be
 * locked out for longer than somebody goes on guessing, and not from where he has signed in before (docs/decisions.md,
 * Sign-in). Attempts that succeed are counted too, far more generously: each costs a comparison and a row.
 */
import { type BucketRate, nameBucket, openBuckets, shareRate } from '../buckets.js'
import { Fault } from '../fault.js'
import { findUserByEmail } from '../store/accounts.js'
import { isKnownAddress } from '../store/sessions.js'
import type { Context } from './context.js'
import type { Visitor } from './sessions.js'

/** An attempt under way. */
export interface Attempt {
  /** It has succeeded: what it has spent of the failures is given back. */
  succeed(): void
  /** Runs a part of it; all that was spent is given back if that throws: then it has neither failed nor succeeded. */
  orRefund<T>(work: () => Promise<T>): Promise<T>
}

/** Whose account an attempt is made on. By e-mail anybody can make one; by its number only its own session. */
export type Whom = { readonly email: string } | { readonly userId: number }

export interface Attempts {
  /** Spends an attempt of the address, and of the account where one is named. Faults: `rate_limited`. */
  begin(whom: Whom | null, visitor: Visitor): Promise<Attempt>
}

export interface AttemptOptions {
  /** How many processes share what one address, and one account, may do. */
  readonly shares: number
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
}

/** Failed attempts at once, and those that may follow. */
const addressRate: BucketRate = { burst: 20, perMinute: 20 }
const accountRate: BucketRate = { burst: 10, perMinute: 6 }
/** All attempts on an account that failures leave room for: more than guessing can use up, so that it locks nobody out. */
const entryRate: BucketRate = { burst: 100, perMinute: 30 }

export function openAttempts({ store }: Context, { shares, monotonic }: AttemptOptions): Attempts {
  const open = (rate: BucketRate) => openBuckets(shareRate(rate, shares))
  const addresses = open(addressRate)
  const accounts = open(accountRate)
  const known = open(accountRate)
  const entries = open(entryRate)

  const isKnown = async (whom: Whom, { address }: Visitor) => {
    if (address === null || !('email' in whom)) return false
    return store.read(async (db) => {
      const user = await findUserByEmail(db, whom.email)
      return user !== null && (await isKnownAddress(db, user.id, address))
    })
  }

  return {
    async begin(whom, visitor) {
      const now = monotonic()
      const client = nameBucket(visitor.client)
      const failures: (() => void)[] = []
      const succeed = () => {
        for (const giveBack of failures.splice(0)) giveBack()
      }
      const ofAddress = addresses.spend(client, now)
      if (ofAddress > 0) throw tooManyFailed(ofAddress, 'from your address')
      failures.push(() => addresses.refund(client))
      const account = whom && nameAccount(whom)
      if (account !== null) {
        const ofAccount = accounts.spend(account, now)
        if (ofAccount === 0) failures.push(() => accounts.refund(account))
        else {
          // Others have used it up. Where the user has been before there is a budget of its own.
          const name = `${account} ${client}`
          const ofBoth = (await isKnown(whom!, visitor)) ? known.spend(name, now) : ofAccount
          // The address has paid for it: the store was asked.
          if (ofBoth > 0) throw tooManyFailed(ofBoth, 'to this account')
          failures.push(() => known.refund(name))
        }
        const ofEntries = entries.spend(account, now)
        if (ofEntries > 0) {
          succeed()
          throw tooMany(ofEntries, 'Too many sign-ins to this account')
        }
      }
      return {
        succeed,
        async orRefund(work) {
          try {
            return await work()
          } catch (fault) {
            succeed()
            if (account !== null) entries.refund(account)
            throw fault
          }
        },
      }
    },
  }
}

function nameAccount(whom: Whom): string {
  return 'email' in whom ? `email ${whom.email.toLowerCase()}` : `user ${whom.userId}`
}

function tooManyFailed(retryAfterSeconds: number, whose: string): Fault {
  return tooMany(retryAfterSeconds, `Too many failed attempts to sign in ${whose}`)
}

function tooMany(retryAfterSeconds: number, what: string): Fault {
  return new Fault('rate_limited', `${what}; try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })
}
