/**
 * Brings a database to the schema of this program, under the writers' lock, all steps in one transaction. A database that
 * is newer than the program is refused: this program cannot know what its rows mean.
 */
import { type Engine, StoreError } from './engine.js'
import type { Migration } from './migrations.js'
import type { Db } from './tables.js'

/** Applies what is missing. Throws `StoreError` for a database that holds steps this program does not know. */
export function migrate(engine: Engine, migrations: readonly Migration[]): Promise<void> {
  const apply = async (db: Db) => {
    const applied = await listApplied(db)
    for (const step of applied) refuseUnknown(step, migrations)
    for (const [index, migration] of migrations.entries()) {
      const number = index + 1
      if (applied.some((step) => step.number === number)) continue
      await migration.apply(db, engine)
      await db.insertInto('migrations').values({ number, name: migration.name, applied_at: Date.now() }).execute()
    }
  }
  return engine.write(apply, { unhurried: true })
}

async function listApplied(db: Db): Promise<{ number: number; name: string }[]> {
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute()
  return db.selectFrom('migrations').select(['number', 'name']).orderBy('number').execute()
}

function refuseUnknown({ number, name }: { number: number; name: string }, migrations: readonly Migration[]): void {
  if (migrations[number - 1]?.name === name) return
  throw new StoreError(
    `The database is newer than this program: it has the schema step ${number} (${name}), which this program does not know. ` +
      `Run the version of Keyporter that made it, or a later one.`,
  )
}
