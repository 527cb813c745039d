/** The account behind a key over HTTP (wire contract section 4). What an account here does not have is not pretended. */

import { printPermissions, readPowers } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import type { Caller } from '../../actions/context.js'
import { getUser, type User, type UserChanges, updateUser } from '../../actions/users.js'
import { Fault } from '../../fault.js'
import { defineAction } from './endpoint.js'
import { nullable, nullableTextField, printInstant, readOnlyField, textField } from './fields.js'
import { permissionDocument } from './key-object.js'

const sessionId = nullable(Type.Integer({ description: 'the calling console session; null for a key' }))

const userObject = Type.Object(
  {
    id: Type.Integer(),
    key_id: nullable(Type.Integer({ description: 'the presenting key; null for a console session' })),
    email: nullable(Type.String()),
    username: nullable(Type.String()),
    fullname: nullable(Type.String()),
    user: nullable(Type.String({ description: 'the same as username' })),
    ssh_key: nullable(Type.String()),
    credit: Type.Number(),
    balance: Type.Number({ description: 'the same as credit' }),
    created_at: Type.Integer({ description: 'seconds since 1970, UTC' }),
    api_key: Type.Null({ description: 'a member that old clients need; the secret is never shown' }),
    sid: sessionId,
    rights: Type.Object({ rights: permissionDocument, sid: sessionId }),
    can_pay: Type.Literal(false),
    has_billing: Type.Literal(false),
    host_agreement_accepted: Type.Literal(false),
    email_verified: Type.Literal(false),
    tfa_enabled: Type.Literal(false),
    tfa_status: Type.Literal('disabled'),
  },
  { additionalProperties: false },
)

const settings = {
  email: Type.Optional(textField(254, 'an e-mail address like name@example.com,')),
  username: Type.Optional(nullableTextField(64)),
  fullname: Type.Optional(nullableTextField(255)),
  ssh_key: Type.Optional(nullableTextField(4_096, 'a public SSH key on one line')),
}

const settableNames = Object.keys(settings).join(', ')

// Other members are ignored, and named in the answer: the contract has many that mean nothing here.
const changesBody = Type.Object({
  ...settings,
  credit: Type.Optional(readOnlyField()),
  balance: Type.Optional(readOnlyField()),
})

const done = { success: true } as const

export const userEndpoints = [
  defineAction({
    id: 'api.user.current',
    method: 'GET',
    path: '/api/v0/users/current/',
    response: userObject,
    handle: async (context, caller) => printUser(await getUser(context, caller), caller),
  }),
  defineAction({
    id: 'api.user.update',
    method: 'PUT',
    path: '/api/v0/users/',
    body: changesBody,
    response: Type.Object(
      { ...userObject.properties, success: Type.Literal(true), msg: Type.String() },
      { additionalProperties: false },
    ),
    async handle(context, caller, { body }) {
      const user = await updateUser(context, caller, readChanges(body))
      return { ...printUser(user, caller), ...done, msg: describeChange(body) }
    },
  }),
]

function printUser(user: User, { principal }: Caller): Static<typeof userObject> {
  const sid = principal.kind === 'session' ? principal.session.id : null
  return {
    id: user.id,
    key_id: principal.kind === 'key' ? principal.key.id : null,
    email: user.email,
    username: user.username,
    fullname: user.fullname,
    user: user.username,
    ssh_key: user.sshKey,
    credit: user.credit,
    balance: user.credit,
    created_at: printInstant(user.createdAt),
    api_key: null,
    sid,
    rights: { rights: printPermissions(readPowers(principal).permissions), sid },
    can_pay: false,
    has_billing: false,
    host_agreement_accepted: false,
    email_verified: false,
    tfa_enabled: false,
    tfa_status: 'disabled',
  }
}

function readChanges({ email, username, fullname, ssh_key: sshKey }: Static<typeof changesBody>): UserChanges {
  const changes = {
    ...(email !== undefined && { email }),
    ...(username !== undefined && { username }),
    ...(fullname !== undefined && { fullname }),
    ...(sshKey !== undefined && { sshKey }),
  }
  if (Object.keys(changes).length > 0) return changes
  throw new Fault('bad_request', `Nothing to change: give at least one of ${settableNames}.`)
}

function describeChange(body: Readonly<Record<string, unknown>>): string {
  const all = Object.keys(body).every((name) => name in settings)
  return all ? 'User updated.' : `User updated; only ${settableNames} can be set here, other members were ignored.`
}
