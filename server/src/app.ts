/** The only place that wires: configuration in, a running server out. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isTrusted } from '@keyporter/core'
import { type Logger, pino } from 'pino'
import { ensureFirstAccount, type NewAccount } from './actions/accounts.js'
import type { Context } from './actions/context.js'
import { openDenials } from './actions/denials.js'
import { listMisfits } from './actions/misfits.js'
import { openPasswords } from './actions/passwords.js'
import { openSignIn } from './actions/sign-in.js'
import { openUsage } from './actions/usage.js'
import { openKeySource } from './actions/verify-source.js'
import { type Authorizer, authorizeAgain } from './authz/authorize.js'
import { openBudget } from './authz/budget.js'
import type { ConsoleSite } from './authz/console-session.js'
import { verify } from './authz/verify.js'
import { shareRate } from './buckets.js'
import { openPrimary } from './cluster/primary.js'
import { findPrimaryLine, type PrimaryLine } from './cluster/worker.js'
import { loadCatalogs } from './config/catalogs.js'
import { describeApi, printSignInLink, printUrl } from './config/console-url.js'
import type { Config } from './config/load.js'
import { describeCookie } from './cookies.js'
import type { Running } from './gateway/exchange.js'
import { type Gateway, openGateway } from './gateway/gateway.js'
import { type Connections, openConnections } from './http/connections.js'
import { openConsoleFiles } from './http/console-files.js'
import { createListener, type ListenerParts } from './http/listener.js'
import { openManagement } from './http/management.js'
import { type Metrics, openMetrics, printSamples } from './metrics.js'
import { openProvider } from './provider.js'
import { openFeed } from './revocation/feed.js'
import { meterKeys, meterRevoker } from './revocation/metering.js'
import { openRevoker, openSweeping, openVerifier, toKeySource } from './revocation/revocation.js'
import { openStreams, type Streams } from './revocation/streams.js'
import { checkPeppers, openPeppers } from './secrets.js'
import { initialiseLease } from './store/settings.js'
import { openStore } from './store/store.js'

export interface App {
  /** Where it listens, without a trailing slash. */
  readonly url: string
  /** What the first start has to say, once: the first key, and a link to sign in. The only lines that ever go to stdout. */
  readonly announcements: readonly string[]
  /** Rejects when it cannot serve any more; until then it waits. */
  readonly failed: Promise<never>
  /** Stops listening, lets running requests end for a bounded time, writes what is batched, closes the store. */
  close(): Promise<void>
}

export interface LocalContext {
  readonly context: Context
  close(): Promise<void>
}

/** What a worker may take to stop besides draining: to write what is batched, and to sign off. */
const stopSlackMs = 5_000
/** For how long what the store warned of is taken to hold: anybody may ask. */
const warningsMs = 5_000
/** Secrets known to be unknown that a process remembers: what guessing and typing errors leave behind. */
const maxNegatives = 100_000
/** Reads of the store at once. */
const maxLoads = 64
/** Passwords checked at once: each has 19 MiB and a thread, and the lease needs the processor too. */
const passwordLimits = { maxRunning: 1, maxWaiting: 32 }

/**
 * Opens the database and the pepper of a configuration, for the server and for local commands alike. A worker makes
 * nothing: its primary has. `checksPeppers: false` opens a database whose peppers are not all given.
 */
export async function openLocalContext(
  config: Config,
  { makes = true, checksPeppers = true }: { makes?: boolean; checksPeppers?: boolean } = {},
): Promise<LocalContext> {
  const catalog = loadCatalogs(config)
  const store = await openStore({ database: config.database, dataDir: config.dataDir })
  try {
    const peppers = openPeppers({ ...config, hasKeys: !makes || (await store.hasKeys()) })
    if (checksPeppers) await checkPeppers(store, peppers)
    if (makes) await store.write((db) => initialiseLease(db, config.leaseMs))
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

/**
 * Starts several processes that serve behind one port. This one serves nothing: it makes what is not there yet, announces
 * it, and looks after the others. Throws like `openApp`, and `WorkerError`.
 */
export async function openCluster(config: Config): Promise<App> {
  const logger = openLogger(config, null)
  warnAboutExposure(config, logger)
  const local = await openLocalContext(config)
  const first = await ensureFirstAccount(local.context, config.adminEmail).catch(async (error: unknown) => {
    await local.close()
    throw error
  })
  void logMisfits(local.context, logger).finally(() => local.close())
  const stopMs = config.drainDelayMs + config.drainTimeoutMs + stopSlackMs
  const variables = config.upstream ? ['KEYPORTER_PORT', 'KEYPORTER_CONSOLE_PORT'] : ['KEYPORTER_PORT']
  const primary = await openPrimary({ workers: config.workers, variables, stopMs, logger })
  const [main, other] = primary.listening
  const url = printUrl(main)
  const consoleUrl = other ? printUrl(other) : url
  logger.info(
    { url, console: consoleUrl, upstream: config.upstream?.href ?? null, workers: config.workers },
    'listening',
  )
  return { url, announcements: announce(config, first, consoleUrl), failed: primary.failed, close: primary.close }
}

/**
 * Starts a server in this process: the whole, or one worker of several. Throws `ConfigError` and faults of the store;
 * nothing is left open then. `consoleDir`: where the console's build is.
 */
export async function openApp(config: Config, { consoleDir = builtConsoleDir } = {}): Promise<App> {
  const line = findPrimaryLine()
  const logger = openLogger(config, line)
  if (!line) warnAboutExposure(config, logger)
  const local = await openLocalContext(config, { makes: !line })
  const { store } = local.context
  const onProblem = (problem: unknown) => logger.warn({ err: problem }, 'the store did not answer in time')

  const first = line ? null : await ensureFirstAccount(local.context, config.adminEmail)
  const metrics = openMetrics()
  line?.serveSamples(metrics.collect)
  const usage = openUsage(local.context, { flushMs: config.usageIntervalMs, onFault: onProblem })
  const denials = openDenials(local.context, { flushMs: config.usageIntervalMs, onFault: onProblem })
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
    onWake: feed.wake,
    onTouched(touched) {
      feed.wake(touched.all ? undefined : touched.seq)
      return streams.review(touched)
    },
    onProblem,
  })
  metrics.watchVerifier(() => verifier.status)
  const wakeHere = (seq: number) => {
    verifier.wake(seq)
    feed.wake(seq)
  }
  line?.onAnnounced(wakeHere)
  const sweeping = openSweeping(store, onProblem)
  const context: Context = {
    ...local.context,
    revoker: meterRevoker(
      openRevoker(store, (seq) => {
        wakeHere(seq)
        line?.announce(seq)
      }),
      metrics,
    ),
    // Before the first renewal there is nothing else to go by.
    now: () => Math.floor(Math.max(0, verifier.storeNow())) || Date.now(),
  }
  const authorizer: Authorizer = {
    catalog: context.catalog,
    keys: meterKeys(toKeySource(verifier), metrics),
    meter: metrics,
    recordDenial: denials.record,
    budget: openBudget(shareBudget(config, line)),
    keyPrefix: config.keyPrefix,
    queryKeys: config.queryKeys,
    trustedProxies: config.trustedProxies,
    console: null,
    now: context.now,
  }
  const gateway = openUpstream(config, (running) =>
    watchStream({ authorizer, streams, metrics }, running, verifier.epoch),
  )
  const site: ConsoleSite = { cookie: describeCookie(config.behindTls), origin: config.consoleUrl }
  const consoleFiles = openConsoleFiles({ dir: consoleDir, behindTls: config.behindTls, api: describeApi(config) })
  if (!consoleFiles && !line) logger.warn({ dir: consoleDir }, 'the console is not built: its pages are not served')
  const connections = openConnections(config.maxConnections)
  const management = await openManagement(context, {
    logger,
    services: {
      catalog: context.catalog,
      verify: (received) => verify(authorizer, usage.record, received),
      feed: { ...feed, keyPrefix: config.keyPrefix, queryKeys: config.queryKeys },
    },
    signIn: openSignIn(context, {
      passwords: openPasswords(passwordLimits),
      keys: authorizer.keys,
      provider:
        config.provider &&
        openProvider(config.provider, (problem, why) =>
          logger.warn({ problem, why }, 'nobody could be signed in by the OpenID provider'),
        ),
      shares: line ? config.workers : 1,
      monotonic: () => performance.now(),
    }),
    cookie: site.cookie,
    operations: {
      findUnreadiness() {
        if (connections.draining) return 'draining'
        if (verifier.isInForce()) return null
        return verifier.status.renewedAgoMs === null ? 'starting' : 'lapsed'
      },
      listWarnings: keepFor(warningsMs, () =>
        store.listWarnings().catch(() => ['The store did not say how it is set up.']),
      ),
      printMetrics: async () => printSamples(line ? await line.gather() : [await metrics.collect()]),
    },
  })
  const parts: ListenerParts = {
    authorizer,
    management,
    gateway,
    usage,
    epoch: () => verifier.epoch,
    cors: { origins: new Set(config.corsOrigins) },
    console: null,
    logger,
    connections,
  }
  const console = { authorizer: { ...authorizer, console: site }, console: consoleFiles }
  // With an upstream the console has a port, and so an origin, of its own; nothing is forwarded from there.
  const consoleConnections = openConnections(config.maxConnections)
  const listeners: readonly Listener[] = gateway
    ? [
        { server: createListener(parts), port: config.port, connections },
        {
          server: createListener({ ...parts, ...console, gateway: null, connections: consoleConnections }),
          port: config.consolePort,
          connections: consoleConnections,
        },
      ]
    : [{ server: createListener({ ...parts, ...console }), port: config.port, connections }]
  const close = async () => {
    await drain(listeners, { feed, gateway, config })
    await management.close()
    // Last to go: it has stopped deciding, and its streams have ended.
    sweeping.close()
    await verifier.close()
    // What could not be written is lost; a database that is away must not keep the rest open.
    await usage.close().catch(onProblem)
    await denials.close().catch(onProblem)
    await local.close()
  }
  try {
    const urls: string[] = []
    // One after the other: a primary knows them by their order.
    for (const { server, port } of listeners) urls.push(await listen(server, config.host, port))
    const url = urls[0]!
    const consoleUrl = urls.at(-1)!
    if (line) logger.debug('serving')
    else {
      logger.info({ url, console: consoleUrl, upstream: config.upstream?.href ?? null }, 'listening')
      void logMisfits(context, logger)
    }
    return { url, announcements: announce(config, first, consoleUrl), failed: new Promise(() => {}), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where the build of the console is, beside the compiled server. */
const builtConsoleDir = fileURLToPath(new URL('../console/', import.meta.url))

interface Listener {
  readonly server: Server
  readonly port: number
  readonly connections: Connections
}

/** Asks again only when the last answer is older than `ms`. */
function keepFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: number; readonly answer: Promise<T> } | null = null
  return () => {
    if (!kept || performance.now() - kept.at >= ms) kept = { at: performance.now(), answer: ask() }
    return kept.answer
  }
}

function openLogger({ logLevel }: Config, line: PrimaryLine | null): Logger {
  const base = line ? { worker: process.pid } : null
  return pino({ level: logLevel, base }, pino.destination({ fd: 2, sync: true }))
}

/** `consoleUrl`: where the console listens, if nothing else is configured. */
function announce(config: Config, first: NewAccount | null, consoleUrl: string): string[] {
  if (!first) return []
  return [`admin key: ${first.secret}`, `sign-in link: ${printSignInLink(config, consoleUrl, first.linkToken)}`]
}

/** Each worker counts failures for itself, so that each has its share of what one address may make. */
function shareBudget({ failedAuthBurst, failedAuthPerMinute, workers }: Config, line: PrimaryLine | null) {
  return shareRate({ burst: failedAuthBurst, perMinute: failedAuthPerMinute }, line ? workers : 1)
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
  { authorizer, streams, metrics }: { authorizer: Authorizer; streams: Streams; metrics: Metrics },
  { exchange, abort }: Running,
  epochNow: number,
): () => void {
  const { digest, request, epoch, decision } = exchange
  const { principal } = decision
  if (principal?.kind !== 'key' || digest === null) return () => {}
  const decideAgain = () => authorizeAgain(authorizer, { digest, request })
  const unwatch = streams.watch({ principal, epoch, decideAgain, abort }, epochNow)
  metrics.countStream(1)
  return () => {
    metrics.countStream(-1)
    unwatch()
  }
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

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(printUrl(server.address() as AddressInfo))
    })
  })
}

interface Drained {
  readonly feed: { close(): void }
  readonly gateway: Gateway | null
  readonly config: Config
}

/**
 * Ends a server without failing a request: it says that it is not ready, serves for as long as others need to notice, then
 * takes no new connections and lets what runs end. What is left after `drainTimeoutMs` is cut.
 */
async function drain(listeners: readonly Listener[], { feed, gateway, config }: Drained): Promise<void> {
  for (const { connections } of listeners) connections.drain()
  const listening = listeners.filter(({ server }) => server.listening)
  if (listening.length > 0) {
    await sleep(config.drainDelayMs)
    const until = performance.now() + config.drainTimeoutMs
    feed.close()
    await Promise.all(listening.map(({ server, connections }) => connections.end(server, config.drainTimeoutMs)))
    await gateway?.close(Math.max(0, until - performance.now()))
  } else {
    feed.close()
    await gateway?.close(0)
  }
  for (const { server } of listeners) server.closeAllConnections()
}

function warnAboutExposure({ host, behindTls }: Config, logger: Logger): void {
  const loopback = host === 'localhost' || host === '::1' || /^127\./.test(host)
  if (loopback || behindTls) return
  logger.warn(
    { host },
    'listening beyond loopback without TLS: secrets can be read on the way. Put TLS in front, then set KEYPORTER_BEHIND_TLS=true',
  )
}
