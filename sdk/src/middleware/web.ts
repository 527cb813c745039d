/** For servers that take a web Request and give a Response. */
import { type SeenBody, takeWebBody } from './body.js'
import { type GuardOptions, type Identity, type Incoming, openGuard } from './guard.js'
import type { Refusal } from './refusal.js'

export interface WebGuardOptions extends GuardOptions {
  /** Address of who is connected, which a Request does not tell. Without it no key with an address list is let through. */
  readonly findPeer?: (request: Request) => string | undefined
}

export type Protected =
  | { readonly identity: Identity; readonly response: null }
  /** What to answer in place of the application. */
  | { readonly identity: null; readonly response: Response }

/** Tells who sends a request that its key allows, and what to answer to others. The body can still be read afterwards. */
export function protectRequests(options: WebGuardOptions): (request: Request) => Promise<Protected> {
  const guard = openGuard(options)
  return async (request) => {
    const incoming = readWebRequest(request, options.findPeer?.(request), () => takeWebBody(request))
    const { identity, refusal } = await guard(incoming)
    return identity ? { identity, response: null } : { identity: null, response: toResponse(refusal) }
  }
}

export function readWebRequest(
  request: Request,
  peer: string | undefined,
  readBody: () => Promise<SeenBody>,
): Incoming {
  const { headers, url } = request
  // As it stands: parsing it once more could not make it more canonical.
  const target = url.slice(url.indexOf('/', url.indexOf('://') + 3)).split('#', 1)[0]!
  const authorization = headers.get('authorization')
  return {
    method: request.method,
    target,
    // Several headers come as one text with commas, which is no secret.
    authorizations: authorization === null ? [] : [authorization],
    contentType: headers.get('content-type'),
    contentEncoding: headers.get('content-encoding'),
    forwardedFor: headers.get('x-forwarded-for') ?? undefined,
    peer,
    readBody,
  }
}

export function toResponse({ status, statusText, headers, body }: Refusal): Response {
  return new Response(body, { status, statusText, headers })
}
