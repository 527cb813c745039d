/** The query of the list of keys. Without any of its members all keys are listed, as old clients expect. */
import { type Static, Type } from 'typebox'
import { type KeyListInput, keyStatuses } from '../../actions/key-list.js'
import { choiceField, textField, wholeField } from './fields.js'

const defaultLimit = 100
const defaultUnusedDays = 30

export const keyQuery = Type.Object({
  limit: Type.Optional(wholeField(1, 1_000)),
  offset: Type.Optional(wholeField(0, 1_000_000_000)),
  search: Type.Optional(textField(255)),
  status: Type.Optional(choiceField(keyStatuses)),
  unused_days: Type.Optional(wholeField(1, 3_650)),
  sort: Type.Optional(choiceField(['id', 'name', 'created_at', 'last_used_at', 'expires_at'])),
  order: Type.Optional(choiceField(['asc', 'desc'])),
})

/** Null where nothing is asked for. */
export function readKeyQuery(query: Static<typeof keyQuery>): KeyListInput | null {
  if (Object.keys(query).length === 0) return null
  return {
    search: query.search || null,
    status: query.status ?? null,
    unusedDays: query.unused_days ?? defaultUnusedDays,
    sort: query.sort ?? 'id',
    descending: query.order === 'desc',
    limit: query.limit ?? defaultLimit,
    offset: query.offset ?? 0,
  }
}
