/**
 * A server as a verifier's source (design section 6): each step of the protocol is one POST that names a nonce, and counts
 * only with an answer that echoes it. Secrets never travel: a load names SHA-256 of one. Where the server refuses our own
 * key, everything we hold is void.
 */
import { type Catalog, loadCatalog, type Presented } from '@keyporter/core'
import { KeyporterError } from '../error.js'
import { digestText } from '../sha256.js'
import {
  type Field,
  flag,
  integer,
  number,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
} from '../shape.js'
import { openTransport, type Transport, type TransportOptions } from '../transport.js'
import { type CompileDocument, createCompiler, readLoaded, readTouches } from './record.js'
import type { Change, Changes, Loaded, Position, Registered, Renewed, Source } from './source.js'

export interface HttpSourceOptions extends Pick<TransportOptions, 'url' | 'key' | 'fetch'> {
  /** Where this verifier runs, for people. */
  readonly host: string
  /** Told when the server refuses our own key. */
  readonly onRefused: (error: KeyporterError) => void
}

/** What requests are read and decided by, as the server said when it last registered us. */
export interface Rules {
  readonly catalog: Catalog
  readonly keyPrefix: string
  readonly queryKeys: boolean
}

/** A record with the catalog that its grant was compiled for. */
export interface Held {
  readonly presented: Presented
  readonly catalog: Catalog
}

export interface HttpSource extends Source<Held> {
  /** Null before the first registration. */
  readonly rules: Rules | null
  close(): void
}

const feedPath = '/keyporter/verifier/'
/** A step that takes longer is given up: the lease would be over. */
const stepTimeoutMs = 5_000
/** Longer than the server keeps a poll. */
const waitTimeoutMs = 40_000
const shortestPauseMs = 100
/** Renewals come as often: whoever is away for longer makes revoking calls wait for them. */
const longestPauseMs = 500

export function openHttpSource(options: HttpSourceOptions): HttpSource {
  const transport = openTransport({ ...options, timeoutMs: stepTimeoutMs })
  const poll = openTransport({ ...options, timeoutMs: waitTimeoutMs })
  let known: KnownCatalog | null = null
  let rules: Rules | null = null
  let applied = 0

  async function step<T>(name: string, question: object, read: (answer: unknown) => T, signal?: AbortSignal) {
    const nonce = globalThis.crypto.randomUUID()
    const readEchoed = (answer: unknown) => {
      if (readMember(readObject(answer), 'nonce', (echo) => echo) !== nonce)
        throw new ShapeError('answers another question')
      return read(answer)
    }
    try {
      return await transport.call('POST', feedPath + name, { nonce, ...question }, readEchoed, signal)
    } catch (error) {
      if (isRefusal(error)) options.onRefused(error)
      throw error
    }
  }

  const load = async (name: string, question: object): Promise<Loaded<Held>> => {
    if (!known) throw new Error('the catalog is not known yet')
    const { catalog, compile } = known
    const loaded = await step(name, question, (answer) => readLoaded(answer, compile))
    return { ...loaded, value: loaded.value && { presented: loaded.value, catalog } }
  }

  /** Not aborted with the cycle that asks first: the next one finds it. */
  let loading: Promise<KnownCatalog> | null = null
  const loadKnown = () => {
    loading ??= fetchCatalog(transport).finally(() => {
      loading = null
    })
    return loading
  }

  return {
    get rules() {
      return rules
    },

    async register(signal) {
      known ??= await loadKnown()
      signal.throwIfAborted()
      // Not aborted with its cycle: the verifier takes a registration back that comes too late.
      const answer = await step('register', { host: options.host }, readRegistered)
      if (answer.catalog !== known.digest) {
        await step('deregister', { verifierId: answer.verifierId }, () => null, signal)
        known = await loadKnown()
        throw new Error('the catalog has changed')
      }
      rules = { catalog: known.catalog, keyPrefix: answer.keyPrefix, queryKeys: answer.queryKeys }
      applied = answer.position.seq
      return answer
    },

    async renew(renewal, signal): Promise<Renewed> {
      let answer: RenewedAnswer
      try {
        answer = await step('renew', renewal, readRenewed, signal)
      } catch (error) {
        if (isRefusal(error)) return { gone: true }
        throw error
      }
      if (answer.gone || answer.catalog === known?.digest) return answer
      // Grants are compiled for one catalog: with another, all that is held is void.
      known = null
      return { gone: true }
    },

    readChanges: (standing, signal) => step('changes', standing, readChanges, signal),

    async report(verifierId, position, signal) {
      applied = position.seq
      await step('report', { verifierId, position }, () => null, signal)
    },

    deregister: (verifierId) => step('deregister', { verifierId }, () => undefined),

    load: (digest, standing) => load('load', { digest, ...standing }),
    loadConfirmed: (digest) => load('load_confirmed', { host: options.host, digest }),

    onWake(wake) {
      const controller = new AbortController()
      void pollChanges(poll, () => applied, wake, controller.signal)
      return { close: () => controller.abort() }
    },

    close() {
      transport.close()
      poll.close()
    },
  }
}

/** Asks again and again whether there is another change than the last one applied. Ends with `signal`. */
async function pollChanges(
  poll: Transport,
  getApplied: () => number,
  wake: (seq: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let told = 0
  let pauseMs = shortestPauseMs
  while (!signal.aborted) {
    const applied = getApplied()
    // Before the first registration there is nothing to wake for.
    if (applied > 0) {
      const since = Math.max(applied, told)
      try {
        const readSeq = (answer: unknown) => readMember(readObject(answer), 'seq', integer('seq').read)
        const seq = await poll.call('GET', `${feedPath}wait?since=${since}`, undefined, readSeq, signal)
        pauseMs = shortestPauseMs
        if (seq === since) continue
        told = seq
        // A log that was put back has older numbers, and is news all the same.
        wake(seq > since ? seq : Number.POSITIVE_INFINITY)
        // A log that was put back: until the verifier has noticed, every answer would be another.
        if (seq > since) continue
      } catch {
        pauseMs = Math.min(2 * pauseMs, longestPauseMs)
      }
    }
    await pause(pauseMs, signal)
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, delayMs)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}

interface KnownCatalog {
  readonly digest: string
  readonly catalog: Catalog
  readonly compile: CompileDocument
}

function fetchCatalog(transport: Transport): Promise<KnownCatalog> {
  return transport.call('GET', '/keyporter/catalog', undefined, (json) => {
    const entries = readMemberList(json, 'endpoints', (entry) => entry)
    // As the server has it, own endpoints and reserved categories included.
    const catalog = loadCatalog([{ own: true, entries }])
    return { digest: digestText(JSON.stringify(json)), catalog, compile: createCompiler(catalog) }
  })
}

/** Whether the server knows our key and does not let it verify, or does not know it any more. */
function isRefusal(error: unknown): error is KeyporterError {
  return error instanceof KeyporterError && (error.status === 401 || error.status === 403)
}

const positionShape: Shape<Position> = { seq: integer('seq'), tag: text('tag') }
const position: Field<Position> = {
  wire: 'position',
  read: (json) => readShape(positionShape, json),
  print: (value) => value,
}

interface RegisteredAnswer extends Registered {
  readonly catalog: string
  readonly keyPrefix: string
  readonly queryKeys: boolean
}

const registeredShape: Shape<RegisteredAnswer> = {
  verifierId: text('verifierId'),
  position,
  leaseMs: integer('leaseMs'),
  storeNowMs: number('storeNowMs'),
  catalog: text('catalog'),
  keyPrefix: text('keyPrefix'),
  queryKeys: flag('queryKeys'),
}

function readRegistered(answer: unknown): RegisteredAnswer {
  return readShape(registeredShape, answer)
}

type RenewedAnswer = Renewed & { readonly catalog?: string }

const renewedShape: Shape<{ settingMs: number; storeNowMs: number; catalog: string }> = {
  settingMs: integer('settingMs'),
  storeNowMs: number('storeNowMs'),
  catalog: text('catalog'),
}

function readRenewed(answer: unknown): RenewedAnswer {
  return isGone(answer) ? { gone: true } : { gone: false, ...readShape(renewedShape, answer) }
}

function readChanges(answer: unknown): Changes {
  if (isGone(answer)) return { gone: true }
  const changes = readMemberList(answer, 'changes', (change): Change => {
    const touches = readTouches(change, 'touches')
    return { ...position.read(change), touches, dropsNegatives: readFlag(change, 'dropsNegatives') }
  })
  return { gone: false, changes }
}

function isGone(answer: unknown): boolean {
  return readFlag(answer, 'gone')
}

/** Where a missing member is not taken for false. */
function readFlag(answer: unknown, wire: string): boolean {
  return readMember(readObject(answer), wire, (value) => {
    if (typeof value !== 'boolean') throw new ShapeError('is not true or false')
    return value
  })
}
