/**
 * One HTTP request to one decision (design section 2, ONE PATH): canonical target, credentials, lookup, body if a
 * constraint needs it, decide. Every surface of this server comes through here; nobody else calls `decide` on a request.
 */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  type AccessRequest,
  type Address,
  type Block,
  type Body,
  type Catalog,
  canonicaliseTarget,
  type Decision,
  decide,
  denyBadRequest,
  isPossibleSecret,
  needsBody,
  type Presented,
} from '@keyporter/core'
import type { KeySource } from '../actions/verify-source.js'
import { readBody } from './body.js'
import type { Budget } from './budget.js'
import { findClientAddress } from './client-address.js'
import { type Credentials, readCredentials } from './credentials.js'

export interface Authorizer {
  readonly catalog: Catalog
  readonly keys: KeySource
  readonly budget: Budget
  readonly keyPrefix: string
  readonly queryKeys: boolean
  readonly trustedProxies: readonly Block[]
  /** Milliseconds of the store's clock (decision A15). */
  readonly now: () => number
}

/** What became of a request. */
export interface Verdict {
  readonly decision: Decision
  /** Null when the target had no canonical form. `body` is set only when a constraint needed it. */
  readonly request: AccessRequest | null
  readonly client: Address | null
  /** SHA-256 of the secret that was looked up; null when none was. */
  readonly digest: string | null
  /** Seconds to wait where the failed-authentication budget is spent, else 0. */
  readonly retryAfterSeconds: number
}

/**
 * Judges a request by its head, and by its body where the grant constrains its endpoint. `beforeBody` is called just
 * before a body is read. Faults: those of `readBody`.
 */
export async function authorize(
  authorizer: Authorizer,
  req: IncomingMessage,
  beforeBody: () => void = () => {},
): Promise<Verdict> {
  const client = findClientAddress(
    req.socket.remoteAddress,
    req.headers['x-forwarded-for'] as string | undefined,
    authorizer.trustedProxies,
  )
  const canonical = canonicaliseTarget(req.url ?? '')
  if (!canonical.ok) return refuse(canonical.problem, client)
  const { target } = canonical
  const credentials = readCredentials(req.rawHeaders, target, authorizer.queryKeys)
  if (credentials.kind === 'ambiguous') return refuse('more than one Authorization header', client)

  const digest = findDigest(authorizer, credentials)
  const presented = await present(authorizer, credentials, digest)
  const method = req.method ?? ''
  let body: Body
  if (needsBody(authorizer.catalog, presented, method, target.segments)) {
    beforeBody()
    body = await readBody(req)
  }
  const request: AccessRequest = { method, target, body, client }
  const decision = decide(authorizer.catalog, presented, request, authorizer.now())
  // Only guesses spend the budget: to know a secret is not to guess it, and no credentials are no guess.
  const guessed = !decision.allowed && decision.denial.reason === 'unknown_key'
  const retryAfterSeconds = guessed ? authorizer.budget.spend(client, performance.now()) : 0
  return { decision, request, client, digest, retryAfterSeconds }
}

/** Decides a request again that was judged before, by what holds now. */
export async function authorizeAgain(
  { catalog, keys, now }: Authorizer,
  { digest, request }: { readonly digest: string; readonly request: AccessRequest },
): Promise<Decision> {
  return decide(catalog, await keys.find(digest), request, now())
}

function findDigest({ keyPrefix }: Authorizer, credentials: Credentials): string | null {
  const possible = credentials.kind === 'secret' && isPossibleSecret(credentials.secret, keyPrefix)
  return possible ? hash('sha256', credentials.secret) : null
}

function present(
  { keys }: Authorizer,
  credentials: Credentials,
  digest: string | null,
): Presented | Promise<Presented> {
  if (credentials.kind === 'none') return { kind: 'none' }
  return digest === null ? { kind: 'unknown' } : keys.find(digest)
}

function refuse(problem: string, client: Address | null): Verdict {
  return { decision: denyBadRequest(problem), request: null, client, digest: null, retryAfterSeconds: 0 }
}
