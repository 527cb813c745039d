/** The store as the source of verifiers elsewhere, and the bell that wakes them: an accelerator of the protocol. */
import type { Presented } from '@keyporter/core'
import type { Source } from '@keyporter/sdk'
import { getNewestPosition } from '../store/changes.js'
import { holdsStanding } from '../store/registry.js'
import { describeBehind, describeLoaded, openStoreSource, type StoreSourceOptions } from './store-source.js'

export interface Feed {
  openSource(host: string): Omit<Source<Presented>, 'onWake'>
  /** Resolves with the newest change once that is another than `since`, or after a while; never rejects. */
  awaitChange(since: number, signal: AbortSignal): Promise<number>
  /** There may be a new change: `seq`, where that is known. */
  wake(seq?: number): void
  /** Ends all waiting, now and later. */
  close(): void
}

/** Proxies cut what is silent for longer; a minute is the shortest that is usual. */
const longestWaitMs = 25_000

export function openFeed(options: Omit<StoreSourceOptions, 'host'>): Feed {
  const { store, keys } = options
  const waiting = new Set<Waiting>()
  /** What this process has heard of: whoever asks costs the store nothing. */
  let newest = 0
  let closed = false
  const tell = (seq: number) => {
    newest = seq
    for (const { since, stop } of waiting) if (seq !== since) stop(seq)
  }
  const wakeAll = () => {
    for (const { since, stop } of waiting) stop(since)
  }
  return {
    openSource: (host) => ({
      ...openStoreSource({ ...options, host }),
      // The verifier's renewals go through other servers too, so that only the rows can tell whether ours are the newest.
      load: (digest, standing) =>
        store.read(async (db) => {
          if (!(await holdsStanding(db, standing))) throw describeBehind()
          return describeLoaded(await keys.findIn(db, digest))
        }),
    }),
    awaitChange(since, signal) {
      if (newest > since) return Promise.resolve(newest)
      return new Promise((resolve) => {
        const stop = (seq: number) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          waiting.delete(one)
          resolve(seq)
        }
        const giveUp = () => stop(since)
        const one = { since, stop }
        const timer = setTimeout(giveUp, closed ? 0 : longestWaitMs)
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.add(one)
      })
    },
    wake(seq) {
      const heard = newest
      // What was read is old where word of a newer one came meanwhile. Where nothing is to be read, whoever waits looks.
      if (seq === undefined) store.read(getNewestPosition).then((read) => newest === heard && tell(read.seq), wakeAll)
      // Word of an older change may come after that of a newer one.
      else if (seq > newest) tell(seq)
    },
    close() {
      closed = true
      wakeAll()
    },
  }
}

interface Waiting {
  readonly since: number
  stop(seq: number): void
}
