/** A key as the wire has it (wire contract section 3): the same object in a list, alone, and where it was just made. */
import { type ApiKey, isFull, printBlock, printPermissions } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import type { Context } from '../../actions/context.js'
import { nullable, printInstant, printOptionalInstant } from './fields.js'

const instant = Type.Integer({ description: 'seconds since 1970, UTC' })

export const permissionDocument = Type.Object(
  { api: Type.Record(Type.String(), Type.Unknown()) },
  { description: 'a permission document, see docs/permissions.md' },
)

export const keyObject = Type.Object(
  {
    id: Type.Integer(),
    user_id: Type.Integer({ description: 'the account' }),
    key: Type.Null({ description: 'the secret is shown once, when it is made' }),
    key_type: Type.Literal('api'),
    name: nullable(Type.String()),
    permissions: permissionDocument,
    rights: Type.Enum(['full', 'scoped']),
    team_id: Type.Null(),
    team_name: Type.Null(),
    team_owner: Type.Null(),
    created_at: instant,
    created_by_key_id: nullable(Type.Integer()),
    hint: Type.String({ description: 'prefix and last four characters of the secret' }),
    primary: Type.Boolean({ description: "the account's first key, which cannot be deleted" }),
    expires_at: nullable(instant),
    expired: Type.Boolean(),
    not_before: nullable(instant),
    disabled: Type.Boolean(),
    disabled_at: nullable(instant),
    reset_at: nullable(instant),
    last_used_at: nullable(instant),
    last_used_address: nullable(Type.String()),
    ip_whitelist: nullable(Type.Array(Type.String())),
    key_params: Type.Optional(Type.Unknown({ description: 'as given at creation; missing when none was' })),
  },
  { additionalProperties: false },
)

export function printKey({ catalog, now }: Context, key: ApiKey): Static<typeof keyObject> {
  return {
    id: key.id,
    user_id: key.accountId,
    key: null,
    key_type: 'api',
    name: key.name,
    permissions: printPermissions(key.permissions),
    rights: isFull(key.permissions, catalog) ? 'full' : 'scoped',
    team_id: null,
    team_name: null,
    team_owner: null,
    created_at: printInstant(key.createdAt),
    created_by_key_id: key.createdByKeyId,
    hint: key.hint,
    primary: key.primary,
    expires_at: printOptionalInstant(key.expiresAt),
    expired: key.expiresAt !== null && now() >= key.expiresAt.getTime(),
    not_before: printOptionalInstant(key.notBefore),
    disabled: key.disabledAt !== null,
    disabled_at: printOptionalInstant(key.disabledAt),
    reset_at: printOptionalInstant(key.resetAt),
    last_used_at: printOptionalInstant(key.lastUsedAt),
    last_used_address: key.lastUsedAddress,
    ip_whitelist: key.addresses?.map(printBlock) ?? null,
    ...(key.keyParams !== undefined && { key_params: key.keyParams }),
  }
}
