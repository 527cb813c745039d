/**
 * Requests that are decided by the cookie of a console session: on own paths of the listener that serves the console, where
 * no other credentials came. A page of another site can neither set the header that they must carry nor hide its origin.
 */
import type { IncomingMessage } from 'node:http'
import {
  type AccessRequest,
  type Address,
  type Catalog,
  decideMatched,
  denyForbiddenOrigin,
  listAuthorizations,
  type Presented,
  readCredentials,
  type Target,
} from '@keyporter/core'
import type { Judged, Judging } from '@keyporter/sdk'
import { type Cookie, readCookie } from '../cookies.js'
import { nameSession } from '../secrets.js'

/** The console as browsers reach it. */
export interface ConsoleSite {
  readonly cookie: Cookie
  /** Its origin as configured; null for that of the request's own Host. */
  readonly origin: string | null
}

/** Judges a request by its session; null when no session has a say in it. */
export function judgeSession(
  judging: Judging,
  site: ConsoleSite,
  req: IncomingMessage,
  client: Address | null,
): Judged | Promise<Judged> | null {
  const secret = readCookie(site.cookie, req.headers.cookie)
  if (secret === null) return null
  const reading = judging.catalog.read(req.method ?? '', req.url ?? '')
  if (typeof reading === 'string') return null
  const { target, match } = reading
  if (readCredentials(listAuthorizations(req.rawHeaders), target, judging.queryKeys).kind !== 'none') return null
  if (!isOwnPath(match, target) || match?.endpoint.access === 'public') return null

  const request = toRequest(req, target, client)
  if (!isFromConsole(site, req)) return { decision: denyForbiddenOrigin(match), request, digest: null }
  const digest = nameSession(secret)
  const decide = (presented: Presented): Judged => ({
    decision: decideMatched(match, presented, request, judging.now()),
    request,
    digest,
  })
  const presented = judging.keys.findNow(digest) ?? judging.keys.find(digest)
  return presented instanceof Promise ? presented.then(decide) : decide(presented)
}

/**
 * Whether a page of the console sent this request: it carries our header, and nothing says otherwise. A write must name
 * its origin. Browsers let no page of another origin send the header without asking first, and we never allow it.
 */
export function isFromConsole(site: ConsoleSite, { headers, method }: IncomingMessage): boolean {
  if (headers['x-keyporter-console'] !== '1') return false
  const fetchSite = headers['sec-fetch-site']
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false
  const { origin } = headers
  if (origin === undefined) return method === 'GET' || method === 'HEAD'
  return origin === (site.origin ?? describeOrigin(site.cookie.secure, headers.host))
}

/** The path of an endpoint of ours, or one below /keyporter/ (decision A27). */
export function isOwnPath(match: ReturnType<Catalog['match']>, { segments }: Target): boolean {
  return match?.endpoint.own ?? segments[0] === 'keyporter'
}

/** As browsers write it: without the port that the scheme implies. Null for a Host that is none. */
function describeOrigin(secure: boolean, host: string | undefined): string | null {
  const url = `${secure ? 'https' : 'http'}://${host ?? ''}`
  return URL.canParse(url) ? new URL(url).origin : null
}

/** Sessions act without constraints, so their bodies are never looked at to decide. */
function toRequest({ method, headers }: IncomingMessage, target: Target, client: Address | null): AccessRequest {
  return {
    method: method ?? '',
    target,
    body: undefined,
    contentType: headers['content-type'] ?? null,
    contentEncoding: headers['content-encoding'] ?? null,
    client,
  }
}
