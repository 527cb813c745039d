/**
 * The body of a request before the application reads it, which then finds it as it came. Called only where a constraint
 * needs the body; bounded in size and time like the server's own reading.
 */
import type { Refused } from './refusal.js'

/** Bytes; null for no body; undefined when it cannot be seen any more. */
export type SeenBody = Uint8Array | null | undefined

/** The body could not be read whole. */
export class BodyProblem extends Error {
  override readonly name = 'BodyProblem'
  readonly refused: Refused

  constructor(refused: Refused & { readonly msg: string }) {
    super(refused.msg)
    this.refused = refused
  }
}

const maxBodyBytes = 1_048_576
const bodyTimeoutMs = 30_000

const tooLarge = () =>
  new BodyProblem({ status: 413, error: 'too_large', msg: `The body is larger than ${maxBodyBytes} bytes.` })
const tooSlow = () => new BodyProblem({ status: 408, error: 'timeout', msg: 'The body did not arrive in time.' })
const cutShort = () => new BodyProblem({ status: 400, error: 'bad_request', msg: 'The body ended early.' })

/** The part of Node's IncomingMessage that reading takes. */
export interface NodeBody {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Whether all of it has arrived. */
  readonly complete: boolean
  readonly readableEnded: boolean
  read(): unknown
  unshift(chunk: Uint8Array): void
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Reads the body and puts it back into the stream. Rejects with `BodyProblem`. */
export function takeNodeBody(req: NodeBody): Promise<SeenBody> {
  if (!hasBody(req)) return Promise.resolve(null)
  if (req.readableEnded) return Promise.resolve(undefined)
  if (Number(req.headers['content-length']) > maxBodyBytes) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const timer = setTimeout(() => stop(tooSlow()), bodyTimeoutMs)
    const stop = (problem: BodyProblem | null) => {
      clearTimeout(timer)
      req.off('readable', take)
      req.off('close', cut)
      req.off('error', cut)
      if (problem) reject(problem)
      else resolve(join(chunks, bytes))
    }
    const take = () => {
      for (let chunk = req.read(); chunk instanceof Uint8Array; chunk = req.read()) {
        chunks.push(chunk)
        bytes += chunk.length
      }
      if (bytes > maxBodyBytes) stop(tooLarge())
      else if (req.complete) {
        // In the same turn as the last read: the stream has not told anybody yet that it ended.
        for (const chunk of chunks.toReversed()) req.unshift(chunk)
        stop(null)
      }
    }
    const cut = () => stop(cutShort())
    req.on('readable', take)
    req.on('close', cut)
    req.on('error', cut)
  })
}

/** Reads a copy of the body of a web request. Rejects with `BodyProblem`. */
export async function takeWebBody(request: Request): Promise<SeenBody> {
  if (request.body === null) return null
  if (request.bodyUsed) return undefined
  const reader = request.clone().body!.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  let late = false
  const timer = setTimeout(() => {
    late = true
    void reader.cancel()
  }, bodyTimeoutMs)
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value)
      bytes += read.value.length
      if (bytes > maxBodyBytes) throw tooLarge()
    }
  } catch (problem) {
    void reader.cancel().catch(() => {})
    throw problem instanceof BodyProblem ? problem : cutShort()
  } finally {
    clearTimeout(timer)
  }
  if (late) throw tooSlow()
  return join(chunks, bytes)
}

function hasBody({ headers }: NodeBody): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array | null {
  if (bytes === 0) return null
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
