/**
 * Signing in, and linking an identity, by an OpenID provider. A flow is bound to the browser that began it by a secret in a
 * cookie; the store holds its hash, so that any worker may end it, once. State, nonce and code verifier are derived from the
 * secret: whoever reads the store learns nothing by which to end it.
 */
import { createHmac } from 'node:crypto'
import { findSessionRefusal } from '@keyporter/core'
import { type BucketRate, nameBucket, openBuckets } from '../buckets.js'
import { Fault } from '../fault.js'
import { type Challenge, type ProvenIdentity, type Provider, ProviderError, type ProviderProblem } from '../provider.js'
import { digestSecret, hashDigest } from '../secrets.js'
import { type Flow, findFlow, insertFlow, spendFlow } from '../store/flows.js'
import { findLinkedIdentity, useIdentity } from '../store/identities.js'
import { findSession } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { change, touch } from './change.js'
import type { Context } from './context.js'
import { linkTo } from './identities.js'
import { type SignedIn, signInAs, type Visitor } from './sessions.js'

/** A browser on its way to the provider: where to, and what its cookie is to hold. */
export interface Departure {
  readonly url: string
  readonly flow: string
}

/**
 * Why a browser came back for nothing, beside what the provider did. `expired`: it is not the browser that left, it took
 * too long, or it has been back before. `not_linked`: no user here has this identity. `taken`: another user has it.
 */
export type ReturnProblem = ProviderProblem | 'expired' | 'not_linked' | 'taken' | 'suspended'

export type Return =
  | { readonly kind: 'signed in'; readonly session: SignedIn }
  | { readonly kind: 'linked' }
  /** `isOver`: whether the flow is; not where this was no answer to it. */
  | { readonly kind: 'refused'; readonly problem: ReturnProblem; readonly isOver: boolean }

export interface ProviderSignIn {
  readonly name: string
  /** Sends a browser out to sign in. Throws `ProviderError`. Faults: `rate_limited`, `busy`. */
  depart(visitor: Visitor): Promise<Departure>
  /** Sends the browser of this session out to link an identity. Throws as `depart`. */
  departToLink(sessionId: number, visitor: Visitor): Promise<Departure>
  /** Takes a browser back, with what its cookie held and the query it came with. Faults of the store. */
  takeBack(flow: string | null, query: URLSearchParams, visitor: Visitor): Promise<Return>
}

export const flowMs = 600_000
/** Flows that may begin at once, and those that may follow: of an address, and in all. Each is a write. */
export const departureRate: BucketRate = { burst: 20, perMinute: 20 }
const processRate: BucketRate = { burst: 200, perMinute: 1_200 }

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
  const { store, random, now } = context
  const addresses = openBuckets(rate)
  const all = openBuckets(processRate)

  const leave = async (sessionId: number | null, { client }: Visitor): Promise<Departure> => {
    const at = monotonic()
    const waitSeconds = addresses.spend(nameBucket(client), at) || all.spend('', at)
    if (waitSeconds > 0) {
      const msg = `Too many attempts to sign in; try again in ${waitSeconds} s.`
      throw new Fault('rate_limited', msg, { retryAfterSeconds: waitSeconds })
    }
    const flow = Buffer.from(random(32)).toString('base64url')
    const url = await provider.buildUrl(deriveChallenge(flow))
    const expiresAt = new Date(now() + flowMs)
    await store.write((db) => insertFlow(db, { hash: hashFlow(context, flow), sessionId, expiresAt }, now()))
    return { url, flow }
  }

  const settle = async (flow: string, query: URLSearchParams, visitor: Visitor): Promise<Return> => {
    const challenge = deriveChallenge(flow)
    const hash = hashFlow(context, flow)
    const begun = await store.read((db) => findFlow(db, hash, now()))
    if (!begun) throw new Refused('expired')
    // Before it is spent: any page could send this browser here with an answer to nothing.
    if (query.get('state') !== challenge.state) throw new Refused('failed', { isOver: false })
    if (!(await store.write((db) => spendFlow(db, hash)))) throw new Refused('expired')
    const proven = await provider.redeem(query, challenge)
    return begun.sessionId === null ? enter(context, proven, visitor) : link(context, begun, proven)
  }

  return {
    name: provider.name,
    depart: (visitor) => leave(null, visitor),
    departToLink: leave,
    async takeBack(flow, query, visitor) {
      try {
        if (flow === null) throw new Refused('expired')
        return await settle(flow, query, visitor)
      } catch (error) {
        if (error instanceof Refused) return { kind: 'refused', problem: error.problem, isOver: error.isOver }
        if (error instanceof ProviderError) return { kind: 'refused', problem: error.problem, isOver: true }
        throw error
      }
    },
  }
}

/** Signs in the user whose identity it is; an e-mail that is the same proves nothing. */
async function enter(context: Context, proven: ProvenIdentity, visitor: Visitor): Promise<Return> {
  const linked = await context.store.read((db) => findLinkedIdentity(db, proven))
  if (!linked) throw new Refused('not_linked')
  const { userId } = linked
  try {
    const session = await signInAs(context, { userId, method: 'oidc' }, visitor, async (db) => {
      // It may have been unlinked since, and given to another.
      const still = await findLinkedIdentity(db, proven)
      if (still?.userId !== userId) throw new Refused('not_linked')
      await useIdentity(db, still.id, proven.email, new Date(context.now()))
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
async function link(context: Context, { sessionId }: Flow, proven: ProvenIdentity): Promise<Return> {
  const work = async (db: Db) => {
    const stored = await findSession(db, sessionId!)
    if (!stored) throw new Refused('expired')
    const refusal = findSessionRefusal(stored, context.now())
    if (refusal) throw new Refused(refusal === 'suspended' ? 'suspended' : 'expired')
    const identity = await linkTo(context, db, stored.session.userId, proven)
    if (!identity) throw new Refused('taken')
    return identity
  }
  await change(context, work, ({ userId }) => touch('user', userId))
  return { kind: 'linked' }
}

function deriveChallenge(flow: string): Challenge {
  const derive = (what: string) => createHmac('sha256', flow).update(what).digest('base64url')
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') }
}

function hashFlow({ peppers }: Context, flow: string): string {
  return hashDigest(digestSecret(flow), peppers.current)
}
