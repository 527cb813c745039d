/** Reads a request body whole, within bounds of size and time. */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../fault.js'

/** Most bytes of a body that is read whole: by Keyporter's own endpoints, and for a constraint (decision A8). */
export const maxBodyBytes = 1_048_576
const bodyTimeoutMs = 30_000

export function hasBody(req: IncomingMessage): boolean {
  const length = req.headers['content-length']
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * The bytes of the body; null when there is none. Faults: `too_large` (413), `timeout` (408) when it does not arrive in
 * time, `bad_request` when the client stops in the middle.
 */
export function readBody(req: IncomingMessage): Promise<Buffer | null> {
  if (!hasBody(req)) return Promise.resolve(null)
  if (Number(req.headers['content-length']) > maxBodyBytes) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => settle(new Fault('timeout', 'The body did not arrive in time.')), bodyTimeoutMs)
    const settle = (fault: Fault | null) => {
      clearTimeout(timer)
      req.off('data', take).off('end', end).off('close', cut).off('error', cut)
      if (!fault) return resolve(bytes === 0 ? null : Buffer.concat(chunks, bytes))
      req.on('error', ignore)
      reject(fault)
    }
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBodyBytes) settle(tooLarge())
      else chunks.push(chunk)
    }
    const end = () => settle(null)
    const cut = () => settle(new Fault('bad_request', 'The body ended early.'))
    req.on('data', take).on('end', end).on('close', cut).on('error', cut)
  })
}

const ignore = () => {}

function tooLarge(): Fault {
  return new Fault('too_large', `The body is larger than ${maxBodyBytes} bytes.`)
}
