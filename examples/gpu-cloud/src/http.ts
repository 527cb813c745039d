/**
 * HTTP for the example: requests become values, answers become bytes, and every failure is one JSON object with `msg`.
 * Answers say `application/json` and nothing more: `vastai search offers` refuses a content type with a charset.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CloudState, type Row, toRow } from './state.js'

/** A request as the routes see it. `who` is what the door-keeper in front said, or nulls without one. */
export interface CloudRequest {
  readonly method: string
  readonly path: string
  /** Segments that stood where the route has `{name}`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Row
  readonly who: { readonly accountId: string | null; readonly keyId: string | null }
  readonly nowSeconds: number
  /** This server's own address, for links that it gives out. */
  readonly origin: string
}

/** A string is sent as text, anything else as JSON. */
export type Answer = string | object

export interface Route {
  readonly method: string
  /** Without trailing slash; one in the request is ignored. */
  readonly path: string
  readonly handle: (request: CloudRequest, state: CloudState) => Answer
}

/** Thrown by routes: what is answered instead of a result. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const MAX_BODY_BYTES = 1 << 20

/** Reads a body as a JSON object; an empty one is `{}`. Throws Refusal 400 `invalid_json`, 413 `body_too_large`. */
export async function readBody(incoming: IncomingMessage): Promise<Row> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) {
      throw new Refusal(413, 'body_too_large', `body: at most ${MAX_BODY_BYTES} bytes are accepted`)
    }
    chunks.push(chunk)
  }
  if (bytes === 0) return {}
  try {
    return toRow(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  } catch {
    throw new Refusal(400, 'invalid_json', 'body: must be a JSON object')
  }
}

/** A path segment as a whole number. Throws Refusal 404 `not_found`, since no such thing can exist. */
export function getId(request: CloudRequest, name: string): number {
  const text = request.params[name] ?? ''
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new Refusal(404, 'not_found', `${name}: no such object: ${text}`)
  return Number(text)
}

/** A query value that holds JSON, or the fallback. Throws Refusal 400 `invalid_args`. */
export function readJsonQuery(request: CloudRequest, name: string, fallback: unknown): unknown {
  const text = request.query.get(name)
  if (text === null || text === '') return fallback
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 'invalid_args', `${name}: must be JSON`)
  }
}

export function sendAnswer(outgoing: ServerResponse, answer: Answer): void {
  if (typeof answer === 'string') send(outgoing, 200, 'text/plain; charset=utf-8', answer)
  else send(outgoing, 200, 'application/json', JSON.stringify(answer))
}

export function sendRefusal(outgoing: ServerResponse, refusal: Refusal): void {
  if (refusal.status === 413) outgoing.setHeader('connection', 'close')
  const body = { success: false, error: refusal.code, msg: refusal.message }
  send(outgoing, refusal.status, 'application/json', JSON.stringify(body))
}

function send(outgoing: ServerResponse, status: number, contentType: string, text: string): void {
  outgoing.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  outgoing.end(text)
}
