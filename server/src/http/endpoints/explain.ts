/** What a key of the own account would be answered, and why, without anything being executed (decision A27). */
import { describeDenial } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import { type Explained, explainRequest } from '../../actions/explain.js'
import { defineAction } from './endpoint.js'
import { freeField, nullable, textField } from './fields.js'
import { permissionDocument } from './key-object.js'

const explainBody = Type.Object(
  {
    key_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'the id of a key' }),
    request: Type.Object(
      {
        method: textField(32, 'an HTTP method'),
        path: textField(16_384, 'a path, with its query if there is one,'),
        body: Type.Optional(freeField('any JSON value')),
        client_address: Type.Optional(
          Type.Union([Type.String({ maxLength: 64 }), Type.Null()], {
            description: 'an IPv4 or IPv6 address, or null for an unknown one; the own one when it is left out',
          }),
        ),
      },
      { additionalProperties: false, description: 'an object with method and path' },
    ),
  },
  { additionalProperties: false },
)

const explained = Type.Object(
  {
    key_id: Type.Integer(),
    allowed: Type.Boolean(),
    status: nullable(Type.Integer({ description: 'what a denied request is answered; null when it is allowed' })),
    error: nullable(Type.String()),
    msg: nullable(Type.String()),
    reason: nullable(Type.String()),
    endpoint: nullable(Type.String({ description: 'null outside the catalog' })),
    category: nullable(Type.String()),
    place: nullable(Type.String({ description: "where in the key's permissions the deciding rule stands" })),
    rule: Type.String(),
    smallest: nullable(permissionDocument),
  },
  { additionalProperties: false },
)

export const explainEndpoint = defineAction({
  id: 'api.apikey.explain',
  method: 'POST',
  path: '/keyporter/explain',
  body: explainBody,
  response: explained,
  async handle(context, caller, { body: { key_id: keyId, request } }) {
    const { method, path: target, body, client_address: clientAddress } = request
    const input = { keyId, method, target, body, ...(clientAddress !== undefined && { clientAddress }) }
    return printExplained(await explainRequest(context, caller, input))
  },
})

function printExplained({ decision, explanation, key }: Explained): Static<typeof explained> {
  const denial = decision.allowed ? null : describeDenial(decision.denial)
  return {
    key_id: key.id,
    allowed: decision.allowed,
    status: denial?.status ?? null,
    error: denial?.error ?? null,
    msg: denial?.msg ?? null,
    reason: decision.allowed ? null : decision.denial.reason,
    endpoint: explanation.endpointId,
    category: explanation.category,
    place: explanation.place,
    rule: explanation.rule,
    smallest: explanation.smallest,
  }
}
