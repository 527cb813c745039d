/**
 * The body of a request on its way up, read from the client only as fast as the upstream takes it. It stands between the
 * two so that an upstream that answers early ends the upload and not the client's connection.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { Fault } from '../fault.js'
import type { Exchange } from './exchange.js'
import { hasBody } from './framing.js'

const bufferBytes = 65_536

/** What goes up: bytes that were judged, a stream of what nobody has read, or nothing. */
export type Outgoing = Buffer | Upload | null

/**
 * Makes the body of an exchange, and appends to `flat` what frames it. Faults: `not_implemented` for a transfer coding
 * other than chunked (RFC 9112 section 6.1).
 */
export function openUpload({ req, request }: Exchange, flat: string[]): Outgoing {
  const coding = req.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw new Fault('not_implemented', 'The only transfer coding supported is chunked.')
  }
  const { body } = request
  if (body === null) return null
  // Its length is told by undici, from the bytes themselves.
  if (body !== undefined) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (!hasBody(req)) return null
  if (coding === undefined) flat.push('Content-Length', req.headers['content-length']!)
  return new Upload(req)
}

export class Upload extends Readable {
  readonly #req: IncomingMessage
  #attached = false

  constructor(req: IncomingMessage) {
    super({ highWaterMark: bufferBytes })
    this.#req = req
    // Whatever ends an upload is told by the exchange itself.
    this.on('error', () => {})
  }

  override _read(): void {
    if (!this.#attached) {
      this.#attached = true
      this.#req.on('data', this.#take).on('end', this.#end)
    }
    this.#req.resume()
  }

  /** What is left of the body goes nowhere from here on. Whoever owns the connection bounds for how long. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#req.off('data', this.#take).off('end', this.#end).resume()
    callback(error)
  }

  readonly #take = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#req.pause()
  }

  readonly #end = (): void => {
    this.push(null)
  }
}
