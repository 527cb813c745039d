/**
 * The change log: one row for each write that can alter a decision, written in its transaction. Writers are serialised,
 * so the order of `seq` is the order of commits. The newest row is never trimmed.
 */
import type { Change, Position, Standing, Touch } from '@keyporter/sdk'
import type { AliasableExpression } from 'kysely'
import { leaseName } from './settings.js'
import type { Db } from './tables.js'

export interface NewChange {
  /** Random, so that a log which was put back to an older state is recognised. */
  readonly tag: string
  readonly touches: readonly Touch[]
  /** A secret came into being: what was unknown may be known now. */
  readonly dropsNegatives: boolean
  readonly at: Date
}

/** A change as it was written. */
export interface Logged {
  readonly seq: number
  /** The largest lease that any verifier may count with: how long a revoker waits at most. */
  readonly leaseMs: number
}

/**
 * Writes a change, tells other processes of it by `announcement` with the COMMIT, and reads the largest lease under the
 * writers' lock: one statement, since all who write wait for it. No shorter than the setting either: a second line of
 * defence that costs nothing.
 */
export async function appendChange(
  db: Db,
  change: NewChange,
  announcement: AliasableExpression<unknown>,
): Promise<Logged> {
  const { seq, largest, setting } = await db
    .insertInto('changes')
    .values({
      tag: change.tag,
      touches: JSON.stringify(change.touches),
      drops_negatives: change.dropsNegatives ? 1 : 0,
      at: change.at.getTime(),
    })
    .returning(({ selectFrom }) => [
      'seq',
      selectFrom('verifiers')
        .select(({ fn }) => fn.max('lease_ms').as('largest'))
        .as('largest'),
      selectFrom('settings').select('value').where('name', '=', leaseName).as('setting'),
      announcement.as('announced'),
    ])
    .executeTakeFirstOrThrow()
  return { seq, leaseMs: Math.max(largest ?? 0, Number(setting ?? 0)) }
}

export async function getNewestPosition(db: Db): Promise<Position> {
  return db.selectFrom('changes').select(['seq', 'tag']).orderBy('seq', 'desc').limit(1).executeTakeFirstOrThrow()
}

/** Whether the log holds this very row: not when it was trimmed, nor in a log that went another way. */
export async function hasChange(db: Db, { seq, tag }: Position): Promise<boolean> {
  const row = await db.selectFrom('changes').select('tag').where('seq', '=', seq).executeTakeFirst()
  return row?.tag === tag
}

/**
 * The changes after a verifier's position, in order, at most `limit`: null when the log does not hold that very row, or
 * there is no such registration, or not yet that renewal. One statement, so that all of it is of one snapshot.
 */
export async function listChangesAfter(
  db: Db,
  { verifierId, position, cycle }: Standing,
  limit: number,
): Promise<Change[] | null> {
  const rows = await db
    .selectFrom('changes')
    .selectAll()
    .where('seq', '>=', position.seq)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('verifiers').select('id').where('id', '=', verifierId).where('cycle', '>=', cycle)),
    )
    .orderBy('seq')
    .limit(limit + 1)
    .execute()
  const own = rows.shift()
  if (own?.seq !== position.seq || own.tag !== position.tag) return null
  return rows.map((row) => ({
    seq: row.seq,
    tag: row.tag,
    touches: JSON.parse(row.touches) as Touch[],
    dropsNegatives: row.drops_negatives === 1,
  }))
}

export async function countChangesAfter(db: Db, seq: number): Promise<number> {
  const { count } = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('seq', '>', seq)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Drops rows below what any registration holds, and never the newest. */
export async function trimChanges(db: Db): Promise<void> {
  await db
    .deleteFrom('changes')
    .where('seq', '<', (expression) => expression.selectFrom('changes').select(({ fn }) => fn.max('seq').as('newest')))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('verifiers').select('id').whereRef('verifiers.reported_seq', '<=', 'changes.seq'))),
    )
    .execute()
}
