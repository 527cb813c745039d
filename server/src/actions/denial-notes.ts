/**
 * Denials that are noted and not written yet: so many of an account, so many in all. In an account that is full, whoever has
 * the most noted gives way to the others, as in the store: a noisy key takes what nobody else needs.
 */
import type { DenialRow } from '../store/denials.js'

export interface DenialNotes {
  /** `makeRow` is called if there is room. */
  add(whose: DenialSource, makeRow: () => DenialRow): void
  /** All that are noted. */
  list(): DenialRow[]
  /** Forgets rows that were written. */
  remove(rows: readonly DenialRow[]): void
}

/** Whose denials share a place: those of one key, or of one session. */
export type DenialSource = Pick<DenialRow, 'accountId' | 'keyId' | 'sessionId'>

interface Account {
  count: number
  readonly sources: Map<string, DenialRow[]>
}

export function openDenialNotes(maxOfAccount: number, maxInAll: number): DenialNotes {
  const accounts = new Map<number, Account>()
  let all = 0

  const drop = (accountId: number, source: string, index: number) => {
    const account = accounts.get(accountId)
    const rows = account?.sources.get(source)
    if (!account || !rows || index < 0) return
    rows.splice(index, 1)
    account.count--
    all--
    if (rows.length === 0) account.sources.delete(source)
    if (account.count === 0) accounts.delete(accountId)
  }
  const makeRoom = (accountId: number, account: Account, own: number): boolean => {
    if (account.count < maxOfAccount) return all < maxInAll
    const [source, most] = findLoudest(account)
    if (most <= own + 1) return false
    drop(accountId, source, 0)
    return true
  }

  return {
    add(whose, makeRow) {
      const { accountId } = whose
      const source = nameSource(whose)
      const account = accounts.get(accountId) ?? { count: 0, sources: new Map<string, DenialRow[]>() }
      const rows = account.sources.get(source) ?? []
      if (!makeRoom(accountId, account, rows.length)) return
      rows.push(makeRow())
      account.sources.set(source, rows)
      account.count++
      all++
      accounts.set(accountId, account)
    },
    list: () => [...accounts.values()].flatMap(({ sources }) => [...sources.values()].flat()),
    remove(rows) {
      for (const row of rows) {
        const source = nameSource(row)
        drop(row.accountId, source, accounts.get(row.accountId)?.sources.get(source)?.indexOf(row) ?? -1)
      }
    },
  }
}

function findLoudest({ sources }: Account): [source: string, count: number] {
  let loudest: [string, number] = ['', 0]
  for (const [source, { length }] of sources) if (length > loudest[1]) loudest = [source, length]
  return loudest
}

function nameSource({ keyId, sessionId }: DenialSource): string {
  return keyId === null ? `session ${sessionId}` : `key ${keyId}`
}
