/**
 * Who is calling, about itself: any valid key may ask, and any session (decision A34). Tells a key nothing that takes a
 * permission.
 */
import { printPermissions, readPowers, type Session } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import type { Caller, Context } from '../../actions/context.js'
import { getKey } from '../../actions/keys.js'
import { getUser } from '../../actions/users.js'
import { defineAction } from './endpoint.js'
import { nullable } from './fields.js'
import { keyObject, permissionDocument, printKey } from './key-object.js'

const instant = Type.String({ format: 'date-time' })

const sessionObject = Type.Object(
  {
    id: Type.Integer(),
    created_at: instant,
    expires_at: instant,
    method: Type.Enum(['password', 'link', 'oidc'], { description: 'how it was signed in' }),
  },
  { additionalProperties: false },
)

const userObject = Type.Object(
  { id: Type.Integer(), email: nullable(Type.String()), username: nullable(Type.String()) },
  { additionalProperties: false, description: 'whose account it is; to a key only by id' },
)

export const whoamiEndpoint = defineAction({
  id: 'api.keyporter.whoami',
  method: 'GET',
  path: '/keyporter/whoami',
  response: Type.Object(
    {
      key: nullable(keyObject),
      session: nullable(sessionObject),
      account: Type.Object({ id: Type.Integer(), operator: Type.Boolean() }),
      user: userObject,
      permissions: permissionDocument,
    },
    { additionalProperties: false },
  ),
  async handle(context, caller) {
    const { principal } = caller
    return {
      // Memory holds no more of a key than deciding takes.
      key: principal.kind === 'key' ? printKey(context, await getKey(context, caller, principal.key.id)) : null,
      session: principal.kind === 'session' ? printSession(principal.session) : null,
      account: { id: principal.account.id, operator: principal.account.operator },
      user: await describeUser(context, caller),
      permissions: printPermissions(readPowers(principal).permissions),
    }
  },
})

function printSession({ id, createdAt, expiresAt, method }: Session): Static<typeof sessionObject> {
  return { id, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString(), method }
}

async function describeUser(context: Context, caller: Caller): Promise<Static<typeof userObject>> {
  if (caller.principal.kind === 'key') return { id: caller.principal.account.id, email: null, username: null }
  const { id, email, username } = await getUser(context, caller)
  return { id, email, username }
}
