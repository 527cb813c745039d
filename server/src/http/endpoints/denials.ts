/** The newest refused requests of the caller's account. */
import { Type } from 'typebox'
import { listDenials, maxDenials } from '../../actions/denials.js'
import { defineAction } from './endpoint.js'
import { nullable, wholeField } from './fields.js'

const denialObject = Type.Object(
  {
    id: Type.Integer(),
    at: Type.String({ format: 'date-time' }),
    key_id: nullable(Type.Integer({ description: 'null where a session was refused' })),
    key_name: nullable(Type.String()),
    key_hint: nullable(Type.String()),
    session_id: nullable(Type.Integer({ description: 'null where a key was refused' })),
    method: Type.String(),
    path: Type.String({ description: 'without its query; cut to 1024 characters' }),
    endpoint: nullable(Type.String({ description: 'null outside the catalog' })),
    status: Type.Integer(),
    reason: Type.String(),
    msg: Type.String(),
    address: nullable(Type.String()),
  },
  { additionalProperties: false },
)

export const denialsEndpoint = defineAction({
  id: 'api.keyporter.denials',
  method: 'GET',
  path: '/keyporter/denials',
  query: Type.Object({ limit: Type.Optional(wholeField(1, maxDenials)) }),
  packed: true,
  response: Type.Object(
    {
      denials: Type.Array(denialObject, {
        description:
          'newest first; they lag behind by KEYPORTER_USAGE_INTERVAL, and of a flood some are let go, those of the noisiest key first',
      }),
    },
    { additionalProperties: false },
  ),
  async handle(context, caller, { query }) {
    const denials = await listDenials(context, caller, query.limit ?? maxDenials)
    return {
      denials: denials.map((denial) => ({
        id: denial.id,
        at: new Date(denial.atMs).toISOString(),
        key_id: denial.keyId,
        key_name: denial.keyName,
        key_hint: denial.keyHint,
        session_id: denial.sessionId,
        method: denial.method,
        path: denial.path,
        endpoint: denial.endpoint,
        status: denial.status,
        reason: denial.reason,
        msg: denial.msg,
        address: denial.address,
      })),
    }
  },
})
