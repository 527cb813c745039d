/**
 * Signing in, and linking an identity, by an OpenID provider. A flow is bound to the browser that began it by a cookie
 * (`flows.ts`), and is ended once. Nobody makes work for the store who has not been to the provider: to begin a flow takes no
 * row, and a flow or a state that is made up is found out before any is read.
 */
import { findSessionRefusal } from '@keyporter/core'
import { type BucketRate, nameBucket, openBuckets } from '../buckets.js'
import { Fault, type FaultCode } from '../fault.js'
import { type ProvenIdentity, type Provider, ProviderError, type ProviderProblem } from '../provider.js'
import { digestSecret } from '../secrets.js'
import { spendFlow } from '../store/flows.js'
import { findLinkedIdentity, useIdentity } from '../store/identities.js'
import { findSession } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { change, touch } from './change.js'
import type { Context } from './context.js'
import { beginFlow, deriveChallenge, type Flow, readFlow } from './flows.js'
import { linkTo } from './identities.js'
import { type SignedIn, signInAs, type Visitor } from './sessions.js'
import { openTurns } from './turns.js'

/** A browser on its way to the provider: where to, and what its cookie is to hold. */
export interface Departure {
  readonly url: string
  readonly flow: string
}

/**
 * Why a browser came back for nothing, beside what the provider did. `expired`: it is not the browser that left, it took
 * too long, or it has been back before. `not_linked`: no user here has this identity. `taken`: another user has it.
 * `signed_out`: the session that wanted to link it has ended. `full`: its user has as many as anybody may.
 */
export type ReturnProblem =
  | ProviderProblem
  | 'expired'
  | 'not_linked'
  | 'taken'
  | 'signed_out'
  | 'full'
  | 'suspended'
  | FaultCode

export type Return =
  | { readonly kind: 'signed in'; readonly session: SignedIn }
  | { readonly kind: 'linked' }
  /** `isOver`: whether the flow is; not where this was no answer to it. `isLinking`: whether a session waits for it. */
  | { readonly kind: 'refused'; readonly problem: ReturnProblem; readonly isOver: boolean; readonly isLinking: boolean }

export interface ProviderSignIn {
  readonly name: string
  /** Sends a browser out to sign in. Throws `ProviderError`. Faults: `rate_limited`, `busy`. */
  depart(visitor: Visitor): Promise<Departure>
  /** Sends the browser of this session out to link an identity. Throws as `depart`. */
  departToLink(sessionId: number, visitor: Visitor): Promise<Departure>
  /** Takes a browser back, with what its cookie held and the query it came with. */
  takeBack(flow: string | null, query: URLSearchParams, visitor: Visitor): Promise<Return>
}

/** Flows of an address that may begin at once, and those that may follow. Each may end in a write, and a call of the provider. */
export const departureRate: BucketRate = { burst: 20, perMinute: 20 }
/** Browsers that are being taken back by a process: whoever floods it is as fast as the provider answers, and no faster. */
const returnLimits = { maxRunning: 32, maxWaiting: 128 }

class Refused extends Error {
  override readonly name = 'Refused'
  readonly problem: ReturnProblem
  readonly isOver: boolean

  constructor(problem: ReturnProblem, { isOver = true }: { isOver?: boolean } = {}) {
    super(problem)
    this.problem = problem
    this.isOver = isOver
  }
}

export interface ProviderSignInOptions {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
  /** Of flows that begin from one address. */
  readonly rate: BucketRate
}

export function openProviderSignIn(
  context: Context,
  provider: Provider,
  { monotonic, rate }: ProviderSignInOptions,
): ProviderSignIn {
  const { store, now } = context
  const addresses = openBuckets(rate)
  const runInTurn = openTurns(returnLimits, 'Too many people sign in at once; try again in a moment.')

  const leave = async (sessionId: number | null, { client }: Visitor): Promise<Departure> => {
    const retryAfterSeconds = addresses.spend(nameBucket(client), monotonic())
    if (retryAfterSeconds > 0) {
      const msg = `Too many attempts to sign in; try again in ${retryAfterSeconds} s.`
      throw new Fault('rate_limited', msg, { retryAfterSeconds })
    }
    const flow = beginFlow(context, sessionId)
    return { url: await provider.buildUrl(deriveChallenge(flow)), flow: flow.text }
  }

  const settle = async (flow: Flow | null, query: URLSearchParams, visitor: Visitor): Promise<Return> => {
    if (!flow || now() >= flow.expiresAt.getTime()) throw new Refused('expired')
    const challenge = deriveChallenge(flow)
    // Before it is spent: any page could send this browser here with an answer to nothing.
    if (query.get('state') !== challenge.state) throw new Refused('failed', { isOver: false })
    return runInTurn(async () => {
      const spent = { digest: digestSecret(flow.text), expiresAt: flow.expiresAt }
      if (!(await store.write((db) => spendFlow(db, spent, now())))) throw new Refused('expired')
      const proven = await provider.redeem(query, challenge)
      return flow.sessionId === null ? enter(context, proven, visitor) : link(context, flow.sessionId, proven)
    })
  }

  return {
    name: provider.name,
    depart: (visitor) => leave(null, visitor),
    departToLink: leave,
    async takeBack(text, query, visitor) {
      const flow = text === null ? null : readFlow(context, text)
      try {
        return await settle(flow, query, visitor)
      } catch (error) {
        return { kind: 'refused', ...describeRefusal(error), isLinking: flow !== null && flow.sessionId !== null }
      }
    },
  }
}

function describeRefusal(error: unknown): { readonly problem: ReturnProblem; readonly isOver: boolean } {
  if (error instanceof Refused) return { problem: error.problem, isOver: error.isOver }
  if (error instanceof ProviderError) return { problem: error.problem, isOver: true }
  if (error instanceof Fault && error.code !== 'internal') return { problem: error.code, isOver: false }
  throw error
}

/** Signs in the user whose identity it is; an e-mail that is the same proves nothing. */
async function enter(context: Context, proven: ProvenIdentity, visitor: Visitor): Promise<Return> {
  const linked = await context.store.read((db) => findLinkedIdentity(db, proven))
  if (!linked) throw new Refused('not_linked')
  const { userId, id: identityId } = linked
  try {
    const session = await signInAs(context, { userId, method: 'oidc', identityId }, visitor, async (db) => {
      // It may have been unlinked since, and given to another.
      const still = await findLinkedIdentity(db, proven)
      if (still?.id !== identityId) throw new Refused('not_linked')
      await useIdentity(db, identityId, proven.email, new Date(context.now()))
      return []
    })
    return { kind: 'signed in', session }
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_authorized') throw new Refused('suspended')
    throw error
  }
}

/**
 * Links an identity to the user of the session that asked for it. That session's own cookie does not come along from the
 * provider's page; the flow stands for it, and the session must be in force still.
 */
async function link(context: Context, sessionId: number, proven: ProvenIdentity): Promise<Return> {
  const work = async (db: Db) => {
    const stored = await findSession(db, sessionId)
    if (!stored) throw new Refused('signed_out')
    const refusal = findSessionRefusal(stored, context.now())
    if (refusal) throw new Refused(refusal === 'suspended' ? 'suspended' : 'signed_out')
    const identity = await linkTo(context, db, stored.session.userId, proven)
    if (!identity) throw new Refused('taken')
    return identity
  }
  try {
    await change(context, work, ({ userId }) => touch('user', userId))
  } catch (error) {
    if (error instanceof Fault && error.code === 'bad_request') throw new Refused('full')
    throw error
  }
  return { kind: 'linked' }
}
