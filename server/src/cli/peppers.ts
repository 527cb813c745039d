/** `show peppers`: which peppers keys, sessions and sign-in links stand under, by the database of this machine. Shows ids, never a pepper. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { UsageError } from './failure.js'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { renderTable } from './table.js'

export function addPepperCommands(program: Command, session: Session): void {
  addVerb(program, 'show')
    .command('peppers')
    .description('list the peppers with what stands under each, by the database of this machine')
    .action(() => showPeppers(session))
}

async function showPeppers({ loadConfig, openLocalContext, output }: Session): Promise<void> {
  const config = loadConfig()
  // What only looks must not make a database.
  if (!existsSync(config.dataDir)) {
    throw new UsageError(
      `there is no data folder ${resolve(config.dataDir)}`,
      'run this where the server runs, or set KEYPORTER_DATA_DIR',
    )
  }
  const { context, close } = await openLocalContext(config, { checksPeppers: false })
  try {
    const { listPeppers } = await import('../actions/peppers.js')
    const peppers = await listPeppers(context)
    const rows = peppers.map(({ id, state, keys, sessions, links }) => [id, state, keys, sessions, links])
    output.result({ peppers }, renderTable(['PEPPER', 'STATE', 'KEYS', 'SESSIONS', 'LINKS'], rows))
  } finally {
    await close()
  }
}
