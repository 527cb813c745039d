/** Instants: relative in the text, absolute in the title, exact for machines. They go on while the page is open. */
import { useSyncExternalStore } from 'react'
import { readClock } from '../clock.js'
import { describeAbsolute, describeRelative } from '../instant.js'

const tickMs = 15_000
let now = readClock()
let timer: ReturnType<typeof setInterval> | null = null
const listeners = new Set<() => void>()

/** Now by the clock of the server, to the nearest tick; whoever uses it is drawn again with each. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === null) {
    now = readClock()
    timer = setInterval(tick, tickMs)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

function tick(): void {
  now = readClock()
  for (const listener of listeners) listener()
}

/** `none` stands where there is no instant: "never". */
export function Time({ at, none = 'never' }: { at: Date | null; none?: string }) {
  const current = useNow()
  if (at === null) return <span className="text-muted">{none}</span>
  return (
    <time dateTime={at.toISOString()} title={describeAbsolute(at)} className="whitespace-nowrap">
      {describeRelative(at, current)}
    </time>
  )
}
