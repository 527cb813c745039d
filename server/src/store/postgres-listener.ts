/**
 * LISTEN and NOTIFY: how processes hear of each other's changes at once, with the COMMIT itself. An accelerator: what is
 * missed while the connection is away is found by the next cycle of a verifier.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { Notification } from 'pg'
import { openSessions, type Primary, type Session } from './postgres-sessions.js'

export interface ListenerOptions {
  readonly primary: Primary
  readonly waitMs: number
}

export interface Listener {
  /** Calls `wake` with each change that is announced, and without one whenever the connection was away. */
  listen(wake: (seq?: number) => void): { close(): void }
  close(): void
}

const channel = 'keyporter'
const againMs = 250
/** A connection that died in silence is noticed after so long. */
const pingMs = 10_000

/** Tells all who listen of a change when its transaction is committed, and not if it is not: a part of its INSERT. */
export function announcement(): RawBuilder<unknown> {
  return sql`pg_notify(${sql.lit(channel)}, changes.seq::text)`
}

export function openListener({ primary, waitMs }: ListenerOptions): Listener {
  const wakes = new Set<(seq?: number) => void>()
  const sessions = openSessions({ primary, waitMs, max: 1 })
  const closing = new AbortController()
  let running = false

  const wakeAll = (seq?: number) => {
    for (const wake of wakes) wake(seq)
  }

  const stayConnected = async (session: Session) => {
    session.client.on('notification', ({ payload }: Notification) => {
      const seq = Number(payload)
      wakeAll(seq > 0 ? seq : undefined)
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
    close() {
      closing.abort()
      void sessions.close(0)
    },
  }
}
