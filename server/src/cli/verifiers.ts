/** `show verifiers`: who decides from memory, and how far behind each is. */
import { printVerifier } from '@keyporter/sdk'
import type { Command } from 'commander'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { printSecond, renderTable } from './table.js'

export function addVerifierCommands(program: Command, session: Session): void {
  addVerb(program, 'show')
    .command('verifiers')
    .description('list the verifiers that are registered; the key needs the permission operate')
    .action(() => showVerifiers(session))
}

async function showVerifiers({ openClient, output }: Session): Promise<void> {
  const verifiers = await openClient().showVerifiers()
  const rows = verifiers.map(({ id, host, lag, leaseMs, renewedAt, acknowledgedAt }) => [
    id.slice(0, 8),
    host,
    lag,
    `${leaseMs} ms`,
    printSecond(renewedAt),
    printSecond(acknowledgedAt),
  ])
  output.result(
    { verifiers: verifiers.map(printVerifier) },
    renderTable(['VERIFIER', 'HOST', 'LAG', 'LEASE', 'LAST RENEWAL', 'LAST ACK'], rows),
  )
}
