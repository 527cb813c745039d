/** Whatever a command throws, as what is said about it: a code, a message, a hint, and the exit code of the process. */
import { type ErrorCode, KeyporterError } from '@keyporter/sdk'
import { CommanderError } from 'commander'
import { ConfigError } from '../config/load.js'
import { Fault } from '../fault.js'

/** 0: done. 1: failed. 2: the command line or a setting cannot be used, and nothing was asked. 3: denied (401, 403). */
export type ExitCode = 0 | 1 | 2 | 3

export interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  readonly msg: string
  readonly hint?: string | undefined
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
}

/** What was written on the command line, or in a file that it names, cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | undefined

  constructor(msg: string, hint?: string) {
    super(msg)
    this.hint = hint
  }
}

/** The hint under each error of a server; null where its message says all there is. */
const hints: Readonly<Record<ErrorCode, string | null>> = {
  bad_request: null,
  invalid_permissions: '`keyporter show catalog` lists categories, endpoints and their parameters',
  missing_permissions: 'give the permissions of the key with --permission-file',
  invalid_key_params: '--key-params takes a JSON object with a member for each placeholder of the permission file',
  auth_error: 'store a key that is in force with `keyporter set api-key`',
  forbidden_origin: null,
  not_authorized: '`keyporter whoami` shows what this key may do; a key can do and give no more than that',
  not_in_catalog: '`keyporter show catalog` lists what permissions can name',
  not_found: '`keyporter show api-keys` lists the keys of this account',
  no_ssh_key: '`keyporter show ssh-keys` lists the ids',
  conflict: null,
  timeout: 'the server gave up waiting for the request; try again',
  too_large: null,
  unsupported_media_type: null,
  headers_too_large: null,
  rate_limited: 'wait a moment, then try again',
  internal: 'the log of the server has more, under the request id',
  outcome_unknown: 'look with `keyporter show api-keys` whether the change was kept before you repeat it',
  not_implemented: null,
  upstream_failed: 'the API behind the server cannot be reached',
  busy: 'wait a moment, then try again',
  upstream_timeout: 'the API behind the server takes too long',
  network_failed: 'is the server running at that address? Give another with --url or KEYPORTER_URL',
  network_timeout: 'unless the command only reads, look whether it was carried out before you repeat it',
  redirected: 'give the final address with --url or KEYPORTER_URL',
  bad_answer: 'is that the address of a Keyporter server? Give another with --url or KEYPORTER_URL',
  unknown: null,
}

const systemHints: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there, perhaps a Keyporter that still runs; KEYPORTER_PORT takes another port',
  EADDRNOTAVAIL: 'this machine does not have the address of KEYPORTER_HOST',
  EACCES: 'this user may not do that; look at the owner and the mode of the file or folder',
  ENOSPC: 'the disk is full',
}

const nativeModule = {
  msg: 'the native module better-sqlite3 is not built for this Node',
  hint: 'install again with the Node that runs keyporter, and let npm build it: --allow-scripts=better-sqlite3',
}

/** Describes what was thrown; null where it is no failure, as when help was asked for. */
export function describeFailure(thrown: unknown, keySource: string | null): Failure | null {
  if (thrown instanceof CommanderError) return describeUsage(thrown)
  if (thrown instanceof UsageError) return { exitCode: 2, code: 'usage', msg: thrown.message, hint: thrown.hint }
  if (thrown instanceof ConfigError) return { exitCode: 2, code: 'config', msg: thrown.message }
  if (thrown instanceof KeyporterError) return describeRefusal(thrown, keySource)
  if (thrown instanceof Fault) {
    // Does not compile once the server has a code that clients do not know.
    const code: ErrorCode = thrown.code
    return { exitCode: 1, code, msg: thrown.message }
  }
  if (isMissingNativeModule(thrown)) return { exitCode: 1, code: 'native_module', ...nativeModule }
  const { message, code } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { message: String(thrown) }
  return { exitCode: 1, code: 'failed', msg: message, hint: code === undefined ? undefined : systemHints[code] }
}

/** npm may have skipped its install script, or it was built for another version of Node. */
function isMissingNativeModule(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { code } = thrown as NodeJS.ErrnoException
  const missing = code === 'ERR_DLOPEN_FAILED' || (code === 'MODULE_NOT_FOUND' && thrown.message.includes('sqlite'))
  if (missing || thrown.message.startsWith('Could not locate the bindings file')) return true
  return isMissingNativeModule(thrown.cause)
}

function describeRefusal(error: KeyporterError, keySource: string | null): Failure {
  const { status, code, msg, reason, requestId } = error
  const used = keySource && `the key came from ${keySource}`
  const hint = code === 'auth_error' ? [used, hints[code]].filter(Boolean).join('; ') : hints[code]
  return {
    exitCode: status === 401 || status === 403 ? 3 : 1,
    code,
    msg,
    hint: hint ?? undefined,
    status: status ?? undefined,
    reason: reason ?? undefined,
    requestId: requestId ?? undefined,
  }
}

function describeUsage(error: CommanderError): Failure | null {
  if (error.exitCode === 0) return null
  const hint = '`keyporter --help` lists the commands, `keyporter COMMAND --help` their options'
  const msg = error.code === 'commander.help' ? 'A command is missing.' : cutArguments(error.message)
  return { exitCode: 2, code: 'usage', msg, hint }
}

/** A mistyped command line may hold a secret, so that what looks like one is not repeated. */
function cutArguments(message: string): string {
  return message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/(--?[\w-]+)=[^']*/g, '$1=…')
    .replaceAll(/[A-Za-z0-9_+/]{20,}/g, '…')
}
