/**
 * One request to one decision (design section 2, ONE PATH): canonical target, credentials, lookup, body if a constraint
 * needs it, decide. Every surface comes through here: those of the server, the verify API, and applications.
 * Synchronous when the record is in memory and the body at hand.
 */
import {
  type AccessRequest,
  type Address,
  type Body,
  type Catalog,
  type Credentials,
  canonicaliseTarget,
  type Decision,
  decideMatched,
  denyBadRequest,
  isPossibleSecret,
  type Match,
  maxSecretLength,
  needsBody,
  type Presented,
  readCredentials,
  readSecret,
  type Target,
} from '@keyporter/core'
import { digestText } from '../sha256.js'

/** Who presents a secret, by its digest. */
export interface Keys {
  /** From memory; undefined when that cannot tell. */
  findNow(digest: string): Presented | undefined
  find(digest: string): Presented | Promise<Presented>
}

/** What judging takes besides the request. */
export interface Judging {
  readonly catalog: Catalog
  readonly keys: Keys
  readonly keyPrefix: string
  /** Whether the query may carry the secret. */
  readonly queryKeys: boolean
  /** Milliseconds of the store's clock (decision A15). */
  readonly now: () => number
}

/** A request as a surface received it. */
export interface Received {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  /** The secret by itself, or the values of all Authorization headers. */
  readonly credentials: { readonly secret: string | null } | { readonly authorizations: readonly string[] }
  /** A function is called only when deciding takes the body; see `Body` for the rest. */
  readonly body: Body | (() => Body | Promise<Body>)
  readonly contentType: string | null
  readonly contentEncoding: string | null
  readonly client: Address | null
}

export interface Judged {
  readonly decision: Decision
  /** Null when the request had no canonical form. `body` is set only when a constraint needed it. */
  readonly request: AccessRequest | null
  /** SHA-256 of the secret that was looked up; null when none was. */
  readonly digest: string | null
}

/** Judges a request. Rejects as the lookup and the reading of the body do. */
export function judge(judging: Judging, received: Received): Judged | Promise<Judged> {
  const canonical = canonicaliseTarget(received.target)
  if (!canonical.ok) return refuse(canonical.problem)
  const { target } = canonical
  const credentials = findCredentials(judging, received, target)
  if (credentials.kind === 'ambiguous') return refuse('more than one Authorization header')
  if (credentials.kind === 'none') return finish(judging, received, target, none, null)
  if (credentials.kind !== 'secret' || credentials.secret.length > maxSecretLength) {
    return finish(judging, received, target, unknown, null)
  }
  const digest = digestText(credentials.secret)
  const held = judging.keys.findNow(digest)
  if (held) return finish(judging, received, target, held, digest)
  // What memory holds was looked up once; only what would be looked up now is worth its checksum.
  if (!isPossibleSecret(credentials.secret, judging.keyPrefix)) return finish(judging, received, target, unknown, null)
  const presented = judging.keys.find(digest)
  if (!(presented instanceof Promise)) return finish(judging, received, target, presented, digest)
  return presented.then((loaded) => finish(judging, received, target, loaded, digest))
}

const none: Presented = { kind: 'none' }
const unknown: Presented = { kind: 'unknown' }

function findCredentials({ queryKeys }: Judging, { credentials }: Received, target: Target): Credentials {
  if ('authorizations' in credentials) return readCredentials(credentials.authorizations, target, queryKeys)
  const given = readSecret(credentials.secret ?? '')
  return given.kind === 'none' ? readCredentials([], target, queryKeys) : given
}

function finish(
  judging: Judging,
  received: Received,
  target: Target,
  presented: Presented,
  digest: string | null,
): Judged | Promise<Judged> {
  const { method, body } = received
  const match = judging.catalog.match(method, target.segments)
  if (!needsBody(match, presented)) return decideOn(judging, received, target, match, presented, digest, undefined)
  const seen = typeof body === 'function' ? body() : body
  if (!(seen instanceof Promise)) return decideOn(judging, received, target, match, presented, digest, seen)
  return seen.then((read) => decideOn(judging, received, target, match, presented, digest, read))
}

function decideOn(
  { now }: Judging,
  { method, contentType, contentEncoding, client }: Received,
  target: Target,
  match: Match | null,
  presented: Presented,
  digest: string | null,
  body: Body,
): Judged {
  const request: AccessRequest = { method, target, body, contentType, contentEncoding, client }
  return { decision: decideMatched(match, presented, request, now()), request, digest }
}

function refuse(problem: string): Judged {
  return { decision: denyBadRequest(problem), request: null, digest: null }
}
