/**
 * One request at the upstream, and its answer on the way to the client: undici's handler of a dispatch. Chunks pass as they
 * come and no faster than the client takes them; an answer that cannot be completed cuts the client's connection.
 * Keeps no chunk and repeats no request.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Denied, Fault } from '../fault.js'
import type { Exchange, Running } from './exchange.js'
import { describeFailure } from './failure.js'
import { writeResponseHead } from './response-headers.js'
import type { Slots, Waiter } from './slots.js'
import { Upload } from './upload.js'

export interface Switched {
  readonly headers: IncomingHttpHeaders
  readonly upstream: Duplex
}

export interface RelayParts {
  readonly pool: Dispatcher
  readonly slots: Slots
  /** How long a client may take nothing of its answer. */
  readonly clientIdleMs: number
}

/** Made once: to make an error is to write down a stack, which every exchange would pay for. */
const clientGone = new Error('the client has gone')

export class Relay implements Dispatcher.DispatchHandler, Running, Waiter {
  readonly exchange: Exchange
  /**
   * Settles when the exchange is over on the client's side: null, or the connection after a 101. Rejects with a `Fault`
   * only while nothing was sent to the client.
   */
  readonly over: Promise<Switched | null>
  readonly #parts: RelayParts
  readonly #options: Dispatcher.DispatchOptions
  readonly #res: ServerResponse
  #resolve!: (switched: Switched | null) => void
  #reject!: (reason: Fault | Denied) => void
  #controller: Dispatcher.DispatchController | null = null
  readonly #pipelined: boolean
  #started = false
  #holdsSlot = false
  #settled = false
  #headWritten = false
  #bodyBegun = false
  #switched: Duplex | null = null
  #stall: NodeJS.Timeout | null = null

  constructor(parts: RelayParts, exchange: Exchange, options: Dispatcher.DispatchOptions, res: ServerResponse) {
    this.exchange = exchange
    this.#parts = parts
    this.#options = options
    this.#res = res
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    res.once('close', this.#clientClosed)
    // A pipelined response has no socket before its turn, and hears nothing of its end.
    this.#pipelined = res.socket === null
    if (this.#pipelined) exchange.req.socket.once('close', this.#clientClosed)
  }

  start(): void {
    this.#holdsSlot = true
    if (this.#settled) {
      this.#leaveSlot()
      return
    }
    this.#started = true
    this.#parts.pool.dispatch(this.#options, this)
  }

  giveUp(): void {
    this.#fail(new Fault('busy', 'Too many requests are at the upstream; try again.'))
  }

  readonly abort = (reason: Fault | Denied): void => {
    this.#switched?.destroy()
    if (this.#settled) return
    this.#fail(reason)
    this.#leaveUpstream(reason)
  }

  // --- what undici calls ---------------------------------------------------------------------------------------------

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#settled) controller.abort(clientGone)
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    _status: number,
    headers: IncomingHttpHeaders,
    upstream: Duplex,
  ): void {
    this.#leaveSlot()
    if (this.#settled) {
      upstream.destroy()
      return
    }
    this.#settle()
    this.#switched = upstream
    this.#resolve({ headers, upstream })
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason?: string,
  ): void {
    // RFC 9110 section 15.2: a proxy may drop 1xx responses that it did not ask for on a client's behalf.
    if (status < 200) return
    // What this throws becomes `onResponseError`.
    writeResponseHead(this.#res, status, reason, headers)
    this.#headWritten = true
    process.nextTick(flushHead, this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return
    this.#bodyBegun = true
    if (this.#res.write(chunk)) return
    controller.pause()
    if (this.#stall) {
      this.#stall.refresh()
      return
    }
    this.#stall = setTimeout(cutStalled, this.#parts.clientIdleMs, this)
    this.#res.on('drain', this.#drained)
  }

  onResponseEnd(): void {
    this.#leaveSlot()
    this.#controller = null
    this.#res.end()
    this.#dropUpload()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#leaveSlot()
    this.#controller = null
    this.#fail(describeFailure(error))
    this.#dropUpload()
  }

  // --- the client's side ---------------------------------------------------------------------------------------------

  /** Sends the head on its own where the body does not follow at once: a stream of events begins with silence. */
  flushHead(): void {
    if (!this.#bodyBegun && !this.#settled) this.#res.flushHeaders()
  }

  cutStalled(): void {
    if (this.#controller?.paused) this.abort(new Fault('timeout', 'The client stopped reading.'))
  }

  readonly #drained = (): void => {
    this.#controller?.resume()
  }

  /** The end, good or bad: every exchange comes through here, except one that was answered by a fault. */
  readonly #clientClosed = (): void => {
    if (this.#settled) return
    this.#settle()
    this.#resolve(null)
    this.#leaveUpstream(clientGone)
  }

  #fail(reason: Fault | Denied): void {
    if (this.#settled) return
    if (!this.#headWritten) {
      this.#settle()
      this.#reject(reason)
      return
    }
    cutConnection(this.#res)
  }

  #leaveUpstream(reason: Error): void {
    if (!this.#started) this.#parts.slots.forget(this)
    else this.#controller?.abort(reason)
    this.#dropUpload()
  }

  #leaveSlot(): void {
    if (!this.#holdsSlot) return
    this.#holdsSlot = false
    this.#parts.slots.leave()
  }

  #dropUpload(): void {
    const { body } = this.#options
    if (body instanceof Upload) body.destroy()
  }

  #settle(): void {
    this.#settled = true
    if (this.#stall) {
      clearTimeout(this.#stall)
      this.#res.off('drain', this.#drained)
    }
    if (this.#pipelined) this.exchange.req.socket.off('close', this.#clientClosed)
  }
}

function flushHead(relay: Relay): void {
  relay.flushHead()
}

function cutStalled(relay: Relay): void {
  relay.cutStalled()
}

/** Ends a connection in the middle of an answer so that no client can take it for a whole one. */
function cutConnection(res: ServerResponse): void {
  const { socket } = res
  // RFC 9112 section 8: a body that only the end of the connection delimits is complete at FIN, so this must be a reset.
  const delimited = res.chunkedEncoding || res.hasHeader('content-length')
  if (!delimited && socket instanceof Socket) socket.resetAndDestroy()
  else res.destroy()
}
