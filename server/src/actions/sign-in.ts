/**
 * How people get in, and change by what they do: by password, by a sign-in link that sets one, or by a provider. Guessing is
 * slow (`attempts.ts`). Unknown accounts and wrong passwords take the same way to the same answer.
 */
import { type BucketRate, shareRate } from '../buckets.js'
import { Fault } from '../fault.js'
import type { Provider } from '../provider.js'
import { changeUser, findUserByEmail } from '../store/accounts.js'
import type { Db } from '../store/tables.js'
import { findPassword, setPassword, spendLink } from '../store/users.js'
import { writeAs } from './again.js'
import { type AttemptOptions, openAttempts } from './attempts.js'
import { touch } from './change.js'
import { openConfirmation, refuseReplaced } from './confirmation.js'
import type { Caller, Context } from './context.js'
import { findLinkedUser } from './links.js'
import { checkPassword, type Passwords } from './passwords.js'
import { type Departure, departureRate, openProviderSignIn, type ProviderSignIn } from './provider-sign-in.js'
import { endSessions, type SignedIn, signInAs, signOut, type Visitor } from './sessions.js'
import { checkEmail } from './texts.js'
import type { KeySource } from './verify-source.js'

/** What whoever sits at a session is asked for before that changes by what its user signs in. */
export interface Proof {
  /** Null where no password was set: then the session must have been signed in within the last 15 minutes. */
  readonly currentPassword: string | null
}

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
   * Sets another password, and ends all other sessions. Faults, here and in the next two: `bad_request`, `not_authorized`
   * for a key and without proof, `rate_limited`, `busy`.
   */
  changePassword(caller: Caller, input: Proof & { readonly password: string }, visitor: Visitor): Promise<void>
  /** Sets another e-mail to sign in by. Faults also: `conflict` for another account's. */
  changeEmail(caller: Caller, input: Proof & { readonly email: string }, visitor: Visitor): Promise<void>
  /** Sends the browser of a session out to link an identity. Throws also `ProviderError`. Faults also: `not_found`. */
  departToLink(caller: Caller, input: Proof, visitor: Visitor): Promise<Departure>
  /** Ends the session with this secret. Faults: `busy`. */
  signOut(secret: string): Promise<void>
}

export interface SignInOptions extends AttemptOptions {
  readonly passwords: Passwords
  /** By which the cookie of a session is known. */
  readonly keys: KeySource
  readonly provider: Provider | null
  /** Browsers that one address may send to the provider. */
  readonly departures?: BucketRate
}

const wrong = () => new Fault('auth_error', 'Wrong email or password.')
const deadLink = () =>
  new Fault('auth_error', 'This link was used already or is out of date. Make another with keyporter sign-in-link.')

export function openSignIn(context: Context, options: SignInOptions): SignIn {
  const { store } = context
  const { passwords, keys, shares, monotonic, departures = departureRate } = options
  const attempts = openAttempts(context, options)
  const confirm = openConfirmation(context, passwords, attempts)
  const rate = shareRate(departures, shares)
  const provider = options.provider && openProviderSignIn(context, options.provider, { monotonic, rate })

  return {
    provider,
    async byPassword({ email, password }, visitor) {
      const attempt = await attempts.begin({ email }, visitor)
      const user = await attempt.orRefund(() => store.read((db) => findUserByEmail(db, email)))
      const stored = await attempt.orRefund(() => store.read((db) => findPassword(db, user?.id ?? 0)))
      const verified = stored?.hash ?? null
      const matches = await attempt.orRefund(() => passwords.verify(verified, password))
      if (!matches || !user) throw wrong()
      attempt.succeed()
      return signInAs(context, { userId: user.id, method: 'password' }, visitor, async (db) => {
        await refuseReplaced(db, user.id, verified, wrong)
        return []
      })
    },

    async byLink({ token, password }, visitor) {
      checkPassword(password)
      const attempt = await attempts.begin(null, visitor)
      const linked = await attempt.orRefund(() => store.read((db) => findLinkedUser(context, db, token)))
      if (linked === null) throw deadLink()
      attempt.succeed()
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
      checkPassword(password)
      const confirmed = await confirm(caller, currentPassword, visitor, 'change the password of its user')
      const { userId, id } = confirmed.session
      const hashed = await passwords.hash(password)
      const set = async (db: Db) => {
        await confirmed.refuseReplaced(db)
        await setPassword(db, userId, hashed, new Date(context.now()))
        await endSessions(context, db, userId, id)
      }
      await writeAs(context, caller, set, () => touch('user', userId))
    },

    async changeEmail(caller, { currentPassword, email }, visitor) {
      checkEmail(email)
      const confirmed = await confirm(caller, currentPassword, visitor, 'change the email by a password')
      const { accountId } = confirmed.session
      const set = async (db: Db) => {
        await confirmed.refuseReplaced(db)
        await changeUser(db, accountId, { email })
      }
      await writeAs(context, caller, set, () => touch('account', accountId))
    },

    async departToLink(caller, { currentPassword }, visitor) {
      if (!provider) throw new Fault('not_found', 'No OpenID provider is configured here.')
      const { session } = await confirm(caller, currentPassword, visitor, 'link an identity to its user')
      return provider.departToLink(session.id, visitor)
    },

    signOut: (secret) => signOut(context, keys, secret),
  }
}
