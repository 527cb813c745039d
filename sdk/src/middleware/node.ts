/** What Express and Fastify are made of: Node's request, as the guard takes it. */
import { listAuthorizations } from '@keyporter/core'
import { type NodeBody, type SeenBody, takeNodeBody } from './body.js'
import type { Incoming } from './guard.js'

/** The part of Node's IncomingMessage that is looked at. */
export interface NodeRequest extends NodeBody {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: string[]
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** `parsed` is what a body parser made of the body before us; undefined when none did. */
export function readNodeRequest(req: NodeRequest, target: string, parsed?: unknown): Incoming {
  // The application acts on the object that was made, however it was written.
  const isObject = typeof parsed === 'object' && parsed !== null && !(parsed instanceof Uint8Array)
  return {
    method: req.method ?? '',
    target,
    authorizations: listAuthorizations(req.rawHeaders),
    contentType: isObject ? null : readHeader(req, 'content-type'),
    contentEncoding: parsed === undefined ? readHeader(req, 'content-encoding') : null,
    forwardedFor: readHeader(req, 'x-forwarded-for') ?? undefined,
    peer: req.socket.remoteAddress,
    readBody: async () => (parsed === undefined ? takeNodeBody(req) : toBytes(parsed)),
  }
}

const encoder = new TextEncoder()

function toBytes(parsed: unknown): SeenBody {
  if (parsed === null || parsed instanceof Uint8Array) return parsed
  return encoder.encode(typeof parsed === 'string' ? parsed : JSON.stringify(parsed))
}

function readHeader({ headers }: NodeRequest, name: string): string | null {
  const value = headers[name]
  return (Array.isArray(value) ? value.join(', ') : value) ?? null
}
