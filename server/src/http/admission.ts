/** Who is let in: what the one judge says of a request as it arrived, and the answer where that is no. */
import type { IncomingMessage } from 'node:http'
import { type AccessRequest, type Address, type Allow, type Principal, printAddress } from '@keyporter/core'
import type { Usage } from '../actions/usage.js'
import { type Authorizer, authorize, type Verdict } from '../authz/authorize.js'
import { Fault } from '../fault.js'
import { answerDenial } from './answer.js'
import { type Arrival, continueUpload, setHeaders } from './arrival.js'

export interface AdmissionParts {
  readonly authorizer: Authorizer
  readonly usage: Usage
  /** The verifier's count of applied changes. */
  readonly epoch: () => number
}

export type Admission = Verdict & { readonly decision: Allow; readonly request: AccessRequest; readonly epoch: number }

/** Authorises; answers and gives null where the answer is no. */
export function admit(parts: AdmissionParts, arrival: Arrival): Admission | null | Promise<Admission | null> {
  const { req } = arrival
  if (req.method === 'TRACE') throw new Fault('bad_request', 'TRACE is not supported.')
  checkHost(req)
  const epoch = parts.epoch()
  const verdict = authorize(parts.authorizer, req, () => continueUpload(arrival))
  return verdict instanceof Promise
    ? verdict.then((later) => conclude(parts, arrival, later, epoch))
    : conclude(parts, arrival, verdict, epoch)
}

function conclude(
  { authorizer, usage }: AdmissionParts,
  arrival: Arrival,
  verdict: Verdict,
  epoch: number,
): Admission | null {
  const { decision, request, client, digest, retryAfterSeconds } = verdict
  if (!decision.allowed || !request) {
    setHeaders(arrival)
    if (!decision.allowed) answerDenial(arrival.res, arrival.requestId, decision, retryAfterSeconds)
    return null
  }
  if (decision.principal) recordUse(usage, decision.principal, authorizer.now(), client)
  return { decision, request, client, digest, retryAfterSeconds, epoch }
}

function recordUse(usage: Usage, principal: Principal, now: number, client: Address | null): void {
  if (principal.kind === 'key') usage.record(principal.key.id, now, printClient(client))
  else usage.recordSession(principal.session.id, now, printClient(client))
}

/** RFC 9112 section 3.2: 400 for a request of HTTP/1.1 without a Host header, and for any with more than one. */
function checkHost({ headers, httpVersion, rawHeaders }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') throw new Fault('bad_request', 'A Host header is missing.')
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw new Fault('bad_request', 'More than one Host header.')
}

/** By address object: the requests of one connection share theirs. */
const printed = new WeakMap<Address, string>()

export function printClient(client: Address | null): string | null {
  if (!client) return null
  let text = printed.get(client)
  if (text === undefined) {
    text = printAddress(client)
    printed.set(client, text)
  }
  return text
}
