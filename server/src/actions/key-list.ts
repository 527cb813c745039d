/** Looking through the keys of an account: a page of those that match, in one order. */
import { type ApiKey, type Catalog, isFull } from '@keyporter/core'
import { type KeyFilter, type KeyListQuery, type KeySort, listDistinctDocuments, queryKeys } from '../store/key-list.js'
import { readDocument } from '../store/keys.js'
import type { Db } from '../store/tables.js'
import type { Caller, Context } from './context.js'
import { checkText } from './texts.js'

export type { KeySort }

/**
 * `active`: in force now. `expiring`: in force, and over within 14 days. `expired` and `disabled` exclude each other: what
 * is disabled is that. `full`: full access under the catalog of today. `unused`: neither used nor made for some days.
 */
export const keyStatuses = ['active', 'expiring', 'expired', 'disabled', 'full', 'unused'] as const
export type KeyStatus = (typeof keyStatuses)[number]

export interface KeyListInput extends Omit<KeyListQuery, 'filter'> {
  readonly status: KeyStatus | null
  /** For the status `unused`. */
  readonly unusedDays: number
}

export interface KeyPage {
  readonly keys: readonly ApiKey[]
  /** Of all pages. */
  readonly total: number
}

const dayMs = 86_400_000
const expiringDays = 14
const maxSearchLength = 255
/** More spellings of full access than any account has. */
const maxFullDocuments = 10_000

/** A page of the keys of the caller's account that are not deleted. Faults: `bad_request`. */
export async function pageKeys(context: Context, { principal }: Caller, input: KeyListInput): Promise<KeyPage> {
  const accountId = principal.account.id
  const search = input.search && checkText('search', input.search, maxSearchLength)
  return context.store.read(async (db) => {
    const filter = await findFilter(context, db, accountId, input)
    return queryKeys(db, accountId, { ...input, search, filter })
  })
}

async function findFilter(
  { catalog, now }: Context,
  db: Db,
  accountId: number,
  { status, unusedDays }: KeyListInput,
): Promise<KeyFilter | null> {
  const at = now()
  if (status === 'full') return { kind: 'documents', documents: await listFullDocuments(catalog, db, accountId) }
  if (status === 'unused') return { kind: 'unused', since: at - unusedDays * dayMs }
  if (status === 'expiring') return { kind: 'expiring', at, until: at + expiringDays * dayMs }
  return status && { kind: status, at }
}

/** What is full depends on the catalog, so each of an account's documents is judged; many keys have the same. */
async function listFullDocuments(catalog: Catalog, db: Db, accountId: number): Promise<string[]> {
  const documents = await listDistinctDocuments(db, accountId)
  return documents.filter((document) => isFull(readDocument(document), catalog)).slice(0, maxFullDocuments)
}
