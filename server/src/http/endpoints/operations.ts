/** For load balancers, scrapers and operators: may requests be sent here, what was counted, which verifiers there are. */
import { Type } from 'typebox'
import { listVerifiers } from '../../actions/verifiers.js'
import { sendError, sendJson, sendText } from '../answer.js'
import type { Unreadiness } from '../operations.js'
import { defineAction, defineOperation } from './endpoint.js'

const words: Readonly<Record<Unreadiness, string>> = {
  starting: 'This server is starting: it has not registered with the store yet.',
  lapsed: 'This server cannot keep its lease: the store does not answer in time.',
  draining: 'This server is shutting down.',
}

const instant = Type.String({ format: 'date-time' })

export const operationEndpoints = [
  defineOperation({
    id: 'api.keyporter.readyz',
    method: 'GET',
    path: '/keyporter/readyz',
    response: Type.Object({
      status: Type.Literal('ready'),
      warnings: Type.Array(Type.String({ description: 'what should be looked after although it serves' })),
    }),
    async answer(operations, res, requestId) {
      const status = operations.findUnreadiness()
      if (status === null) return sendJson(res, 200, { status: 'ready', warnings: await operations.listWarnings() })
      res.setHeader('Retry-After', 1)
      sendError(res, requestId, 503, { error: 'busy', msg: words[status], status })
    },
  }),
  defineOperation({
    id: 'api.keyporter.metrics',
    method: 'GET',
    path: '/keyporter/metrics',
    mediaType: 'text/plain',
    response: Type.String({ description: 'in the text format of Prometheus' }),
    async answer(operations, res) {
      const { mediaType, text } = await operations.printMetrics()
      sendText(res, mediaType, text)
    },
  }),
  defineAction({
    id: 'api.keyporter.verifiers',
    method: 'GET',
    path: '/keyporter/verifiers',
    response: Type.Object(
      {
        verifiers: Type.Array(
          Type.Object(
            {
              id: Type.String(),
              host: Type.String({ description: 'where it runs: machine and process' }),
              lag: Type.Integer({ description: 'changes that it has not acknowledged yet' }),
              lease_ms: Type.Integer(),
              registered_at: instant,
              renewed_at: instant,
              acknowledged_at: Type.String({ format: 'date-time', description: 'its last report' }),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    async handle(context) {
      const verifiers = await listVerifiers(context)
      return {
        verifiers: verifiers.map(({ id, host, lag, leaseMs, registeredAt, renewedAt, acknowledgedAt }) => ({
          id,
          host,
          lag,
          lease_ms: leaseMs,
          registered_at: registeredAt.toISOString(),
          renewed_at: renewedAt.toISOString(),
          acknowledged_at: acknowledgedAt.toISOString(),
        })),
      }
    },
  }),
]
