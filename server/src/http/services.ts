/** Services: programs ask them at every request of theirs, so they are served past the router, and nothing waits that need not. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessRequest } from '@keyporter/core'
import type { ServiceEndpoint, Services } from './endpoints/endpoint.js'
import { endpoints } from './endpoints/index.js'
import { parseJsonBody } from './json-body.js'

/** A request that was allowed, and its body, read whole; null when there is none. */
export interface Asked {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly request: AccessRequest
  readonly body: Uint8Array | null
}

export interface Service {
  /** Gives what is to be answered with 200, or a promise of it. Throws, or rejects with, faults. */
  answer(asked: Asked): unknown
  /** The JSON text of that. */
  print(answer: unknown): string
}

/** All services, by the id of their endpoint. */
export function openServices(services: Services): ReadonlyMap<string, Service> {
  const byId = new Map<string, Service>()
  for (const endpoint of endpoints)
    if (endpoint.kind === 'service') byId.set(endpoint.id, openService(services, endpoint))
  return byId
}

function openService(services: Services, { body: schema, serve, print }: ServiceEndpoint): Service {
  return {
    answer({ req, res, request, body }) {
      const json = parseJsonBody(schema && body, req.headers)
      return serve(services, { json, query: request.target.query, signal: () => signalClose(res) })
    },
    print,
  }
}

function signalClose(res: ServerResponse): AbortSignal {
  const controller = new AbortController()
  res.once('close', () => controller.abort())
  return controller.signal
}
