/**
 * Running exchanges of known keys, kept from the decision until their end: when a change touches one, or its key expires,
 * it is decided again, and cut before the change is acknowledged (design section 6, Streams). A lapse alone cuts nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Decision, KeyPrincipal } from '@keyporter/core'
import type { Touched } from '@keyporter/sdk'
import { Denied, Fault } from '../fault.js'

export interface Stream {
  /** A session is good at the console alone: nothing of it is ever forwarded. */
  readonly principal: KeyPrincipal
  /** The verifier's count of applied changes when the request came in. */
  readonly epoch: number
  /** Decides the same request by what holds now. Rejects when that cannot be told. */
  decideAgain(): Promise<Decision>
  abort(reason: Fault | Denied): void
}

export interface Streams {
  /** Keeps a stream until the returned function is called. `epoch` is the present one. */
  watch(stream: Stream, epoch: number): () => void
  /** Decides all that a change touches again. Resolves when what has to be cut is cut. */
  review(touched: Touched): Promise<void>
}

/** Streams of one review that are decided at once: fewer than records are loaded at once, so that there is room for them. */
const maxReviewed = 16
/** For how long the right to an exchange may stay untold in a crowd before it is cut: well under a lease. */
const patienceMs = 400
const againMs = 20

/** Longest delay a timer takes. */
const maxTimerMs = 2_147_483_647

export function openStreams(now: () => number): Streams {
  // An array for the reason that gateway/running.ts gives.
  const running: Kept[] = []

  const reviewOne = async (stream: Stream) => {
    const decision = await decidePatiently(stream)
    if (decision === null)
      stream.abort(new Fault('busy', 'The right to this exchange could not be confirmed; try again.'))
    else if (!decision.allowed) stream.abort(new Denied(decision))
  }

  return {
    watch(stream, epoch) {
      const { key } = stream.principal
      const kept: Kept = { stream, index: running.length }
      running.push(kept)
      let timer: NodeJS.Timeout | undefined
      const awaitExpiry = () => {
        const leftMs = key.expiresAt!.getTime() - now()
        if (leftMs <= 0) void reviewOne(stream)
        else timer = setTimeout(awaitExpiry, Math.min(leftMs, maxTimerMs)).unref()
      }
      if (key.expiresAt) awaitExpiry()
      // A change was applied between the decision and now, when nobody could find this stream to decide it again.
      if (stream.epoch !== epoch) void reviewOne(stream)
      return () => {
        clearTimeout(timer)
        drop(running, kept)
      }
    },
    async review(touched) {
      const left = running.filter(({ stream }) => isTouched(stream, touched)).values()
      const reviewSome = async () => {
        for (const { stream, index } of left) if (index >= 0) await reviewOne(stream)
      }
      await Promise.all(Array.from({ length: maxReviewed }, reviewSome))
    },
  }
}

/** Null when it cannot be told in time: after an outage everybody asks for records at once. */
async function decidePatiently(stream: Stream): Promise<Decision | null> {
  for (const until = performance.now() + patienceMs; ; await sleep(againMs)) {
    const decision = await stream.decideAgain().catch(() => null)
    if (decision || performance.now() >= until) return decision
  }
}

interface Kept {
  readonly stream: Stream
  /** Where it stands; -1 once it is gone. */
  index: number
}

function drop(running: Kept[], kept: Kept): void {
  if (kept.index < 0) return
  const last = running.pop()!
  if (last !== kept) {
    running[kept.index] = last
    last.index = kept.index
  }
  kept.index = -1
}

function isTouched({ principal: { key, account } }: Stream, touched: Touched): boolean {
  if (touched.all) return true
  return touched.touches.some(
    ({ kind, id }) => (kind === 'key' && id === key.id) || (kind === 'account' && id === account.id),
  )
}
