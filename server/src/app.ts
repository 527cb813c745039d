/** The only place that wires: configuration in, a running server out. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { builtinCatalog, type Catalog, CatalogError, isTrusted, loadCatalog } from '@keyporter/core'
import { type Logger, pino } from 'pino'
import { ensureFirstAccount } from './actions/accounts.js'
import type { Context } from './actions/context.js'
import { listMisfits } from './actions/misfits.js'
import { openUsage } from './actions/usage.js'
import { openKeySource } from './actions/verify-source.js'
import { type Authorizer, authorizeAgain } from './authz/authorize.js'
import { openBudget } from './authz/budget.js'
import { verify } from './authz/verify.js'
import { type Config, ConfigError } from './config/load.js'
import type { Running } from './gateway/exchange.js'
import { type Gateway, openGateway } from './gateway/gateway.js'
import { createListener } from './http/listener.js'
import { openManagement } from './http/management.js'
import { openFeed } from './revocation/feed.js'
import { openRevoker, openSweeping, openVerifier, toKeySource } from './revocation/revocation.js'
import { openStreams, type Streams } from './revocation/streams.js'
import { checkPeppers, openPeppers } from './secrets.js'
import { initialiseLease } from './store/settings.js'
import { openStore } from './store/store.js'

export interface App {
  /** Where it listens, without a trailing slash. */
  readonly url: string
  /** What the first start has to say, once: the first key. The only lines that ever go to stdout. */
  readonly announcements: readonly string[]
  /** Stops listening, lets running requests end for a bounded time, writes what is batched, closes the store. */
  close(): Promise<void>
}

export interface LocalContext {
  readonly context: Context
  close(): Promise<void>
}

/** How long running requests may go on after `close` is called. */
const drainMs = 10_000
/** Secrets known to be unknown that a process remembers: what guessing and typing errors leave behind. */
const maxNegatives = 100_000
/** Reads of the store at once. */
const maxLoads = 64

/** Opens the database and the pepper of a configuration, for the server and for local commands alike. */
export async function openLocalContext(config: Config): Promise<LocalContext> {
  const catalog = loadCatalogs(config.catalog)
  const store = await openStore({ database: config.database, dataDir: config.dataDir })
  try {
    const peppers = openPeppers({ ...config, hasKeys: await store.hasKeys() })
    await checkPeppers(store, peppers)
    await store.write((db) => initialiseLease(db, config.leaseMs))
    const context: Context = {
      store,
      catalog,
      peppers,
      revoker: openRevoker(store, () => {}),
      now: Date.now,
      random: (bytes) => randomBytes(bytes),
      keyPrefix: config.keyPrefix,
      strictPermissions: config.strictPermissions,
    }
    return { context, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Starts a server. Throws `ConfigError` and faults of the store; nothing is left open then. */
export async function openApp(config: Config): Promise<App> {
  const logger = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
  warnAboutExposure(config, logger)
  const local = await openLocalContext(config)
  const { store } = local.context
  const onProblem = (problem: unknown) => logger.warn({ err: problem }, 'the store did not answer in time')

  const first = await ensureFirstAccount(local.context, config.adminEmail)
  const usage = openUsage(local.context, { flushMs: config.usageIntervalMs, onFault: onProblem })
  const streams = openStreams(() => context.now())
  const stored = openKeySource(local.context, { onRetiredHit: usage.rehash })
  const feed = openFeed({ store, keys: stored })
  const verifier = openVerifier({
    store,
    keys: stored,
    host: `${hostname()}:${process.pid}`,
    limits: {
      maxEntries: config.memoryKeys,
      maxNegatives,
      maxLoads,
      maxLoadsPerSecond: config.loadsPerSecond,
    },
    onTouched(touched) {
      feed.wake()
      return streams.review(touched)
    },
    onProblem,
  })
  const sweeping = openSweeping(store, onProblem)
  const context: Context = {
    ...local.context,
    revoker: openRevoker(store, () => {
      verifier.wake()
      feed.wake()
    }),
    // Before the first renewal there is nothing else to go by.
    now: () => Math.max(0, verifier.storeNow()) || Date.now(),
  }
  const authorizer: Authorizer = {
    catalog: context.catalog,
    keys: toKeySource(verifier),
    budget: openBudget({ burst: config.failedAuthBurst, perMinute: config.failedAuthPerMinute }),
    keyPrefix: config.keyPrefix,
    queryKeys: config.queryKeys,
    trustedProxies: config.trustedProxies,
    now: context.now,
  }
  const gateway = openUpstream(config, (running) => watchStream(authorizer, streams, running, verifier.epoch))
  const management = await openManagement(context, {
    logger,
    services: {
      catalog: context.catalog,
      verify: (received) => verify(authorizer, usage.record, received),
      feed: { ...feed, keyPrefix: config.keyPrefix, queryKeys: config.queryKeys },
    },
  })
  const server = createListener({
    authorizer,
    management,
    gateway,
    usage,
    epoch: () => verifier.epoch,
    cors: { origins: new Set(config.corsOrigins) },
    logger,
    maxConnections: config.maxConnections,
  })
  const close = async () => {
    feed.close()
    // Together: open tunnels keep the listener from closing, and only the gateway can end them.
    await Promise.all([drain(server), gateway?.close(), management.close()])
    // Last to go: it has stopped deciding, and its streams have ended.
    sweeping.close()
    await verifier.close()
    await usage.close()
    await local.close()
  }
  try {
    const url = await listen(server, config)
    logger.info({ url, upstream: config.upstream?.href ?? null }, 'listening')
    void logMisfits(context, logger)
    return { url, announcements: first ? [`admin key: ${first.secret}`] : [], close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Says which keys grant less than their documents say, since the catalog has changed. Nothing waits for it. */
async function logMisfits(context: Context, logger: Logger): Promise<void> {
  const misfits = await listMisfits(context).catch((error: unknown) => {
    logger.warn({ err: error }, 'the permissions of keys could not be checked against the catalog')
    return []
  })
  for (const misfit of misfits)
    logger.warn(misfit, 'keys grant less than they say: the catalog does not know all of it')
}

/** Keeps a forwarded exchange of a known key in reach of changes to it. */
function watchStream(
  authorizer: Authorizer,
  streams: Streams,
  { exchange, abort }: Running,
  epochNow: number,
): () => void {
  const { digest, request, epoch, decision } = exchange
  const { principal } = decision
  if (!principal || digest === null) return () => {}
  const decideAgain = () => authorizeAgain(authorizer, { digest, request })
  return streams.watch({ principal, epoch, decideAgain, abort }, epochNow)
}

function openUpstream(config: Config, watch: (running: Running) => () => void): Gateway | null {
  if (!config.upstream) return null
  return openGateway({
    upstream: config.upstream,
    connectTimeoutMs: config.connectTimeoutMs,
    headersTimeoutMs: config.headersTimeoutMs,
    bodyIdleTimeoutMs: config.bodyIdleTimeoutMs,
    passSecret: config.passSecret,
    connections: config.upstreamConnections,
    trustedProxy: (address) => isTrusted(address, config.trustedProxies),
    watch,
  })
}

/** Shipped catalogs by name, others by path. Throws `ConfigError`, which names the file. */
function loadCatalogs(names: readonly string[]): Catalog {
  const sources = names.map((name) => ({ own: false, entries: readCatalog(name) }))
  try {
    return loadCatalog([builtinCatalog, ...sources])
  } catch (error) {
    if (error instanceof CatalogError) throw new ConfigError(`KEYPORTER_CATALOG: ${error.message}`, { cause: error })
    throw error
  }
}

function readCatalog(name: string): unknown {
  const shipped = /^[a-z0-9-]+$/.test(name)
  const file = shipped ? new URL(`../catalogs/${name}.json`, import.meta.url) : name
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const problem = shipped
      ? 'is not a shipped catalog; for a file of your own give its path, ending in .json'
      : 'cannot be read as JSON'
    throw new ConfigError(`KEYPORTER_CATALOG: ${name} ${problem}`, { cause: error })
  }
}

function listen(server: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address() as { address: string; port: number }
      const shown = isIP(address.address) === 6 ? `[${address.address}]` : address.address
      resolve(`http://${shown}:${address.port}`)
    })
  })
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    const cut = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function warnAboutExposure({ host, behindTls }: Config, logger: Logger): void {
  const loopback = host === 'localhost' || host === '::1' || /^127\./.test(host)
  if (loopback || behindTls) return
  logger.warn(
    { host },
    'listening beyond loopback without TLS: secrets can be read on the way. Put TLS in front, then set KEYPORTER_BEHIND_TLS=true',
  )
}
