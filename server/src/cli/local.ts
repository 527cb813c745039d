/** Commands that work on the database of this machine. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Context } from '../actions/context.js'
import { UsageError } from './failure.js'
import type { Session } from './session.js'

/** Opens the database for `work`. A usage error where there is none. */
export async function withContext<T>(session: Session, work: (context: Context) => Promise<T>): Promise<T> {
  const config = session.loadConfig()
  // In the wrong folder a command would make a new database, and a key that no server knows.
  if (!existsSync(config.dataDir)) {
    throw new UsageError(
      `there is no data folder ${resolve(config.dataDir)}`,
      'run this where the server runs, or set KEYPORTER_DATA_DIR; `keyporter serve` makes the folder',
    )
  }
  const { context, close } = await session.openLocalContext(config)
  try {
    return await work(context)
  } finally {
    await close()
  }
}
