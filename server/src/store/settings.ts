/** What all processes of one installation agree on: kept in the store, only initialised from the environment. */
import type { Db } from './tables.js'

/** The lease of all verifiers, in milliseconds. */
export const leaseName = 'lease_ms'

/** The lease that is in force; the one given is written where there is none yet. */
export async function initialiseLease(db: Db, leaseMs: number): Promise<number> {
  await db
    .insertInto('settings')
    .values({ name: leaseName, value: String(leaseMs) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return getLease(db)
}

export async function getLease(db: Db): Promise<number> {
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', leaseName)
    .executeTakeFirstOrThrow()
  return Number(value)
}
