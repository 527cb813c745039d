/**
 * What all middleware shares: a request as its framework has it, through the verifier, to who it is or a refusal. Frameworks
 * translate; nothing is judged there.
 */
import { type Block, findClientAddress, parseBlock } from '@keyporter/core'
import type { KeyVerifier } from '../verifier/open.js'
import { BodyProblem, type SeenBody } from './body.js'
import { describeRefusal, type Refusal } from './refusal.js'

export interface GuardOptions {
  readonly verifier: KeyVerifier
  /**
   * Addresses and CIDR blocks of proxies whose X-Forwarded-For is believed; none unless given. The client is the rightmost
   * address that is not among them.
   */
  readonly trustedProxies?: readonly string[]
}

/** Who sends a request that was let through. The ids are null on public endpoints. */
export interface Identity {
  readonly keyId: number | null
  readonly accountId: number | null
  /** The endpoint of the catalog; null outside it, which only a full key reaches. */
  readonly endpoint: string | null
}

export interface Incoming {
  readonly method: string
  /** Path and query, as the application routes them. */
  readonly target: string
  readonly authorizations: readonly string[]
  readonly contentType: string | null
  readonly contentEncoding: string | null
  readonly forwardedFor: string | undefined
  /** Address of who is connected. */
  readonly peer: string | undefined
  /** Called only when a constraint needs the body. */
  readonly readBody: () => Promise<SeenBody>
}

export type Guarded =
  | { readonly identity: Identity; readonly refusal: null }
  | { readonly identity: null; readonly refusal: Refusal }

export type Guard = (incoming: Incoming) => Promise<Guarded>

/** Throws `RangeError` for a proxy that is no address block. */
export function openGuard({ verifier, trustedProxies = [] }: GuardOptions): Guard {
  const trusted = trustedProxies.map(readBlock)
  return async (incoming) => {
    const { authorizations, peer, forwardedFor, readBody, method, target, contentType, contentEncoding } = incoming
    const clientAddress = findClientAddress(peer, forwardedFor, trusted)
    try {
      const checked = await verifier.check({
        authorization: authorizations,
        method,
        path: target,
        body: readBody,
        contentType,
        contentEncoding,
        clientAddress,
      })
      if (!checked.allowed) return refuse(checked)
      const problem = findRoutingProblem(target)
      if (problem) return refuse({ status: 400, error: 'bad_request', msg: `Bad request: ${problem}.` })
      const { keyId, accountId, endpoint } = checked
      return { identity: { keyId, accountId, endpoint }, refusal: null }
    } catch (thrown) {
      if (thrown instanceof BodyProblem) return refuse(thrown.refused)
      throw thrown
    }
  }
}

function refuse(refused: Parameters<typeof describeRefusal>[0]): Guarded {
  return { identity: null, refusal: describeRefusal(refused) }
}

function readBlock(text: string): Block {
  const block = parseBlock(text)
  if (!block) throw new RangeError(`trustedProxies: ${JSON.stringify(text)} is not an address or a CIDR block`)
  return block
}

/**
 * The gateway forwards the canonical path; here the application routes the path as it came. So what the two might take for
 * different endpoints is refused: slashes in a row, and encoded characters that no client encodes (RFC 3986 section 2.3).
 */
function findRoutingProblem(target: string): string | null {
  const [path] = target.split('?', 1)
  if (path!.includes('//')) return 'the path has two slashes in a row'
  return encodedUnreserved.test(path!) ? 'the path has letters, digits or -._~ percent-encoded' : null
}

const encodedUnreserved = /%(?:2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/i
