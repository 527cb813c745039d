/** The registry: one row for each verifier that may decide from memory, and what it has acknowledged. */
import type { Position, Renewal, Standing } from '@keyporter/sdk'
import type { Expression, ExpressionBuilder } from 'kysely'
import type { Db, Tables, VerifierRow } from './tables.js'

export interface NewRegistration {
  readonly id: string
  readonly host: string
  readonly position: Position
  readonly leaseMs: number
  readonly at: Date
}

export async function insertRegistration(db: Db, { id, host, position, leaseMs, at }: NewRegistration): Promise<void> {
  await db
    .insertInto('verifiers')
    .values({
      id,
      host,
      lease_ms: leaseMs,
      renewals: 0,
      cycle: 0,
      reported_seq: position.seq,
      reported_tag: position.tag,
      registered_at: at.getTime(),
      renewed_at: at.getTime(),
      reported_at: at.getTime(),
    })
    .execute()
}

export async function findRegistration(db: Db, id: string): Promise<VerifierRow | null> {
  return (await db.selectFrom('verifiers').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

export async function listRegistrations(db: Db): Promise<VerifierRow[]> {
  return db.selectFrom('verifiers').selectAll().orderBy('registered_at').orderBy('id').execute()
}

/**
 * Confirms a registration and says when; null when it is gone, the log does not hold its position, or a later renewal came
 * first. Without `mayRaise`, which takes the writers' lock, also when it would raise the lease of the row as it stands at
 * this very write.
 */
export async function renewRegistration(
  db: Db,
  renewal: Renewal,
  clock: Expression<number>,
  mayRaise: boolean,
): Promise<number | null> {
  const renewed = await db
    .updateTable('verifiers')
    .set((expression) => ({
      lease_ms: renewal.leaseMs,
      cycle: renewal.cycle,
      renewals: expression('renewals', '+', 1),
      renewed_at: clock,
    }))
    .where('id', '=', renewal.verifierId)
    .where('cycle', '<', renewal.cycle)
    .where(holds(renewal.position))
    .$if(!mayRaise, (query) => query.where('lease_ms', '>=', renewal.leaseMs))
    .returning('renewed_at')
    .executeTakeFirst()
  return renewed?.renewed_at ?? null
}

/** Writes what a verifier has applied, where the log holds it. It never goes down. */
export async function reportPosition(db: Db, id: string, position: Position, clock: Expression<number>): Promise<void> {
  await db
    .updateTable('verifiers')
    .set({ reported_seq: position.seq, reported_tag: position.tag, reported_at: clock })
    .where('id', '=', id)
    .where('reported_seq', '<=', position.seq)
    .where(holds(position))
    .execute()
}

/** Whether what is read here is not older than where a verifier stands. */
export async function holdsStanding(db: Db, { verifierId, position, cycle }: Standing): Promise<boolean> {
  const row = await db
    .selectFrom('verifiers')
    .select('id')
    .where('id', '=', verifierId)
    .where('cycle', '>=', cycle)
    .where(holds(position))
    .executeTakeFirst()
  return row !== undefined
}

/** Whether the log holds this very row. */
function holds({ seq, tag }: Position) {
  return ({ exists, selectFrom }: ExpressionBuilder<Tables, 'verifiers'>) =>
    exists(selectFrom('changes').select('seq').where('seq', '=', seq).where('tag', '=', tag))
}

export async function deleteRegistration(db: Db, id: string): Promise<void> {
  await db.deleteFrom('verifiers').where('id', '=', id).execute()
}

/** Removes a registration only while its renewal counter still holds this value. */
export async function sweepRegistration(db: Db, id: string, renewals: number): Promise<void> {
  await db.deleteFrom('verifiers').where('id', '=', id).where('renewals', '=', renewals).execute()
}

/** Writes a row of this process, so that the COMMIT around it proves that the database is the primary. */
export async function confirmPrimary(db: Db, name: string, at: Date): Promise<void> {
  await db
    .insertInto('confirmations')
    .values({ name, at: at.getTime() })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ at: at.getTime() }))
    .execute()
}
