/**
 * A small GPU cloud over HTTP, to put Keyporter in front of. It checks no key: it trusts whatever stands before it,
 * and reads `X-Keyporter-Account-Id` and `X-Keyporter-Key-Id` only to show them. Never expose it by itself.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CloudRequest, Refusal, readBody, sendAnswer, sendRefusal } from './http.js'
import { getMatch } from './router.js'
import { type CloudState, createState } from './state.js'

export interface GpuCloud {
  /** `http://host:port`, without trailing slash. */
  readonly url: string
  close(): Promise<void>
}

/** Starts listening, by default on a free port of 127.0.0.1, with a fresh state. */
export async function openGpuCloud(options: { port?: number; host?: string } = {}): Promise<GpuCloud> {
  const state = createState(readClock())
  const host = options.host ?? '127.0.0.1'
  const server = createServer((incoming, outgoing) => void answerRequest(incoming, outgoing, state, url))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answerRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  state: CloudState,
  origin: string,
): Promise<void> {
  try {
    const { method = 'GET', url: target = '/' } = incoming
    const questionMark = target.indexOf('?')
    const path = questionMark < 0 ? target : target.slice(0, questionMark)
    const { route, params } = getMatch(method, path)
    const request: CloudRequest = {
      method,
      path,
      params,
      query: new URLSearchParams(questionMark < 0 ? '' : target.slice(questionMark)),
      body: await readBody(incoming),
      who: {
        accountId: findHeader(incoming, 'x-keyporter-account-id'),
        keyId: findHeader(incoming, 'x-keyporter-key-id'),
      },
      nowSeconds: readClock(),
      origin,
    }
    sendAnswer(outgoing, route.handle(request, state))
  } catch (error) {
    if (outgoing.headersSent || outgoing.destroyed) return
    sendRefusal(outgoing, error instanceof Refusal ? error : new Refusal(500, 'internal', 'something went wrong'))
  }
}

function findHeader(incoming: IncomingMessage, name: string): string | null {
  const value = incoming.headers[name]
  return typeof value === 'string' ? value : null
}

function readClock(): number {
  return Date.now() / 1000
}
