/**
 * A verifier for applications: decides from memory, under the same contract as the server's own (docs/revocation.md). A
 * revoking call returns only when this verifier too decides by the new state, or cannot decide any more.
 */
import { type Address, type Body, type Presented, parseAddress } from '@keyporter/core'
import type { KeyporterError } from '../error.js'
import type { TransportOptions } from '../transport.js'
import { type Held, openHttpSource, type Rules } from './http-source.js'
import { type Judged, type Judging, judge, type Received } from './judge.js'
import { describeBusy, describeDecision, findChallenge, type Verdict } from './verdict.js'
import { Busy, type Clock, Verifier, type VerifierLimits, type VerifierStatus } from './verifier.js'

export interface KeyVerifierOptions extends Pick<TransportOptions, 'url' | 'fetch'> {
  /** The secret of a key that holds the category `verify`. */
  readonly key: string
  /** What the server's list of verifiers shows; machine and process unless given. */
  readonly name?: string
  readonly limits?: Partial<VerifierLimits>
  /** Told of failures, for a log. The verifier goes on by itself. */
  readonly onProblem?: (problem: unknown) => void
}

/** A request to be checked. One that is not known to have no secret, no body or no address leaves the member out. */
export interface CheckRequest {
  /** The secret by itself; `authorization` is not looked at then. */
  readonly secret?: string | null
  /** The value of the Authorization header; of all of them, when there are several. */
  readonly authorization?: string | readonly string[] | null
  readonly method: string
  /** Path with query, as the request has it. */
  readonly path: string
  /** Bytes or text; null for none, left out when it is not seen. A function is called only when a constraint needs it. */
  readonly body?: Body | string | (() => Body | Promise<Body>)
  readonly contentType?: string | null
  readonly contentEncoding?: string | null
  /** Left out when it is not known: then it is in no address list. */
  readonly clientAddress?: string | Address | null
}

export interface Checked extends Verdict {
  /** The WWW-Authenticate to answer a refusal with; null where there is none. */
  readonly challenge: string | null
}

export interface KeyVerifier {
  /** The verdict of memory; null when memory cannot tell now, and `check` has to ask. No I/O. */
  checkNow(request: CheckRequest): Checked | null
  /**
   * The verdict, by the server where memory cannot tell. Where the server does not answer either: refused, with status
   * 503. Rejects only as a `body` function of the request does.
   */
  check(request: CheckRequest): Promise<Checked>
  /** Resolves once memory decides; rejects when the server refuses our key. */
  ready(): Promise<void>
  readonly status: VerifierStatus
  /** Stops deciding, then takes the registration back. */
  close(): Promise<void>
}

const defaultLimits: VerifierLimits = {
  maxEntries: 1_200_000,
  maxNegatives: 100_000,
  maxLoads: 64,
  maxLoadsPerSecond: 1_000,
}

const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Opens a verifier and begins to register it. Throws `TypeError` or `RangeError` for options that cannot be used. */
export function openVerifier(options: KeyVerifierOptions): KeyVerifier {
  const start = openStart()
  const source = openHttpSource({ ...options, host: options.name ?? describeHost(), onRefused: start.fail })
  const verifier = new Verifier<Held>({
    source,
    clock,
    limits: { ...defaultLimits, ...options.limits },
    onTouched: (touched) => {
      if (touched.all) start.succeed()
    },
    ...(options.onProblem && { onProblem: options.onProblem }),
  })
  let latest: Judgings | null = null

  /** Null before the server has said what to read requests by. */
  function findJudgings(): Judgings | null {
    const { rules } = source
    if (!rules || verifier.storeNow() === Number.NEGATIVE_INFINITY) return null
    if (latest?.rules !== rules) latest = makeJudgings(verifier, rules)
    return latest
  }

  return {
    checkNow(request) {
      const judgings = findJudgings()
      const judged = judgings && judge(judgings.fromMemory, receive(request, neverRead))
      return judged && !(judged instanceof Promise) ? describe(judged) : null
    },
    async check(request) {
      try {
        const judgings = findJudgings()
        if (!judgings) throw new Busy('this verifier has not reached its server yet')
        return describe(await judge(judgings.fromAnywhere, receive(request, read)))
      } catch (problem) {
        if (!(problem instanceof Busy)) throw problem
        return { ...describeBusy(`This key cannot be checked now: ${problem.message}.`), challenge: null }
      }
    },
    ready: () => start.promise,
    get status() {
      return verifier.status
    },
    async close() {
      start.fail(new Busy('the verifier is closed'))
      await verifier.close()
      source.close()
    },
  }
}

/** Both ways to judge by one set of rules. */
interface Judgings {
  readonly rules: Rules
  readonly fromMemory: Judging
  readonly fromAnywhere: Judging
}

function makeJudgings(verifier: Verifier<Held>, rules: Rules): Judgings {
  // A grant says nothing under another catalog than its own.
  const findNow = (digest: string) => {
    const held = verifier.findNow(digest)
    return held?.catalog === rules.catalog ? held.presented : undefined
  }
  const find = async (digest: string) => {
    const { value } = await verifier.find(digest)
    if (value && value.catalog !== rules.catalog) throw new Busy('the catalog has just changed')
    return value ? value.presented : unknown
  }
  const judging = { ...rules, now: () => verifier.storeNow() }
  return {
    rules,
    fromMemory: { ...judging, keys: { findNow, find: never } },
    fromAnywhere: { ...judging, keys: { findNow, find } },
  }
}

const unknown: Presented = { kind: 'unknown' }

/** Stands for what memory cannot tell: it is there to be recognised, and never settles. */
function never(): Promise<never> {
  return new Promise(() => {})
}

type ReadBody = () => Body | Promise<Body>

/** `wrap` makes what is called for a body that would have to be awaited. */
function receive(request: CheckRequest, wrap: (read: ReadBody) => ReadBody): Received {
  const { secret, authorization, body, clientAddress } = request
  return {
    method: request.method,
    target: request.path,
    credentials: secret === undefined || secret === null ? { authorizations: listValues(authorization) } : { secret },
    body: typeof body === 'string' ? () => encoder.encode(body) : typeof body === 'function' ? wrap(body) : body,
    contentType: request.contentType ?? null,
    contentEncoding: request.contentEncoding ?? null,
    client: typeof clientAddress === 'string' ? parseAddress(clientAddress) : (clientAddress ?? null),
  }
}

const encoder = new TextEncoder()
const none: readonly string[] = []

function listValues(authorization: CheckRequest['authorization']): readonly string[] {
  if (authorization === undefined || authorization === null) return none
  return typeof authorization === 'string' ? [authorization] : authorization
}

function read(body: ReadBody): ReadBody {
  return body
}

function neverRead(): ReadBody {
  return never
}

function describe({ decision }: Judged): Checked {
  return { ...describeDecision(decision), challenge: findChallenge(decision) }
}

/** The first registration, as a promise that nobody has to look at. */
function openStart() {
  let succeed = () => {}
  let fail = (_problem: KeyporterError | Busy) => {}
  const promise = new Promise<void>((resolve, reject) => {
    succeed = resolve
    fail = reject
  })
  promise.catch(() => {})
  return { promise, succeed: () => succeed(), fail: (problem: KeyporterError | Busy) => fail(problem) }
}

interface Platform {
  readonly process?: { readonly pid?: number; getBuiltinModule?(name: string): { hostname?(): string } | undefined }
}

function describeHost(): string {
  const { process } = globalThis as Platform
  const machine = process?.getBuiltinModule?.('node:os')?.hostname?.() ?? 'application'
  return process?.pid === undefined ? machine : `${machine}:${process.pid}`
}
