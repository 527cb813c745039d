/** `create|show|update|delete|reset|set api-key` and `show api-keys`. */
import { isPossibleSecret } from '@keyporter/core'
import { type ApiKeyChanges, type NewApiKey, type PermissionDocument, printApiKey } from '@keyporter/sdk'
import { type Command, Option } from 'commander'
import {
  checkKey,
  type None,
  parseAddressesOrNone,
  parseDuration,
  parseId,
  parseInstant,
  parseInstantOrNone,
  readBound,
  readJsonFile,
} from './arguments.js'
import { UsageError } from './failure.js'
import { handOver, orHandOver } from './issued.js'
import { findKeyPath, writeKeyFile } from './key-file.js'
import { renderKey, renderKeys } from './key-view.js'
import { addVerb } from './program.js'
import { readSecretInput } from './secret-input.js'
import type { Session } from './session.js'

interface CreateOptions {
  name?: string
  permissionFile?: string
  keyParams?: string
  expiresAt?: Date
  expiresIn?: number
  notBefore?: Date
  ipWhitelist?: string[] | None
  disabled?: boolean
}

interface UpdateOptions {
  name?: string
  permissionFile?: string
  disable?: boolean
  enable?: boolean
  expiresAt?: Date | None
  expiresIn?: number
  expiry: boolean
  notBefore?: Date | None
  ipWhitelist?: string[] | None
}

const permissionFile = () =>
  new Option('--permission_file, --permission-file <file>', 'JSON file with the permissions of the key')
const expiresIn = () =>
  new Option('--expires-in <duration>', 'lifetime from now: seconds, or 90m, 12h, 30d, 2w').argParser(parseDuration)
const addressList = () =>
  new Option('--ip_whitelist, --ip-whitelist <list>', 'addresses and CIDR blocks it may be used from, or none')

export function addKeyCommands(program: Command, session: Session): void {
  addVerb(program, 'create')
    .command('api-key')
    .description('create a key and print its secret, which is shown this once')
    .option('--name <name>', 'what people call it')
    .addOption(permissionFile())
    .option('--key_params, --key-params <json>', 'values for the placeholders of the permission file')
    .addOption(new Option('--expires-at <instant>', 'when it ends').argParser(parseInstant))
    .addOption(expiresIn().conflicts('expiresAt'))
    .addOption(new Option('--not-before <instant>', 'when it begins').argParser(parseInstant))
    .addOption(addressList().argParser(parseAddressesOrNone))
    .option('--disabled', 'create it disabled')
    .action((options: CreateOptions) => createKey(session, options))

  const show = addVerb(program, 'show')
  show
    .command('api-keys')
    .description('list the keys of the account')
    .action(() => showKeys(session))
  show
    .command('api-key')
    .description('show one key')
    .argument('<id>', 'id of the key', parseId)
    .action((id: number) => showKey(session, id))

  addVerb(program, 'update')
    .command('api-key')
    .description('change a key; what is not named stays as it is')
    .argument('<id>', 'id of the key', parseId)
    .option('--name <name>', 'what people call it')
    .addOption(permissionFile())
    .option('--disable', 'refuse it until it is enabled again')
    .addOption(new Option('--enable', 'end a --disable').conflicts('disable'))
    .addOption(new Option('--expires-at <instant>', 'when it ends, or none').argParser(parseInstantOrNone))
    .addOption(expiresIn().conflicts('expiresAt'))
    .addOption(new Option('--no-expiry', 'it does not end').conflicts(['expiresAt', 'expiresIn']))
    .addOption(new Option('--not-before <instant>', 'when it begins, or none').argParser(parseInstantOrNone))
    .addOption(addressList().argParser(parseAddressesOrNone))
    .action((id: number, options: UpdateOptions) => updateKey(session, id, options))

  addVerb(program, 'delete')
    .command('api-key')
    .description('delete a key; it is refused from then on')
    .argument('<id>', 'id of the key', parseId)
    .action((id: number) => deleteKey(session, id))

  addVerb(program, 'reset')
    .command('api-key')
    .description('give a key a new secret and print it; the old one is refused from then on')
    .argument('[id]', 'id of the key; without it, the key that is used for this command', parseId)
    .action((id: number | undefined) => resetKey(session, id))

  addVerb(program, 'set')
    .command('api-key')
    .description('store the key that commands use, read from a prompt or from stdin')
    .argument('[key]', 'the key itself; visible to other users of this machine while the command runs')
    .action((argument: string | undefined) => storeKey(session, argument))
}

async function createKey(session: Session, options: CreateOptions): Promise<void> {
  const { output } = session
  const input: NewApiKey = {
    ...(options.name !== undefined && { name: options.name }),
    ...(options.permissionFile !== undefined && { permissions: readPermissions(options.permissionFile) }),
    ...(options.keyParams !== undefined && { keyParams: options.keyParams }),
    ...(options.expiresAt && { expiresAt: options.expiresAt }),
    ...(options.expiresIn !== undefined && { expiresInSeconds: options.expiresIn }),
    ...(options.notBefore && { notBefore: options.notBefore }),
    ...(options.ipWhitelist && { ipWhitelist: readBound(options.ipWhitelist) }),
    ...(options.disabled && { disabled: true }),
  }
  const client = session.openClient()
  if (options.permissionFile === undefined) {
    output.warn(
      'no permission file: the key gets all rights of the key that creates it',
      'narrow it with --permission-file',
    )
  }
  const created = await orHandOver(output, () => client.createApiKey(input))
  const words = `created key ${created.id}${created.name === null ? '' : ` (${created.name})`}`
  handOver(output, created, words, printApiKey(created))
}

async function showKeys(session: Session): Promise<void> {
  const keys = await session.openClient().showApiKeys()
  session.output.result({ apikeys: keys.map(printApiKey) }, renderKeys(keys, new Date()))
}

async function showKey(session: Session, id: number): Promise<void> {
  const key = await session.openClient().showApiKey(id)
  session.output.result(printApiKey(key), renderKey(key, new Date()))
}

async function updateKey(session: Session, id: number, options: UpdateOptions): Promise<void> {
  const changes: ApiKeyChanges = {
    ...(options.name !== undefined && { name: options.name }),
    ...(options.permissionFile !== undefined && { permissions: readPermissions(options.permissionFile) }),
    ...((options.disable || options.enable) && { disabled: options.disable === true }),
    ...(options.expiresAt !== undefined && { expiresAt: readBound(options.expiresAt) }),
    ...(options.expiresIn !== undefined && { expiresAt: new Date(Date.now() + options.expiresIn * 1000) }),
    ...(!options.expiry && { expiresAt: null }),
    ...(options.notBefore !== undefined && { notBefore: readBound(options.notBefore) }),
    ...(options.ipWhitelist !== undefined && { ipWhitelist: readBound(options.ipWhitelist) }),
  }
  if (Object.keys(changes).length === 0) {
    throw new UsageError('nothing to change', '`keyporter update api-key --help` lists what can be changed')
  }
  const key = await session.openClient().updateApiKey(id, changes)
  session.output.note(`updated key ${id}`)
  session.output.result(printApiKey(key), renderKey(key, new Date()))
}

async function deleteKey(session: Session, id: number): Promise<void> {
  await session.openClient().deleteApiKey(id)
  session.output.note(`deleted key ${id}`)
  session.output.result({ success: true, id }, [])
}

async function resetKey(session: Session, id: number | undefined): Promise<void> {
  const { output } = session
  const client = session.openClient()
  const reset = await orHandOver(output, () => client.resetApiKey(id))
  const old = id === undefined ? ` (the old secret, from ${session.findKeySource()}, is refused from now on)` : ''
  handOver(output, reset, `reset key ${reset.id}${old}`, { new_api_key: reset.secret })
}

async function storeKey(session: Session, argument: string | undefined): Promise<void> {
  const { output } = session
  if (argument !== undefined) {
    output.warn(
      'other users of this machine can see arguments, and your shell may keep them',
      'leave the key out to be asked for it, or give it on stdin',
    )
  }
  const secret = argument?.trim() ?? (await readSecretInput(output, 'API key: '))
  output.hide(secret)
  checkKey(secret, argument === undefined ? 'stdin' : 'the argument')
  if (!isPossibleSecret(secret)) {
    output.warn('the checksum of this key is wrong', 'a character may be missing or mistyped')
  }
  const path = findKeyPath(session.environment)
  if (path === null) throw new UsageError('there is no home folder to keep the key in', 'set HOME or XDG_CONFIG_HOME')
  writeKeyFile(path, secret)
  output.note(`stored in ${path}`)
  if (session.environment.apiKey !== null && session.environment.apiKey !== secret) {
    output.warn('KEYPORTER_API_KEY or VAST_API_KEY is set, and is used before the stored key')
  }
  output.result({ success: true, path }, [])
}

function readPermissions(path: string): PermissionDocument {
  const document = readJsonFile(path)
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document
  throw new UsageError(`${path} does not hold a JSON object`, 'permissions look like {"api": {"instance_read": {}}}')
}
