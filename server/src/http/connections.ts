/**
 * The connections of a server: how many there may be, and how they end. While the server drains, every answer says
 * `Connection: close`, so that no client sends its next request into a connection that is about to go (RFC 9112 section
 * 9.6); after that only what idles is closed, and what is running may end. Who is in the midst of a conversation hears it at least once.
 */
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Connections {
  /** For `createServer`: answers that end their connection while the server drains. */
  readonly Response: typeof ServerResponse
  readonly draining: boolean
  /** Takes charge of the connections of this server. */
  watch(server: Server): void
  drain(): void
  /** Stops listening. Resolves when nothing but tunnels is left, or `waitMs` have passed. */
  end(server: Server, waitMs: number): Promise<void>
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

const pollMs = 20
/** For so long answers say that they are the last before anything is closed. */
const lastWordMs = 100
/** A connection that has sent nothing for so long was opened in reserve. */
const reserveMs = 1_000

export function openConnections(maxConnections: number): Connections {
  const openedAt = new Map<Duplex, number>()
  const upgraded = new WeakSet<Duplex>()
  let drainingSince: number | null = null

  class Response<R extends IncomingMessage> extends ServerResponse<R> {
    override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
      if (drainingSince !== null) this.shouldKeepAlive = false
      return typeof reason === 'string'
        ? super.writeHead(statusCode, reason, headers)
        : super.writeHead(statusCode, reason ?? headers)
    }
  }

  function closeUnused(): void {
    const now = performance.now()
    for (const [socket, at] of openedAt) {
      if (now - at > reserveMs && (socket as Socket).bytesRead === 0) socket.destroy()
    }
  }

  return {
    Response,
    get draining() {
      return drainingSince !== null
    },
    watch(server) {
      server.on('connection', (socket) => {
        // `server.maxConnections` would send it round and round among workers that are all full.
        if (openedAt.size >= maxConnections) {
          socket.destroy()
          return
        }
        openedAt.set(socket, performance.now())
        socket.once('close', () => openedAt.delete(socket))
      })
      server.on('upgrade', (_req, socket) => upgraded.add(socket))
    },
    drain() {
      drainingSince ??= performance.now()
    },
    async end(server, waitMs) {
      const until = performance.now() + waitMs
      drainingSince ??= performance.now()
      const wordMs = drainingSince + lastWordMs - performance.now()
      if (openedAt.size > 0 && wordMs > 0) await sleep(Math.min(wordMs, waitMs))
      server.close()
      for (;;) {
        server.closeIdleConnections()
        closeUnused()
        const left = [...openedAt.keys()].some((socket) => !upgraded.has(socket))
        if (!left || performance.now() >= until) return
        await sleep(pollMs)
      }
    },
  }
}
