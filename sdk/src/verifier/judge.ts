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
  type Decision,
  decideMatched,
  denyBadRequest,
  isPossibleSecret,
  maxSecretLength,
  needsBody,
  needsTime,
  type Presented,
  type Reading,
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
  const reading = judging.catalog.read(received.method, received.target)
  if (typeof reading === 'string') return refuse(reading)
  // What memory holds under a text's digest was read with care once: that this text is a secret is known.
  const likely = findLikelySecret(received.credentials)
  const likelyDigest = likely === null ? null : digestText(likely)
  if (likelyDigest !== null) {
    const held = judging.keys.findNow(likelyDigest)
    if (held) return finish(judging, received, reading, held, likelyDigest)
  }
  const credentials = findCredentials(judging, received, reading.target)
  if (credentials.kind === 'ambiguous') return refuse('more than one Authorization header')
  if (credentials.kind === 'none') return finish(judging, received, reading, none, null)
  if (credentials.kind !== 'secret' || credentials.secret.length > maxSecretLength) {
    return finish(judging, received, reading, unknown, null)
  }
  const digest = credentials.secret === likely ? likelyDigest! : digestText(credentials.secret)
  const held = digest === likelyDigest ? undefined : judging.keys.findNow(digest)
  if (held) return finish(judging, received, reading, held, digest)
  // Only what would be looked up is worth its checksum.
  if (!isPossibleSecret(credentials.secret, judging.keyPrefix)) return finish(judging, received, reading, unknown, null)
  const presented = judging.keys.find(digest)
  if (!(presented instanceof Promise)) return finish(judging, received, reading, presented, digest)
  return presented.then((loaded) => finish(judging, received, reading, loaded, digest))
}

/** The text that will be the secret, unless somebody has written it oddly: white space round it, another case of Bearer. */
function findLikelySecret(credentials: Received['credentials']): string | null {
  let text: string | null = null
  if ('secret' in credentials) text = credentials.secret
  else if (credentials.authorizations.length === 1) {
    const header = credentials.authorizations[0]!
    if (header.startsWith(bearer)) text = header.slice(bearer.length)
  }
  return text === null || text.length > maxSecretLength ? null : text
}

const bearer = 'Bearer '
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
  reading: Reading,
  presented: Presented,
  digest: string | null,
): Judged | Promise<Judged> {
  const { body } = received
  if (!needsBody(reading.match, presented)) return decideOn(judging, received, reading, presented, digest, undefined)
  const seen = typeof body === 'function' ? body() : body
  if (!(seen instanceof Promise)) return decideOn(judging, received, reading, presented, digest, seen)
  return seen.then((read) => decideOn(judging, received, reading, presented, digest, read))
}

function decideOn(
  { now }: Judging,
  { method, contentType, contentEncoding, client }: Received,
  { target, match }: Reading,
  presented: Presented,
  digest: string | null,
  body: Body,
): Judged {
  const request: AccessRequest = { method, target, body, contentType, contentEncoding, client }
  return { decision: decideMatched(match, presented, request, needsTime(presented) ? now() : 0), request, digest }
}

function refuse(problem: string): Judged {
  return { decision: denyBadRequest(problem), request: null, digest: null }
}
