/** `show user` and `whoami`. */
import { printAccount, printApiKey, printUser } from '@keyporter/sdk'
import type { Command } from 'commander'
import { renderKey } from './key-view.js'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { renderRecord } from './table.js'

export function addUserCommands(program: Command, session: Session): void {
  addVerb(program, 'show')
    .command('user')
    .description('show the account of the key')
    .action(() => showUser(session))
  program
    .command('whoami')
    .description('show the key that is used for this command, and what it may do')
    .action(() => showCaller(session))
}

async function showUser(session: Session): Promise<void> {
  const user = await session.openClient().showUser()
  const lines = renderRecord([
    ['id', user.id],
    ['email', user.email],
    ['username', user.username],
    ['fullname', user.fullname],
    ['credit', user.credit],
    ['balance', user.balance],
    ['ssh key', user.sshKey],
  ])
  session.output.result(printUser(user), lines)
}

async function showCaller(session: Session): Promise<void> {
  const { key, account } = await session.openClient().whoami()
  // This program presents keys alone.
  if (!key) throw new Error('a key was presented, and the server does not know which')
  const lines = renderKey(key, new Date())
  session.output.result({ key: printApiKey(key), account: printAccount(account) }, lines)
}
