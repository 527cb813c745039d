/** Rows of flows to a provider that were spent, so that each is spent once; for as long as it could be tried again. */
import type { Db } from './tables.js'

export interface SpentFlow {
  /** Of what the browser's cookie held. */
  readonly digest: string
  readonly expiresAt: Date
}

/** Spends a flow, and forgets those that are over; of several who try, one gets true. */
export async function spendFlow(db: Db, { digest, expiresAt }: SpentFlow, nowMs: number): Promise<boolean> {
  await db.deleteFrom('spent_flows').where('expires_at', '<=', nowMs).execute()
  const row = await db
    .insertInto('spent_flows')
    .values({ digest, expires_at: expiresAt.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .returning('digest')
    .executeTakeFirst()
  return row !== undefined
}
