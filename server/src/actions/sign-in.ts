/**
 * How people get in: by password, or by a sign-in link that sets one. Guessing is slow for each address and for each
 * account; nobody can be locked out for longer than somebody goes on guessing, and not from where he has signed in before
 * (docs/decisions.md, Sign-in). Unknown accounts and wrong passwords take the same way to the same answer.
 */
import { type BucketRate, nameBucket, openBuckets } from '../buckets.js'
import { Fault } from '../fault.js'
import type { Provider } from '../provider.js'
import { findUserByEmail } from '../store/accounts.js'
import { isKnownAddress } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { findPassword, setPassword, spendLink } from '../store/users.js'
import { writeAs } from './again.js'
import { touch } from './change.js'
import type { Caller, Context } from './context.js'
import { findLinkedUser } from './links.js'
import { checkPassword, type Passwords } from './passwords.js'
import { departureRate, openProviderSignIn, type ProviderSignIn } from './provider-sign-in.js'
import { endSessions, type SignedIn, signInAs, signOut, type Visitor } from './sessions.js'
import type { KeySource } from './verify-source.js'

export interface SignIn {
  /** The way by an OpenID provider; null where none is configured. */
  readonly provider: ProviderSignIn | null
  /** Faults: `auth_error`, `rate_limited`, `busy`, `not_authorized` for a suspended account. */
  byPassword(input: { readonly email: string; readonly password: string }, visitor: Visitor): Promise<SignedIn>
  /**
   * Sets the password of the user behind a link, spends the link, and ends the user's other sessions. Faults: those of
   * `byPassword`, `bad_request` for a password that cannot be used.
   */
  byLink(input: { readonly token: string; readonly password: string }, visitor: Visitor): Promise<SignedIn>
  /**
   * Sets another password, and ends all other sessions. Faults: `bad_request`, `not_authorized` for a key and a wrong
   * current password, `rate_limited`, `busy`.
   */
  changePassword(
    caller: Caller,
    input: { readonly currentPassword: string | null; readonly password: string },
    visitor: Visitor,
  ): Promise<void>
  /** Ends the session with this secret. Faults: `busy`. */
  signOut(secret: string): Promise<void>
}

export interface SignInOptions {
  readonly passwords: Passwords
  /** By which the cookie of a session is known. */
  readonly keys: KeySource
  readonly provider: Provider | null
  /** How many processes share what one address, and one account, may do. */
  readonly shares: number
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
  /** Browsers that one address may send to the provider. */
  readonly departures?: BucketRate
}

/** Failed attempts at once, and those that may follow. */
const addressRate = { burst: 20, perMinute: 20 }
const accountRate = { burst: 10, perMinute: 6 }

const wrong = () => new Fault('auth_error', 'Wrong email or password.')
const deadLink = () =>
  new Fault('auth_error', 'This link was used already or is out of date. Make another with keyporter sign-in-link.')

export function openSignIn(context: Context, options: SignInOptions): SignIn {
  const { store } = context
  const { passwords, keys, provider, monotonic, departures = departureRate } = options
  const limits = openLimits(context, options)

  return {
    provider: provider && openProviderSignIn(context, provider, { monotonic, rate: departures }),
    async byPassword({ email, password }, visitor) {
      const settle = await limits.begin({ email }, visitor)
      const user = await settle.orRefund(() => store.read((db) => findUserByEmail(db, email)))
      const stored = await settle.orRefund(() => store.read((db) => findPassword(db, user?.id ?? 0)))
      const verified = stored?.hash ?? null
      const matches = await settle.orRefund(() => passwords.verify(verified, password))
      if (!matches || !user) throw wrong()
      settle.refund()
      return signInAs(context, { userId: user.id, method: 'password' }, visitor, async (db) => {
        await refuseReplaced(db, user.id, verified, wrong)
        return []
      })
    },

    async byLink({ token, password }, visitor) {
      checkPassword(password)
      const settle = await limits.begin(null, visitor)
      const linked = await settle.orRefund(() => store.read((db) => findLinkedUser(context, db, token)))
      if (linked === null) throw deadLink()
      settle.refund()
      const hashed = await passwords.hash(password)
      return signInAs(context, { userId: linked, method: 'link' }, visitor, async (db) => {
        // Of two at once, the second finds it spent.
        if ((await findLinkedUser(context, db, token)) !== linked) throw deadLink()
        await spendLink(db, linked)
        await setPassword(db, linked, hashed, new Date(context.now()))
        await endSessions(context, db, linked, null)
        return [{ kind: 'user', id: linked }]
      })
    },

    async changePassword(caller, { currentPassword, password }, visitor) {
      const { principal } = caller
      if (principal.kind !== 'session') {
        throw new Fault('not_authorized', 'Only a console session can change the password of its user.')
      }
      checkPassword(password)
      const { userId, id } = principal.session
      const settle = await limits.begin({ userId }, visitor)
      const stored = await settle.orRefund(() => store.read((db) => findPassword(db, userId)))
      const verified = stored?.hash ?? null
      const matches =
        verified === null
          ? currentPassword === null
          : await settle.orRefund(() => passwords.verify(verified, currentPassword ?? ''))
      if (!matches) throw wrongCurrent(verified)
      settle.refund()
      const hashed = await passwords.hash(password)
      const set = async (db: Db) => {
        await refuseReplaced(db, userId, verified, () => wrongCurrent(verified))
        await setPassword(db, userId, hashed, new Date(context.now()))
        await endSessions(context, db, userId, id)
      }
      await writeAs(context, caller, set, () => touch('user', userId))
    },

    signOut: (secret) => signOut(context, keys, secret),
  }
}

/** What was verified may have been replaced since; then it is the wrong one. */
async function refuseReplaced(db: Db, userId: number, verified: string | null, fault: () => Fault): Promise<void> {
  const stored = await findPassword(db, userId)
  if (!stored || stored.hash !== verified) throw fault()
}

function wrongCurrent(verified: string | null): Fault {
  const msg = verified === null ? 'There is no current password: give null.' : 'The current password is wrong.'
  return new Fault('not_authorized', msg)
}

/** An attempt under way: what it has spent is given back when it turns out to be none. */
interface Attempt {
  refund(): void
  orRefund<T>(work: () => Promise<T>): Promise<T>
}

/** Whose account an attempt is made on. By e-mail anybody can make one; by its number only its own session. */
type Whom = { readonly email: string } | { readonly userId: number }

function openLimits({ store }: Context, { shares, monotonic }: SignInOptions) {
  const share = ({ burst, perMinute }: typeof addressRate) => ({
    burst: Math.ceil(burst / shares),
    perMinute: perMinute / shares,
  })
  const addresses = openBuckets(share(addressRate))
  const accounts = openBuckets(share(accountRate))
  const known = openBuckets(share(accountRate))

  const isKnown = async (whom: Whom, { address }: Visitor) => {
    if (address === null || !('email' in whom)) return false
    return store.read(async (db) => {
      const user = await findUserByEmail(db, whom.email)
      return user !== null && (await isKnownAddress(db, user.id, address))
    })
  }

  return {
    /** Spends an attempt of the address, and of the account where one is named. Faults: `rate_limited`. */
    async begin(whom: Whom | null, visitor: Visitor): Promise<Attempt> {
      const now = monotonic()
      const client = nameBucket(visitor.client)
      const spent: (() => void)[] = []
      const refund = () => {
        for (const giveBack of spent.splice(0)) giveBack()
      }
      const ofAddress = addresses.spend(client, now)
      if (ofAddress > 0) throw tooMany(ofAddress, 'your address')
      spent.push(() => addresses.refund(client))
      if (whom !== null) {
        const account = nameAccount(whom)
        const ofAccount = accounts.spend(account, now)
        if (ofAccount === 0) spent.push(() => accounts.refund(account))
        else {
          // Others have used it up. Where the user has been before there is a budget of its own.
          const name = `${account} ${client}`
          const ofBoth = (await isKnown(whom, visitor)) ? known.spend(name, now) : ofAccount
          // The address has paid for it: the store was asked.
          if (ofBoth > 0) throw tooMany(ofBoth, 'this account')
          spent.push(() => known.refund(name))
        }
      }
      return {
        refund,
        async orRefund(work) {
          try {
            return await work()
          } catch (fault) {
            refund()
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

function tooMany(retryAfterSeconds: number, whose: string): Fault {
  const msg = `Too many failed attempts to sign in from ${whose}; try again in ${retryAfterSeconds} s.`
  return new Fault('rate_limited', msg.replace('from this', 'to this'), { retryAfterSeconds })
}
