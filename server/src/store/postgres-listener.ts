/**
 * LISTEN and NOTIFY: how processes hear of each other's writes at once. An accelerator: what is missed while the connection
 * is away is found by the next cycle of a verifier.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Notification } from 'pg'
import { openSessions, type Primary, type Session, type Sessions } from './postgres-sessions.js'

export interface ListenerOptions {
  readonly primary: Primary
  readonly waitMs: number
  /** Whose connections announce. */
  readonly notifier: Sessions
}

export interface Listener {
  /** Calls `wake` when another process announces, and whenever the connection was away. */
  listen(wake: () => void): { close(): void }
  announce(): void
  close(): void
}

const channel = 'keyporter'
const againMs = 250
/** A connection that died in silence is noticed after so long. */
const pingMs = 10_000

export function openListener({ primary, waitMs, notifier }: ListenerOptions): Listener {
  // Our own writes wake our own verifier without a detour.
  const self = randomUUID()
  const wakes = new Set<() => void>()
  const sessions = openSessions({ primary, waitMs, max: 1 })
  const closing = new AbortController()
  let running = false

  const wakeAll = () => {
    for (const wake of wakes) wake()
  }

  const stayConnected = async (session: Session) => {
    session.client.on('notification', ({ payload }: Notification) => {
      if (payload !== self) wakeAll()
    })
    await session.run(`listen ${channel}`)
    wakeAll()
    const over = session.lost.then(() => 'lost')
    while ((await Promise.race([over, rest(pingMs)])) !== 'lost') await session.run('select 1')
  }

  const rest = (ms: number) => sleep(ms, undefined, { ref: false, signal: closing.signal })

  const run = async () => {
    while (!closing.signal.aborted) {
      await sessions.use(stayConnected).catch(() => {})
      await rest(againMs).catch(() => {})
    }
  }

  return {
    listen(wake) {
      wakes.add(wake)
      if (!running) void run()
      running = true
      return { close: () => wakes.delete(wake) }
    },
    announce() {
      notifier.use((session) => session.run(`select pg_notify('${channel}', '${self}')`)).catch(() => {})
    },
    close() {
      closing.abort()
      void sessions.close(0)
    },
  }
}
