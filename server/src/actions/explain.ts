/** Explains what would become of a request, without executing anything (issue: explain; A27: own keys only). */
import {
  type AccessRequest,
  type Address,
  type ApiKey,
  canonicaliseTarget,
  compileGrant,
  type Decision,
  decide,
  denyBadRequest,
  type Explanation,
  explainDecision,
  type KeyPrincipal,
  parseAddress,
} from '@keyporter/core'
import { Fault } from '../fault.js'
import { findKey } from '../store/keys.js'
import type { Caller, Context } from './context.js'

export interface ExplainInput {
  readonly keyId: number
  readonly method: string
  /** Path and query as they would be sent. */
  readonly target: string
  /** The body as JSON; undefined and null for none. */
  readonly body?: unknown
  /** Not given: the caller's own. Null: unknown. */
  readonly clientAddress?: string | null
}

export interface Explained {
  readonly decision: Decision
  readonly explanation: Explanation
  readonly key: ApiKey
}

/**
 * Decides a request as if it came with a key of the caller's account. A target without canonical form is a decision too.
 * Faults: `not_found` for other keys, `bad_request` for a client address that is none.
 */
export async function explainRequest(context: Context, caller: Caller, input: ExplainInput): Promise<Explained> {
  const client = readClient(caller, input.clientAddress)
  const stored = await context.store.read((db) => findKey(db, input.keyId))
  if (!stored || stored.key.deletedAt || stored.account.id !== caller.principal.account.id) {
    throw new Fault('not_found', 'API Key not found.')
  }
  const { key, account } = stored
  const canonical = canonicaliseTarget(input.target)
  if (!canonical.ok) return { ...explainBadRequest(canonical.problem), key }
  if (!isMethod(input.method)) return { ...explainBadRequest('the method is not an HTTP method'), key }

  const { catalog } = context
  const principal: KeyPrincipal = { kind: 'key', key, account, grant: compileGrant(key.permissions, catalog) }
  const request: AccessRequest = { method: input.method, target: canonical.target, body: toBytes(input.body), client }
  const decision = decide(catalog, { kind: 'known', principal }, request, context.now())
  return { decision, explanation: explainDecision(catalog, decision, key.permissions, request), key }
}

function explainBadRequest(problem: string): Pick<Explained, 'decision' | 'explanation'> {
  return {
    decision: denyBadRequest(problem),
    explanation: {
      endpointId: null,
      category: null,
      place: null,
      rule: `the request has no canonical form: ${problem}`,
      smallest: null,
    },
  }
}

/** A token of RFC 9110 section 5.6.2. */
function isMethod(method: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/.test(method)
}

function toBytes(body: unknown): Uint8Array | null {
  return body === undefined || body === null ? null : Buffer.from(JSON.stringify(body))
}

function readClient(caller: Caller, text: string | null | undefined): Address | null {
  if (text === undefined) return caller.request.client
  if (text === null) return null
  const address = parseAddress(text)
  if (address) return address
  throw new Fault('bad_request', 'client_address must be an IPv4 or IPv6 address, or null for an unknown one.')
}
