/** `create|update|delete ssh-key` and `show ssh-keys`. */
import { readFileSync } from 'node:fs'
import { printSshKey, type SshKey } from '@keyporter/sdk'
import type { Command } from 'commander'
import { parseId } from './arguments.js'
import { UsageError } from './failure.js'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { printMinute, renderRecord, renderTable } from './table.js'

const keyWords = 'the public key, or the file with it'

export function addSshKeyCommands(program: Command, session: Session): void {
  addVerb(program, 'create')
    .command('ssh-key')
    .description('add a public SSH key to the account')
    .argument('<key>', keyWords)
    .action((text: string) => createSshKey(session, text))
  addVerb(program, 'show')
    .command('ssh-keys')
    .description('list the public SSH keys of the account')
    .action(() => showSshKeys(session))
  addVerb(program, 'update')
    .command('ssh-key')
    .description('put another public SSH key in the place of one')
    .argument('<id>', 'id of the SSH key', parseId)
    .argument('<key>', keyWords)
    .action((id: number, text: string) => updateSshKey(session, id, text))
  addVerb(program, 'delete')
    .command('ssh-key')
    .description('delete a public SSH key of the account')
    .argument('<id>', 'id of the SSH key', parseId)
    .action((id: number) => deleteSshKey(session, id))
}

async function createSshKey({ openClient, output }: Session, text: string): Promise<void> {
  const sshKey = await openClient().createSshKey(readPublicKey(text))
  output.note(`created ssh key ${sshKey.id}`)
  output.result({ success: true, key: printSshKey(sshKey) }, renderSshKey(sshKey))
}

async function showSshKeys({ openClient, output }: Session): Promise<void> {
  const sshKeys = await openClient().showSshKeys()
  const rows = sshKeys.map((sshKey) => {
    const { type, comment } = describeKey(sshKey)
    return [sshKey.id, type, comment, sshKey.fingerprint.slice(0, 19), printMinute(sshKey.createdAt)]
  })
  output.result(sshKeys.map(printSshKey), renderTable(['ID', 'TYPE', 'COMMENT', 'FINGERPRINT', 'CREATED'], rows))
}

async function updateSshKey({ openClient, output }: Session, id: number, text: string): Promise<void> {
  const sshKey = await openClient().updateSshKey(id, readPublicKey(text))
  output.note(`updated ssh key ${id}`)
  output.result({ success: true, key: printSshKey(sshKey) }, renderSshKey(sshKey))
}

async function deleteSshKey({ openClient, output }: Session, id: number): Promise<void> {
  await openClient().deleteSshKey(id)
  output.note(`deleted ssh key ${id}`)
  output.result({ success: true, id }, [])
}

/** A private key is not sent anywhere. */
function readPublicKey(argument: string): string {
  const text = /^(?:ssh-|ecdsa-|sk-)\S* |-----BEGIN/.test(argument.trim()) ? argument : readKeyFile(argument)
  if (!/-----BEGIN|PRIVATE KEY/.test(text)) return text
  throw new UsageError('this is a private key, and was not sent', 'the public one is in the file that ends in .pub')
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `the argument is no public key, and no file that can be read (${(error as NodeJS.ErrnoException).code ?? '?'})`,
      'give the key as in "ssh-ed25519 AAAA... name", or a file such as ~/.ssh/id_ed25519.pub',
    )
  }
}

function renderSshKey(sshKey: SshKey): string[] {
  const { type, comment } = describeKey(sshKey)
  return renderRecord([
    ['id', sshKey.id],
    ['type', type],
    ['comment', comment],
    ['fingerprint', sshKey.fingerprint],
  ])
}

function describeKey({ publicKey }: SshKey): { readonly type: string; readonly comment: string | null } {
  const [type = '', , ...comment] = publicKey.split(' ')
  return { type, comment: comment.join(' ') || null }
}
