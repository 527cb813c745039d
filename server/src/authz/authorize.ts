/**
 * One HTTP request to one decision: what Node received, as the one judge takes it (sdk/src/verifier/judge.ts), and the
 * failed-authentication budget. Every proxied and every management request comes through here.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { AccessRequest } from '@keyporter/core'
import { type Address, type Block, type Decision, decide, findClientAddress, listAuthorizations } from '@keyporter/core'
import { type Judged, type Judging, judge } from '@keyporter/sdk'
import type { KeySource } from '../actions/verify-source.js'
import type { Meter } from '../metrics.js'
import { readBody } from './body.js'
import type { Budget } from './budget.js'
import { type ConsoleSite, judgeSession } from './console-session.js'
import type { RecordDenial } from './verify.js'

export interface Authorizer extends Judging {
  readonly keys: KeySource
  readonly budget: Budget
  readonly trustedProxies: readonly Block[]
  /** Where the console is served: only there is its cookie looked at. Null elsewhere. */
  readonly console: ConsoleSite | null
  /** Counts decisions. */
  readonly meter?: Meter
  /** Told of each denial. */
  readonly recordDenial?: RecordDenial
}

/** What became of a request. */
export interface Verdict extends Judged {
  readonly client: Address | null
  /** Seconds to wait where the failed-authentication budget is spent, else 0. */
  readonly retryAfterSeconds: number
}

/**
 * Judges a request by its head, and by its body where the grant constrains its endpoint. `beforeBody` is called just
 * before a body is read. Faults: those of `readBody`, and `busy` when nobody can tell whose secret it is.
 */
export function authorize(
  authorizer: Authorizer,
  req: IncomingMessage,
  beforeBody: () => void = () => {},
): Verdict | Promise<Verdict> {
  const begun = authorizer.meter?.begin() ?? 0
  const { headers } = req
  const client = findClient(authorizer, req)
  if (authorizer.console !== null && headers.cookie !== undefined) {
    const bySession = judgeSession(authorizer, authorizer.console, req, client)
    if (bySession instanceof Promise) return bySession.then((later) => conclude(authorizer, later, client, begun))
    if (bySession) return conclude(authorizer, bySession, client, begun)
  }
  const readOwnBody = () => {
    beforeBody()
    return readBody(req)
  }
  const judged = judge(authorizer, {
    method: req.method ?? '',
    target: req.url ?? '',
    credentials: { authorizations: listAuthorizations(req.rawHeaders) },
    body: readOwnBody,
    contentType: headers['content-type'] ?? null,
    contentEncoding: headers['content-encoding'] ?? null,
    client,
  })
  if (judged instanceof Promise) return judged.then((later) => conclude(authorizer, later, client, begun))
  return conclude(authorizer, judged, client, begun)
}

/** Who is connected, by connection: it does not change, and reading it costs as much as looking up a key. */
const peers = new WeakMap<Socket, Address | null>()

function findClient({ trustedProxies }: Authorizer, { socket, headers }: IncomingMessage): Address | null {
  if (trustedProxies.length > 0) {
    const forwardedFor = headers['x-forwarded-for'] as string | undefined
    return findClientAddress(socket.remoteAddress, forwardedFor, trustedProxies)
  }
  let peer = peers.get(socket)
  if (peer === undefined) {
    peer = findClientAddress(socket.remoteAddress, undefined, trustedProxies)
    peers.set(socket, peer)
  }
  return peer
}

function conclude(authorizer: Authorizer, judged: Judged, client: Address | null, begun: number): Verdict {
  const { decision, request, digest } = judged
  // How long a body took to come says nothing about deciding.
  authorizer.meter?.countDecision(decision, request?.body === undefined ? begun : 0)
  if (!decision.allowed) authorizer.recordDenial?.(decision, request, authorizer.now())
  // Only guesses spend the budget: to know a secret is not to guess it, and no credentials are no guess.
  const guessed = !decision.allowed && decision.denial.reason === 'unknown_key'
  const retryAfterSeconds = guessed ? authorizer.budget.spend(client, performance.now()) : 0
  return { decision, request, digest, client, retryAfterSeconds }
}

/** Decides a request again that was judged before, by what holds now. */
export async function authorizeAgain(
  { catalog, keys, now }: Authorizer,
  { digest, request }: { readonly digest: string; readonly request: AccessRequest },
): Promise<Decision> {
  return decide(catalog, await keys.find(digest), request, now())
}
