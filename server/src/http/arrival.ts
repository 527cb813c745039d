/** One request on its way through the listener, and what every answer to it has in common. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { hasBody, onceUnfinished } from '../authz/body.js'
import { answerFault, requestIdHeader } from './answer.js'
import { type Cors, listCorsHeaders } from './cors.js'
import { limitUpload, lingerAfter } from './sockets.js'

export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  /** What every answer carries: a flat list of names and values. */
  readonly headers: readonly string[]
}

export function begin({ cors }: { readonly cors: Cors }, req: IncomingMessage, res: ServerResponse): Arrival {
  const requestId = randomUUID()
  if (hasBody(req)) onceUnfinished(req, () => watchUpload(req, res))
  const headers = [requestIdHeader, requestId]
  return {
    req,
    res,
    requestId,
    headers: cors.origins.size === 0 ? headers : headers.concat(listCorsHeaders(cors, req)),
  }
}

/** Sets what every answer carries, for those who do not send it along themselves. */
export function setHeaders({ res, headers }: Arrival): void {
  for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i]!, headers[i + 1]!)
}

export function answerThrown({ logger }: { readonly logger: Logger }, arrival: Arrival, thrown: unknown): void {
  const { res, requestId } = arrival
  if (!res.headersSent) setHeaders(arrival)
  answerFault(res, requestId, thrown, logger)
}

function watchUpload(req: IncomingMessage, res: ServerResponse): void {
  limitUpload(req)
  lingerAfter(req, res)
}

/** Only a client that was let in is told to send its body (RFC 9110 section 10.1.1). */
export function continueUpload({ req, res }: Arrival): void {
  if (req.headers.expect?.toLowerCase() === '100-continue' && !continued.has(req)) {
    continued.add(req)
    res.writeContinue()
  }
}

const continued = new WeakSet<IncomingMessage>()
