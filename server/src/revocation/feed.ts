/** The store as the source of verifiers elsewhere, and the bell that wakes them: an accelerator of the protocol. */
import type { Presented } from '@keyporter/core'
import type { Source } from '@keyporter/sdk'
import { getNewestPosition } from '../store/changes.js'
import type { Store } from '../store/store.js'
import { openStoreSource, type StoreSourceOptions } from './store-source.js'

export interface Feed {
  openSource(host: string): Omit<Source<Presented>, 'onWake'>
  /** Resolves with the newest change once that is another than `since`, or after a while; never rejects. */
  awaitChange(since: number, signal: AbortSignal): Promise<number>
  /** There may be a new change. */
  wake(): void
  /** Ends all waiting, now and later. */
  close(): void
}

/** Proxies cut what is silent for longer; a minute is the shortest that is usual. */
const longestWaitMs = 25_000

export function openFeed(options: Omit<StoreSourceOptions, 'host'>): Feed {
  const { store } = options
  const waiting = new Set<(seq: number | null) => void>()
  let closed = false
  const ring = (seq: number | null) => {
    for (const look of waiting) look(seq)
  }
  return {
    openSource: (host) => openStoreSource({ ...options, host }),
    awaitChange(since, signal) {
      return new Promise((resolve) => {
        const stop = (seq: number) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          waiting.delete(look)
          resolve(seq)
        }
        const giveUp = () => stop(since)
        const look = (seq: number | null) => {
          if (seq === null || seq !== since) stop(seq ?? since)
        }
        const timer = setTimeout(giveUp, closed ? 0 : longestWaitMs)
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.add(look)
        // After it was added: a change that commits now is seen here or rings the bell.
        findNewest(store).then((seq) => seq !== null && waiting.has(look) && look(seq))
      })
    },
    wake() {
      if (waiting.size > 0) findNewest(store).then(ring)
    },
    close() {
      closed = true
      ring(null)
    },
  }
}

/** Null when the store cannot tell: whoever waits looks for himself. */
async function findNewest(store: Store): Promise<number | null> {
  return store.read(getNewestPosition).then(
    ({ seq }) => seq,
    () => null,
  )
}
