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

/** The bytes of the body; null when there is none. Rejects with what `receiveBody` refuses with. */
export function readBody(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve, reject) => receiveBody(req, resolve, reject))
}

/**
 * The same without a promise: calls `take`, or `refuse` with a fault; at once where there is no body to wait for. Faults:
 * `too_large` (413), `timeout` (408) when it does not arrive in time, `bad_request` when the client stops in the middle.
 */
export function receiveBody(
  req: IncomingMessage,
  take: (body: Buffer | null) => void,
  refuse: (fault: Fault) => void,
  maxBytes = maxBodyBytes,
): void {
  if (!hasBody(req)) take(null)
  else if (Number(req.headers['content-length']) > maxBytes) refuse(tooLarge(maxBytes))
  else gather(req, take, refuse, maxBytes)
}

function gather(
  req: IncomingMessage,
  take: (body: Buffer | null) => void,
  refuse: (fault: Fault) => void,
  maxBytes: number,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const giveUp = (fault: Fault) => {
    clearTimeout(timer)
    req.off('data', add).off('end', end).off('close', cut).off('error', cut).on('error', ignore)
    refuse(fault)
  }
  const add = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) giveUp(tooLarge(maxBytes))
    else chunks.push(chunk)
  }
  const end = () => {
    clearTimeout(timer)
    req.off('close', cut)
    if (bytes === 0) take(null)
    else take(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes))
  }
  const cut = () => giveUp(new Fault('bad_request', 'The body ended early.'))
  req.on('data', add).on('end', end)
  onceUnfinished(req, () => {
    if (req.destroyed) return cut()
    timer = setTimeout(() => giveUp(new Fault('timeout', 'The body did not arrive in time.')), bodyTimeoutMs)
    req.on('close', cut).on('error', cut)
  })
}

/** Requests whose body may come later than their head, since this turn of the event loop. */
let young: { readonly req: IncomingMessage; readonly act: () => void }[] = []

/**
 * Calls `act` when the body has not arrived whole by the end of this turn. Nearly every small one has: it came in one packet
 * with the head, and needs no timer and no one to look after it.
 */
export function onceUnfinished(req: IncomingMessage, act: () => void): void {
  if (young.push({ req, act }) === 1) setImmediate(actOnUnfinished)
}

function actOnUnfinished(): void {
  const requests = young
  young = []
  for (const { req, act } of requests) if (!req.complete) act()
}

const ignore = () => {}

function tooLarge(maxBytes: number): Fault {
  return new Fault('too_large', `The body is larger than ${maxBytes} bytes.`)
}
