/** Two connections joined after a 101: each side's bytes, its backpressure, its end and its failure reach the other. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Exchange, Running } from './exchange.js'

const keepAliveMs = 60_000
const lingerMs = 2_000

export interface Tunnel extends Running {
  /** Resolves when both connections are closed. */
  readonly over: Promise<void>
}

/**
 * Joins them. Either side may end and still be sent to; from then on a standstill of `idleMs` ends the tunnel. While both
 * are open, only TCP's own keep-alive looks for the dead.
 */
export function openTunnel(exchange: Exchange, client: Duplex, upstream: Duplex, idleMs: number): Tunnel {
  const over = Promise.all([waitForClose(client), waitForClose(upstream)]).then(() => {})
  const abort = () => {
    client.destroy()
    upstream.destroy()
  }
  upstream.allowHalfOpen = true
  if (client instanceof Socket) client.setKeepAlive(true, keepAliveMs)
  if (client.destroyed || upstream.destroyed) abort()
  join(client, upstream, idleMs)
  join(upstream, client, idleMs)
  return { exchange, over, abort }
}

/**
 * Ends a connection: what was written still goes out unless it stands still for `idleMs`, and what comes in is read and
 * thrown away for a moment, so that the other side is not reset while it reads (RFC 9112 section 9.6).
 */
export function closeSoon(socket: Duplex, idleMs: number): void {
  if (socket.destroyed) return
  destroyWhenIdle(socket, idleMs)
  process.nextTick(() => socket.resume())
  socket.end(() => {
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(timer))
  })
}

function join(from: Duplex, to: Duplex, idleMs: number): void {
  from.on('error', () => {})
  from.pipe(to)
  from.once('end', () => {
    destroyWhenIdle(from, idleMs)
    destroyWhenIdle(to, idleMs)
  })
  // A whole end in both directions has reached the other side through the pipes; anything less is a failure.
  from.once('close', () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy()
  })
}

function waitForClose(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', resolve)
  })
}

function destroyWhenIdle(socket: Duplex, idleMs: number): void {
  if (socket instanceof Socket) socket.setTimeout(idleMs, () => socket.destroy())
}
