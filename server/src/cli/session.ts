/** What every command is given: the words of the caller's environment, a voice, and ways to the server and the database. */
import { type Client, openClient } from '@keyporter/sdk'
import type { Context } from '../actions/context.js'
import type { Config } from '../config/load.js'
import { checkKey } from './arguments.js'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './failure.js'
import { findStoredKey } from './key-file.js'
import type { Output } from './output.js'

export interface RunningApp {
  readonly url: string
  readonly announcements: readonly string[]
  readonly failed: Promise<never>
  close(): Promise<void>
}

export interface LocalContext {
  readonly context: Context
  close(): Promise<void>
}

/** The parts of the program that the command line starts. They are loaded only when a command needs them. */
export interface Parts {
  readonly environment: CliEnvironment
  readonly loadConfig: () => Config
  readonly openApp: (config: Config) => Promise<RunningApp>
  readonly openCluster: (config: Config) => Promise<RunningApp>
  readonly openLocalContext: (config: Config, options?: { checksPeppers?: boolean }) => Promise<LocalContext>
}

/** Options that stand before or after any command. */
export interface GlobalOptions {
  readonly url?: string
  readonly apiKey?: string
  readonly json?: boolean
}

export interface Session extends Parts {
  readonly output: Output
  /** A client with the key of the caller; a usage error when there is none. */
  openClient(): Client
  /** A client for what is public: the caller's key is not sent. */
  openPublicClient(): Client
  /** Where the key that was used came from, in words; null when none was. */
  findKeySource(): string | null
}

interface Credential {
  readonly secret: string
  readonly source: string
}

const defaultUrl = 'http://127.0.0.1:7070'

/** Prepares a session. `readOptions` is called when a command runs, once the command line is read. */
export function openSession(parts: Parts, output: Output, version: string, readOptions: () => GlobalOptions): Session {
  let used: Credential | null = null

  function open(credential: Credential | null): Client {
    if (credential) {
      output.hide(credential.secret)
      checkKey(credential.secret, credential.source)
    }
    used = credential
    const { text: url, source } = findUrl(parts.environment, readOptions())
    try {
      return openClient({ url, key: credential?.secret ?? null, userAgent: `keyporter-cli/${version}` })
    } catch (error) {
      throw new UsageError(`${(error as Error).message} (from ${source})`)
    }
  }

  return {
    ...parts,
    output,
    openClient: () => open(getCredential(parts.environment, readOptions(), output)),
    openPublicClient: () => open(null),
    findKeySource: () => used?.source ?? null,
  }
}

function findUrl({ url }: CliEnvironment, options: GlobalOptions): { text: string; source: string } {
  if (options.url !== undefined) return { text: options.url.trim(), source: '--url' }
  if (url !== null) return { text: url, source: 'KEYPORTER_URL or VAST_URL' }
  return { text: defaultUrl, source: 'the default' }
}

function getCredential(environment: CliEnvironment, options: GlobalOptions, output: Output): Credential {
  if (options.apiKey !== undefined) {
    const secret = options.apiKey.trim()
    // Not the next source: an empty variable on a command line must not turn into some other key.
    if (secret === '') throw new UsageError('--api-key is empty')
    return { secret, source: '--api-key' }
  }
  if (environment.apiKey !== null) {
    return { secret: environment.apiKey, source: 'KEYPORTER_API_KEY or VAST_API_KEY' }
  }
  const stored = findStoredKey(environment)
  if (!stored) {
    throw new UsageError(
      'there is no API key',
      'store one with `keyporter set api-key`, or set KEYPORTER_API_KEY; `keyporter admin-key` makes a first one',
    )
  }
  if (stored.widerMode !== 0) output.warn(`${stored.path} can be read by others`, `chmod 600 ${stored.path}`)
  return { secret: stored.secret, source: stored.path }
}
