/** Middleware for Hono, on every runtime that it has. */
import { takeWebBody } from './body.js'
import { type GuardOptions, type Identity, openGuard } from './guard.js'
import { readWebRequest, toResponse } from './web.js'

/** What is looked at of a context, and set on it. */
export interface HonoContext {
  readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> }
  readonly env: unknown
  set(name: 'keyporter', identity: Identity): void
}

export interface HonoGuardOptions extends GuardOptions {
  /** Address of who is connected; unless given, the socket's where Hono runs on Node. */
  readonly findPeer?: (context: HonoContext) => string | undefined
}

/** Lets requests through that their key allows, with `c.get('keyporter')`; answers the others. */
export function protectHono(
  options: HonoGuardOptions,
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const guard = openGuard(options)
  const { findPeer = findNodePeer } = options
  return async (context, next) => {
    const { raw } = context.req
    const { identity, refusal } = await guard(readWebRequest(raw, findPeer(context), () => takeHonoBody(context)))
    if (refusal) return toResponse(refusal)
    context.set('keyporter', identity)
    await next()
    return undefined
  }
}

/** What was read before us is kept by Hono, unless it was read behind its back. */
async function takeHonoBody({ req }: HonoContext): ReturnType<typeof takeWebBody> {
  if (!req.raw.bodyUsed) return takeWebBody(req.raw)
  return req.arrayBuffer().then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  )
}

interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } }
}

function findNodePeer({ env }: HonoContext): string | undefined {
  return (env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress
}
