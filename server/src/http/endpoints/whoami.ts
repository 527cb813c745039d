/** The presenting key about itself: any valid key may ask (decision A34). Tells nothing that takes a permission. */
import { Type } from 'typebox'
import { defineAction } from './endpoint.js'
import { keyObject, printKey } from './key-object.js'

export const whoamiEndpoint = defineAction({
  id: 'api.keyporter.whoami',
  method: 'GET',
  path: '/keyporter/whoami',
  response: Type.Object(
    { key: keyObject, account: Type.Object({ id: Type.Integer(), operator: Type.Boolean() }) },
    { additionalProperties: false },
  ),
  handle: async (context, { principal: { key, account } }) => ({
    key: printKey(context, key),
    account: { id: account.id, operator: account.operator },
  }),
})
