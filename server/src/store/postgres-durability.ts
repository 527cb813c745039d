/** Whether a PostgreSQL is set so that it keeps what it acknowledged: what the revocation protocol assumes of it. */
import { sql } from 'kysely'
import type { Db } from './tables.js'

interface Settings {
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  readonly synchronous_standby_names: string
  readonly standbys: number
}

/** A sentence for each setting by which a crash or a failover may lose an acknowledged commit; none when all are right. */
export async function describeDurability(db: Db): Promise<string[]> {
  const { rows } = await sql<Settings>`
    select current_setting('fsync') as fsync,
      current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit,
      current_setting('synchronous_standby_names') as synchronous_standby_names,
      (
        select count(*) from pg_stat_replication
        left join pg_replication_slots on active_pid = pid
        where coalesce(slot_type, 'physical') = 'physical'
      ) as standbys
  `.execute(db)
  return [...listProblems(rows[0]!)]
}

function* listProblems(settings: Settings): Generator<string> {
  const { synchronous_commit: commit, synchronous_standby_names: names, standbys } = settings
  if (settings.fsync !== 'on') yield 'fsync is off: a crash of the machine can lose or corrupt what was acknowledged.'
  if (settings.full_page_writes !== 'on')
    yield 'full_page_writes is off: a crash of the machine can corrupt the database.'
  if (commit === 'off') yield 'synchronous_commit is off: a crash can lose what was acknowledged, revocations among it.'
  if (commit === 'local' && (standbys > 0 || names !== '')) {
    yield 'synchronous_commit is local: a failover to a standby can lose what was acknowledged, revocations among it.'
  }
  if (names === '' && standbys > 0) {
    yield 'synchronous_standby_names is empty while standbys are connected: a failover to one can lose what was acknowledged.'
  }
}
