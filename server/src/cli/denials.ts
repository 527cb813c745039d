/** `show denials`: what keys of the account were refused lately. */
import { printDenial } from '@keyporter/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { printSecond, renderTable } from './table.js'

export function addDenialCommands(program: Command, session: Session): void {
  addVerb(program, 'show')
    .command('denials')
    .description('list the newest refused requests of the account; `explain` tells more about one')
    .option('--limit <count>', 'how many at most', parseLimit, 20)
    .action(({ limit }: { limit: number }) => showDenials(session, limit))
}

async function showDenials({ openClient, output }: Session, limit: number): Promise<void> {
  const denials = await openClient().showDenials({ limit })
  const rows = denials.map(({ at, keyId, keyName, method, path, status, reason, address }) => [
    printSecond(at),
    keyId === null ? 'session' : `${keyId}${keyName === null ? '' : ` (${keyName})`}`,
    method,
    path,
    `${status} ${reason}`,
    address,
  ])
  output.result(
    { denials: denials.map(printDenial) },
    renderTable(['AT', 'KEY', 'METHOD', 'PATH', 'REFUSED', 'FROM'], rows),
  )
}

function parseLimit(text: string): number {
  if (/^[1-9][0-9]{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number from 1 to 200.')
}
