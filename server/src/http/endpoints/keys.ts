/** API keys over HTTP (wire contract section 3; decisions A1, A2, A6, A15, A16, A24, A25). */
import { type Static, Type } from 'typebox'
import type { Caller, Context } from '../../actions/context.js'
import type { Issued } from '../../actions/issue.js'
import { type KeyPage, pageKeys } from '../../actions/key-list.js'
import { createKey, deleteKey, getKey, type KeyChanges, listKeys, resetKey, updateKey } from '../../actions/keys.js'
import { Fault } from '../../fault.js'
import { defineAction } from './endpoint.js'
import {
  addressListField,
  flagField,
  freeField,
  ignoredField,
  instantField,
  nullableTextField,
  readInstant,
  secondsField,
} from './fields.js'
import { keyObject, printKey } from './key-object.js'
import { keyQuery, readKeyQuery } from './key-query.js'

/** Sent by some clients, and never a source of identity (wire contract section 1.2). */
const ignoredMembers = {
  api_key: Type.Optional(ignoredField()),
  client_id: Type.Optional(ignoredField()),
  user_id: Type.Optional(ignoredField()),
  owner: Type.Optional(ignoredField()),
}

const settings = {
  name: Type.Optional(nullableTextField(255)),
  permissions: Type.Optional(
    freeField(
      'a permission document such as {"api": {"user_read": {}}}; {} stands for all that the calling key may do',
    ),
  ),
  disabled: Type.Optional(flagField()),
  expires_at: Type.Optional(instantField()),
  not_before: Type.Optional(instantField()),
  ip_whitelist: Type.Optional(addressListField()),
}

// Both refuse unknown members: a misspelt bound would otherwise make a key without that bound.
const newKeyBody = Type.Object(
  {
    ...settings,
    key_params: Type.Optional(
      freeField('an object, the JSON text of one, or null: values for placeholders, and ip_whitelist'),
    ),
    expires_in: Type.Optional(secondsField()),
    ...ignoredMembers,
  },
  { additionalProperties: false },
)
const changesBody = Type.Object({ ...settings, ...ignoredMembers }, { additionalProperties: false })

const changedKey = Type.Object(
  { ...keyObject.properties, success: Type.Literal(true) },
  { additionalProperties: false },
)
const shownKey = Type.Object(
  { ...keyObject.properties, success: Type.Literal(true), apikey_id: Type.Integer() },
  { additionalProperties: false },
)
const secret = Type.String({ description: 'the secret; it is never shown again' })
const createdKey = Type.Object(
  { ...keyObject.properties, success: Type.Literal(true), key: secret, api_key: secret },
  { additionalProperties: false },
)
const newSecret = Type.Object(
  { success: Type.Literal(true), id: Type.Integer(), new_api_key: secret, key: secret, api_key: secret },
  { additionalProperties: false },
)

const done = { success: true } as const
const deleted = 'Successfully Deleted API Key' as const

const keysPath = '/api/v0/auth/apikeys/'
const keyPath = '/api/v0/auth/apikeys/{id}/'

export const keyEndpoints = [
  defineAction({
    id: 'api.apikey.create',
    method: 'POST',
    path: keysPath,
    body: newKeyBody,
    response: createdKey,
    async handle(context, caller, { body }) {
      const issued = await createKey(context, caller, {
        name: body.name ?? null,
        permissions: body.permissions,
        keyParams: body.key_params,
        expiresAt: readExpiry(body, context),
        notBefore: readOptionalInstant(body.not_before) ?? null,
        addresses: body.ip_whitelist ?? null,
        ...(body.disabled !== undefined && { disabled: body.disabled }),
      })
      return { ...printKey(context, issued.key), ...done, key: issued.secret, api_key: issued.secret }
    },
  }),
  defineAction({
    id: 'api.apikey.list',
    method: 'GET',
    path: keysPath,
    query: keyQuery,
    packed: true,
    response: Type.Object({
      apikeys: Type.Array(keyObject),
      total: Type.Integer({ description: 'how many there are on all pages together' }),
    }),
    async handle(context, caller, { query }) {
      const asked = readKeyQuery(query)
      const { keys, total } = asked ? await pageKeys(context, caller, asked) : await listAllKeys(context, caller)
      return { apikeys: keys.map((key) => printKey(context, key)), total }
    },
  }),
  defineAction({
    id: 'api.apikey.show',
    method: 'GET',
    path: keyPath,
    response: shownKey,
    async handle(context, caller, { params }) {
      const key = await getKey(context, caller, params.id)
      return { ...printKey(context, key), ...done, apikey_id: key.id }
    },
  }),
  defineAction({
    id: 'api.apikey.update',
    method: 'PUT',
    path: keyPath,
    body: changesBody,
    response: changedKey,
    async handle(context, caller, { params, body }) {
      const key = await updateKey(context, caller, params.id, readChanges(body))
      return { ...printKey(context, key), ...done }
    },
  }),
  defineAction({
    id: 'api.apikey.delete',
    method: 'DELETE',
    path: keyPath,
    response: Type.Literal(deleted),
    async handle(context, caller, { params }) {
      await deleteKey(context, caller, params.id)
      return deleted
    },
  }),
  defineAction({
    id: 'api.apikey.reset_one',
    method: 'PUT',
    path: '/api/v0/auth/apikeys/{id}/reset/',
    response: newSecret,
    handle: async (context, caller, { params }) => printReset(await resetKey(context, caller, params.id)),
  }),
  defineAction({
    id: 'api.apikey.reset',
    method: 'PUT',
    path: '/api/v0/commands/reset_apikey/',
    response: newSecret,
    // Whatever the body names, it is the presenting key that is reset (decision A16).
    async handle(context, caller) {
      const { principal } = caller
      if (principal.kind !== 'key') {
        throw new Fault('bad_request', 'A console session has no API Key of its own to reset: reset one by its id.')
      }
      return printReset(await resetKey(context, caller, principal.key.id))
    },
  }),
]

async function listAllKeys(context: Context, caller: Caller): Promise<KeyPage> {
  const keys = await listKeys(context, caller)
  return { keys, total: keys.length }
}

function readExpiry({ expires_at, expires_in }: Static<typeof newKeyBody>, { now }: Context): Date | null {
  const asked = expires_in ?? null
  if (asked === null) return readOptionalInstant(expires_at) ?? null
  if (expires_at !== undefined && expires_at !== null) {
    throw new Fault('bad_request', 'expires_at and expires_in are both given; give one of them.')
  }
  return new Date(now() + Math.ceil(asked * 1000))
}

function readChanges(body: Static<typeof changesBody>): KeyChanges {
  const { name, permissions, disabled, ip_whitelist: addresses } = body
  const expiresAt = readOptionalInstant(body.expires_at)
  const notBefore = readOptionalInstant(body.not_before)
  const changes = {
    ...(name !== undefined && { name }),
    ...(permissions !== undefined && { permissions }),
    ...(disabled !== undefined && { disabled }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(addresses !== undefined && { addresses }),
  }
  if (Object.keys(changes).length > 0) return changes
  throw new Fault('bad_request', `Nothing to change: give at least one of ${Object.keys(settings).join(', ')}.`)
}

function readOptionalInstant(seconds: number | null | undefined): Date | null | undefined {
  return typeof seconds === 'number' ? readInstant(seconds) : seconds
}

function printReset({ key, secret }: Issued): Static<typeof newSecret> {
  return { ...done, id: key.id, new_api_key: secret, key: secret, api_key: secret }
}
