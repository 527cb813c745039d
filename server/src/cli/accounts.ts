/** `admin-key`, `sign-in-link` and `create|suspend|resume account`: for whoever can open the database. No server is asked. */
import type { Command } from 'commander'
import type { Context } from '../actions/context.js'
import type { User } from '../actions/users.js'
import { describeConsoleUrl, printSignInLink } from '../config/console-url.js'
import { handOver, orHandOver } from './issued.js'
import { withContext } from './local.js'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { printSecond, renderRecord } from './table.js'

type Actions = typeof import('../actions/accounts.js')

export function addAccountCommands(program: Command, session: Session): void {
  program
    .command('admin-key')
    .description("issue a new full-access key of the operator's account, by the database of this machine")
    .action(() => issueKey(session))
  program
    .command('sign-in-link')
    .description(
      'print a link, good once and for a day, by which a user sets a password, by the database of this machine',
    )
    .option('--account <account>', "id or email; the operator's account unless given")
    .action(({ account }: { account?: string }) => issueLink(session, account))
  addVerb(program, 'create')
    .command('account')
    .description(
      'create an account and print the secret of its first key and a sign-in link, by the database of this machine',
    )
    .requiredOption('--email <email>', 'address of its user')
    .action(({ email }: { email: string }) => create(session, email))
  addVerb(program, 'suspend')
    .command('account')
    .description('refuse all keys of an account, by the database of this machine')
    .argument('<account>', 'id or email')
    .action((account: string) => suspend(session, account))
  addVerb(program, 'resume')
    .command('account')
    .description('end the suspension of an account, by the database of this machine')
    .argument('<account>', 'id or email')
    .action((account: string) => resume(session, account))
}

async function issueKey(session: Session): Promise<void> {
  const { output } = session
  const { key, secret } = await orHandOver(output, () =>
    withActions(session, ({ issueAdminKey }, context) => issueAdminKey(context)),
  )
  handOver(output, { id: key.id, secret }, `issued key ${key.id}`, {})
}

async function issueLink(session: Session, account: string | undefined): Promise<void> {
  const { output } = session
  const { user, linkToken } = await withActions(session, ({ createSignInLink }, context) =>
    createSignInLink(context, account === undefined ? null : readAccount(account)),
  )
  const link = printLink(session, linkToken)
  output.hide(linkToken)
  output.note(`made a sign-in link for account ${user.id} (${user.email}); it is good once, and for a day`)
  output.result({ success: true, account: printAccount(user), sign_in_link: link }, [link])
}

function printLink({ loadConfig }: Session, token: string): string {
  const config = loadConfig()
  return printSignInLink(config, describeConsoleUrl(config), token)
}

async function create(session: Session, email: string): Promise<void> {
  const { output } = session
  const { user, key, secret, linkToken } = await orHandOver(output, () =>
    withActions(session, ({ createAccount }, context) => createAccount(context, email)),
  )
  const words = `created account ${user.id} (${user.email}) with key ${key.id}`
  const link = printLink(session, linkToken)
  output.hide(linkToken)
  handOver(output, { id: key.id, secret }, words, { account: printAccount(user), sign_in_link: link }, [
    `sign-in link: ${link}`,
  ])
}

async function suspend(session: Session, account: string): Promise<void> {
  const user = await withActions(session, ({ suspendAccount }, context) =>
    suspendAccount(context, readAccount(account)),
  )
  session.output.note(`suspended account ${user.id}`)
  session.output.result(printAccount(user), renderAccount(user))
}

async function resume(session: Session, account: string): Promise<void> {
  const user = await withActions(session, ({ resumeAccount }, context) => resumeAccount(context, readAccount(account)))
  session.output.note(`resumed account ${user.id}`)
  session.output.result(printAccount(user), renderAccount(user))
}

function withActions<T>(session: Session, work: (actions: Actions, context: Context) => Promise<T>): Promise<T> {
  return withContext(session, async (context) => work(await import('../actions/accounts.js'), context))
}

function readAccount(text: string): number | string {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : text
}

function printAccount({ id, email, createdAt, suspendedAt }: User): Record<string, unknown> {
  return {
    id,
    email,
    created_at: createdAt.getTime() / 1000,
    suspended_at: suspendedAt && suspendedAt.getTime() / 1000,
  }
}

function renderAccount({ id, email, suspendedAt }: User): string[] {
  return renderRecord([
    ['id', id],
    ['email', email],
    ['suspended', printSecond(suspendedAt) ?? 'no'],
  ])
}
