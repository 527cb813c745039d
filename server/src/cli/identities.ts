/** `link-identity` and `unlink-identity`: for whoever can open the database. No server is asked. */
import type { Command } from 'commander'
import type { Identity } from '../actions/identities.js'
import { UsageError } from './failure.js'
import { withContext } from './local.js'
import type { Session } from './session.js'
import { renderRecord } from './table.js'

interface NameOptions {
  readonly issuer?: string
  readonly subject: string
}

const issuerWords = 'issuer of the OpenID provider; KEYPORTER_OIDC_ISSUER unless given'
const subjectWords = 'what the provider knows the person by: sub in its tokens'

export function addIdentityCommands(program: Command, session: Session): void {
  program
    .command('link-identity')
    .description('let a person sign in by an OpenID provider, by the database of this machine')
    .requiredOption('--account <email>', 'email of the account')
    .option('--issuer <url>', issuerWords)
    .requiredOption('--subject <sub>', subjectWords)
    .action((options: NameOptions & { account: string }) => link(session, options))
  program
    .command('unlink-identity')
    .description('end that an identity signs anybody in, by the database of this machine')
    .option('--issuer <url>', issuerWords)
    .requiredOption('--subject <sub>', subjectWords)
    .action((options: NameOptions) => unlink(session, options))
}

async function link(
  session: Session,
  { account: email, ...options }: NameOptions & { account: string },
): Promise<void> {
  const name = readName(session, options)
  const identity = await withContext(session, async (context) =>
    (await import('../actions/identities.js')).linkLocally(context, { email, ...name }),
  )
  session.output.note(`linked identity ${identity.id} to account ${identity.userId} (${email})`)
  session.output.result({ success: true, ...printIdentity(identity) }, renderIdentity(identity))
}

async function unlink(session: Session, options: NameOptions): Promise<void> {
  const name = readName(session, options)
  const identity = await withContext(session, async (context) =>
    (await import('../actions/identities.js')).unlinkLocally(context, name),
  )
  session.output.note(`unlinked identity ${identity.id} from account ${identity.userId}`)
  session.output.result({ success: true, ...printIdentity(identity) }, renderIdentity(identity))
}

function readName(session: Session, { issuer, subject }: NameOptions): { issuer: string; subject: string } {
  const known = issuer ?? session.loadConfig().provider?.issuer
  if (known !== undefined) return { issuer: known, subject }
  throw new UsageError('there is no issuer', 'give --issuer, or set KEYPORTER_OIDC_ISSUER')
}

function printIdentity({ id, userId, issuer, subject }: Identity): Record<string, unknown> {
  return { id, account: userId, issuer, subject }
}

function renderIdentity({ id, userId, issuer, subject }: Identity): string[] {
  return renderRecord([
    ['id', id],
    ['account', userId],
    ['issuer', issuer],
    ['subject', subject],
  ])
}
