/** Middleware for Express, and for whatever calls (req, res, next) on Node's own request and response. */
import { type GuardOptions, type Identity, openGuard } from './guard.js'
import { type NodeRequest, readNodeRequest } from './node.js'

/** What is looked at of a request, and set on it. */
export interface ExpressRequest extends NodeRequest {
  /** The path before routers took their part of it. */
  readonly originalUrl?: string | undefined
  readonly body?: unknown
  /** Set on requests that are let through. */
  keyporter?: Identity
}

export interface ExpressResponse {
  statusCode: number
  statusMessage: string
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Lets requests through that their key allows, with `req.keyporter`; answers the others. */
export function protectExpress(
  options: GuardOptions,
): (req: ExpressRequest, res: ExpressResponse, next: (error?: unknown) => void) => void {
  const guard = openGuard(options)
  return (req, res, next) => {
    guard(readNodeRequest(req, req.originalUrl ?? req.url ?? '', req.body)).then(({ identity, refusal }) => {
      if (identity) {
        req.keyporter = identity
        next()
        return
      }
      res.statusCode = refusal.status
      res.statusMessage = refusal.statusText
      for (const [name, value] of Object.entries(refusal.headers)) res.setHeader(name, value)
      res.end(refusal.body)
    }, next)
  }
}
