/** Environment to checked configuration. The only file that reads `process.env`. */
import { availableParallelism } from 'node:os'
import { type Block, parseBlock } from '@keyporter/core'
import type { CliEnvironment } from '../cli/environment.js'
import type { ProviderOptions } from '../provider.js'
import { isInsecureLoopback } from './loopback.js'
import { type Setting, settings } from './settings.js'

export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** A PostgreSQL; null for a file in the data folder. */
  readonly database: string | null
  readonly adminEmail: string
  readonly upstream: URL | null
  readonly catalog: readonly string[]
  readonly consolePort: number
  /** Without a slash at its end. */
  readonly consoleUrl: string | null
  /** Without a slash at its end. */
  readonly apiUrl: string | null
  /** By which people may sign in; null for none. */
  readonly provider: ProviderOptions | null
  readonly pepper: string | null
  readonly pepperFile: string | null
  readonly retiredPeppers: readonly string[]
  readonly keyPrefix: string
  readonly strictPermissions: boolean
  readonly queryKeys: boolean
  readonly passSecret: boolean
  readonly trustedProxies: readonly Block[]
  readonly corsOrigins: readonly string[]
  readonly behindTls: boolean
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly bodyIdleTimeoutMs: number
  readonly upstreamConnections: number
  readonly maxConnections: number
  readonly failedAuthBurst: number
  readonly failedAuthPerMinute: number
  readonly workers: number
  readonly drainDelayMs: number
  readonly drainTimeoutMs: number
  readonly metrics: string
  readonly usageIntervalMs: number
  readonly leaseMs: number
  readonly memoryKeys: number
  readonly loadsPerSecond: number
  readonly logLevel: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting that cannot be used. The message names the variable and what is allowed, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads and checks all settings. Throws `ConfigError` for the first that is wrong. */
export function loadConfig(env: Environment = process.env): Config {
  return {
    host: readText(env, settings.host)!,
    port: readInteger(env, settings.port, 0, 65_535),
    dataDir: readText(env, settings.dataDir)!,
    database: readDatabase(env),
    adminEmail: readText(env, settings.adminEmail)!,
    upstream: readUpstream(env),
    catalog: readList(env, settings.catalog),
    consolePort: readConsolePort(env),
    consoleUrl: readConsoleUrl(env),
    apiUrl: readPlace(env, settings.apiUrl, 'https://api.example.com'),
    provider: readProvider(env),
    pepper: readText(env, settings.pepper),
    pepperFile: readText(env, settings.pepperFile),
    retiredPeppers: readList(env, settings.retiredPeppers),
    keyPrefix: readMatching(env, settings.keyPrefix, /^[A-Za-z0-9_]{1,16}$/),
    strictPermissions: readBoolean(env, settings.strictPermissions),
    queryKeys: readBoolean(env, settings.queryKeys),
    passSecret: readBoolean(env, settings.passSecret),
    trustedProxies: readList(env, settings.trustedProxies).map(readProxy),
    corsOrigins: readList(env, settings.corsOrigins).map(readOrigin),
    behindTls: readBoolean(env, settings.behindTls),
    connectTimeoutMs: readInteger(env, settings.connectTimeoutMs, 1, 3_600_000),
    headersTimeoutMs: readInteger(env, settings.headersTimeoutMs, 1, 86_400_000),
    bodyIdleTimeoutMs: readInteger(env, settings.bodyIdleTimeoutMs, 1, 86_400_000),
    upstreamConnections: readInteger(env, settings.upstreamConnections, 1, 65_535),
    maxConnections: readInteger(env, settings.maxConnections, 1, 1_000_000),
    failedAuthBurst: readInteger(env, settings.failedAuthBurst, 1, 1_000_000),
    failedAuthPerMinute: readInteger(env, settings.failedAuthPerMinute, 1, 1_000_000),
    workers: readWorkers(env),
    drainDelayMs: readInteger(env, settings.drainDelayMs, 0, 600_000),
    drainTimeoutMs: readInteger(env, settings.drainTimeoutMs, 1, 3_600_000),
    metrics: readMatching(env, settings.metrics, /^(?:operate|public)$/),
    usageIntervalMs: readInteger(env, settings.usageIntervalMs, 10, 3_600_000),
    leaseMs: readInteger(env, settings.leaseMs, 200, 600_000),
    memoryKeys: readInteger(env, settings.memoryKeys, 1, 100_000_000),
    loadsPerSecond: readInteger(env, settings.loadsPerSecond, 1, 1_000_000),
    logLevel: readMatching(env, settings.logLevel, /^(?:trace|debug|info|warn|error|fatal|silent)$/),
  }
}

/** What the command line takes from the environment. Official variables are read where ours are not given. */
export function readCliEnvironment(env: Environment = process.env): CliEnvironment {
  const read = (name: string) => env[name]?.trim() || null
  return {
    url: read('KEYPORTER_URL') ?? read('VAST_URL'),
    apiKey: read('KEYPORTER_API_KEY') ?? read('VAST_API_KEY'),
    configHome: read('XDG_CONFIG_HOME'),
    home: read('HOME') ?? read('USERPROFILE'),
  }
}

function readText(env: Environment, setting: Setting): string | null {
  return env[setting.env]?.trim() || setting.default
}

function readMatching(env: Environment, setting: Setting, pattern: RegExp): string {
  const text = readText(env, setting)!
  return pattern.test(text) ? text : refuse(setting, text, setting.description)
}

function readInteger(env: Environment, setting: Setting, min: number, max: number): number {
  const text = readText(env, setting)!
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= min && number <= max
    ? number
    : refuse(setting, text, `a whole number from ${min} to ${max} is expected`)
}

function readWorkers(env: Environment): number {
  return readText(env, settings.workers) === null ? availableParallelism() : readInteger(env, settings.workers, 1, 512)
}

function readBoolean(env: Environment, setting: Setting): boolean {
  const text = readText(env, setting)!.toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuse(setting, text, 'true or false is expected')
}

function readList(env: Environment, setting: Setting): string[] {
  const text = readText(env, setting) ?? ''
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function readUpstream(env: Environment): URL | null {
  const text = readText(env, settings.upstream)
  if (text === null) return null
  const expected = 'an http or https address without user, query or fragment is expected'
  if (!URL.canParse(text)) return refuse(settings.upstream, text, expected)
  const url = new URL(text)
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!plain) throw new ConfigError(`${settings.upstream.env}: ${expected}`)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : refuse(settings.upstream, text, expected)
}

/** Who takes any port for the one takes any for the other. */
function readConsolePort(env: Environment): number {
  const given = env[settings.consolePort.env]?.trim()
  const anyPort = !given && readInteger(env, settings.port, 0, 65_535) === 0
  return anyPort ? 0 : readInteger(env, settings.consolePort, 0, 65_535)
}

function readConsoleUrl(env: Environment): string | null {
  return readPlace(env, settings.consoleUrl, 'https://keys.example.com')
}

function readPlace(env: Environment, setting: Setting, example: string): string | null {
  const text = readText(env, setting)
  if (text === null) return null
  const { origin, protocol } = URL.canParse(text) ? new URL(text) : { origin: null, protocol: null }
  const plain = (protocol === 'http:' || protocol === 'https:') && (text === origin || text === `${origin}/`)
  return plain && origin !== null
    ? origin
    : refuse(setting, text, `an http or https origin like ${example} is expected, without a path`)
}

function readProvider(env: Environment): ProviderOptions | null {
  const issuer = readText(env, settings.oidcIssuer)
  const clientId = readText(env, settings.oidcClientId)
  if (issuer === null && clientId === null) return null
  const expected = 'an https address without query or fragment is expected, or an http one on loopback'
  if (issuer === null || !URL.canParse(issuer)) return refuse(settings.oidcIssuer, issuer ?? '', expected)
  const { protocol, search, hash, host } = new URL(issuer)
  const plain = search === '' && hash === '' && (protocol === 'https:' || isInsecureLoopback(issuer))
  if (!plain) return refuse(settings.oidcIssuer, issuer, expected)
  const consoleUrl = readConsoleUrl(env)
  if (clientId === null) throw new ConfigError(`${settings.oidcClientId.env} is needed with ${settings.oidcIssuer.env}`)
  if (consoleUrl === null) throw new ConfigError(`${settings.consoleUrl.env} is needed with ${settings.oidcIssuer.env}`)
  return {
    issuer,
    clientId,
    clientSecret: readText(env, settings.oidcClientSecret),
    name: readText(env, settings.oidcName) ?? host,
    redirectUri: `${consoleUrl}/keyporter/oidc/callback`,
  }
}

function readDatabase(env: Environment): string | null {
  const text = readText(env, settings.database)
  if (text === null) return null
  const [, scheme, user = '', hosts = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/)([^@/?#]*@)?([^@/?#]*)(\/[^@#]*)?$/i.exec(text) ?? []
  const readable =
    scheme && hosts.split(',').every((host) => URL.canParse(`postgres://${user}${host || 'local'}${rest}`))
  return readable
    ? text
    : refuse(
        settings.database,
        text,
        'postgres://user:password@host:5432/name is expected, with %-escapes for special characters in the password',
      )
}

function readProxy(text: string): Block {
  return (
    parseBlock(text) ?? refuse(settings.trustedProxies, text, 'addresses or CIDR blocks without host bits are expected')
  )
}

function readOrigin(text: string): string {
  const exact = URL.canParse(text) && new URL(text).origin === text
  return exact ? text : refuse(settings.corsOrigins, text, 'origins like https://app.example.com are expected')
}

function refuse(setting: Setting, text: string, expected: string): never {
  const value = setting.secret ? '' : ` is ${JSON.stringify(text)}, but`
  throw new ConfigError(`${setting.env}${value} ${expected}`)
}
