/**
 * Connections on their way from the primary to a worker. Node hands each worker one at a time, waits for it to take that
 * one, and waits for ever when it dies in between: the client would never hear anything. Here such a connection, of which
 * nobody has read a byte, goes to another worker as if the dead one had declined it.
 */
import type { ChildProcess } from 'node:child_process'
import type { Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'

interface Closable {
  close(): void
}

/** Node's own message with a connection, and its answer; `seq` ties them together. */
interface Offer {
  readonly seq: number
  readonly handle: Closable
}

/** Passes on what this worker was offered when it goes. `hasOthers` says whether there is anybody to take it. */
export function passOnOffers({ process: child }: Worker, hasOthers: () => boolean): void {
  let open: Offer | null = null
  const send = child.send.bind(child) as (...parts: unknown[]) => boolean
  const watch = (...parts: unknown[]) => {
    open = readOffer(parts) ?? open
    return send(...parts)
  }
  ;(child as ChildProcess).send = watch as ChildProcess['send']
  child.on('internalMessage', (answer: { ack?: number }) => {
    if (answer.ack === open?.seq) open = null
  })
  child.once('exit', async () => {
    // Closed from the other end: every answer it gave has been read.
    while (child.connected) await sleep(pollMs)
    if (!open) return
    // With a connection on its way Node does not say this by itself, and goes on counting on that worker.
    child.emit('disconnect')
    if (hasOthers()) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: open.seq, accepted: false }, undefined)
    else open.handle.close()
  })
}

const pollMs = 2

function readOffer([message, handle]: readonly unknown[]): Offer | null {
  if (typeof message !== 'object' || message === null || !('seq' in message) || !('act' in message)) return null
  const isOffer = message.act === 'newconn' && typeof message.seq === 'number'
  return isOffer && isClosable(handle) ? { seq: message.seq as number, handle } : null
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function'
}
