/**
 * The headers of a forwarded request: the client's, less what is not its to say, and ours after that (design section 3).
 * Rules look at folded names, so that no spelling slips through; what is passed on keeps its spelling and its bytes.
 */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../fault.js'
import { stripOwnCookies } from './cookies.js'
import type { Exchange } from './exchange.js'
import { isForwardedName, type Peer, pushForwarded, rewrittenNames } from './forwarded.js'
import { findConnectionOptions, foldName, hopByHop } from './header-names.js'

export interface HeaderRules {
  /** Pass Authorization on. */
  readonly passSecret: boolean
}

const ownPrefix = 'x-keyporter-'

/** Folded names that never go upstream as the client wrote them. */
const dropped = new Set([
  ...hopByHop,
  ...rewrittenNames,
  // Written anew from the framing of the body that is sent (RFC 9112 section 6).
  'content-length',
  // RFC 9110 section 7.2: a gateway sends the Host of the server it calls; the client's is in X-Forwarded-Host.
  'host',
  // RFC 9110 section 10.1.1: answered before the exchange began.
  'expect',
  'via',
  // These say a method or a target other than the one that was judged.
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-method',
  'x-rewrite-url',
  // CGI would make HTTP_PROXY of it, which libraries take for their own proxy setting.
  'proxy',
  // RFC 9113 section 3.1: belongs to an upgrade that we do not offer.
  'http2-settings',
])

const judged = new Set(['content-type', 'content-encoding'])

/** How often our own name may stand in Via before the upstream is taken to lead back here. */
const maxOwnHops = 5

/** The headers as a flat list of names and values, without those that frame the body. Faults: `upstream_failed` on a loop. */
export function buildRequestHeaders(exchange: Exchange, peer: Peer, { passSecret }: HeaderRules): string[] {
  const { req } = exchange
  const { rawHeaders } = req
  const options = findConnectionOptions(req.headers.connection)
  const flat: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = foldName(rawHeaders[i]!)
    if (dropped.has(name) || options?.has(name) || name.startsWith(ownPrefix)) continue
    if (name === 'authorization' && !passSecret) continue
    if (isForwardedName(name) && (!peer.trusted || name !== rawHeaders[i]!.toLowerCase())) continue
    // What the body is was judged by these, as Node reads them: the first Content-Type, and no other spelling.
    if (judged.has(name) && name !== rawHeaders[i]!.toLowerCase()) continue
    if (name === 'content-type' && rawHeaders[i + 1] !== req.headers[name]) continue
    const value = name === 'cookie' ? stripOwnCookies(rawHeaders[i + 1]!) : rawHeaders[i + 1]!
    if (value !== null) flat.push(rawHeaders[i]!, value)
  }
  pushForwarded(flat, req, peer)
  flat.push('Via', describeRoute(req))
  pushIdentity(flat, exchange)
  return flat
}

/** The whole set, also where there is nothing to say: a proxy that only overwrites headers must find them all. */
function pushIdentity(flat: string[], { decision: { principal, match }, requestId }: Exchange): void {
  const key = principal?.kind === 'key' ? principal.key : null
  flat.push(
    'X-Keyporter-Account-Id',
    principal ? String(principal.account.id) : '',
    'X-Keyporter-Key-Id',
    key ? String(key.id) : '',
    'X-Keyporter-Key-Name',
    key?.name ? encodeURIComponent(key.name.toWellFormed()) : '',
    'X-Keyporter-Endpoint',
    match?.endpoint.id ?? '',
    'X-Keyporter-Request-Id',
    requestId,
  )
}

/**
 * RFC 9110 section 7.6.3: "An HTTP-to-HTTP gateway MUST send an appropriate Via header field in each inbound request
 * message"; it may in responses, and we do not.
 */
function describeRoute({ headers: { via }, httpVersion }: IncomingMessage): string {
  const hop = `${httpVersion} keyporter`
  if (via === undefined) return hop
  if (via.split('keyporter').length > maxOwnHops) {
    throw new Fault('upstream_failed', 'The upstream leads back to this gateway.')
  }
  return `${via}, ${hop}`
}
