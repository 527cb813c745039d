/**
 * The primary process of several on one machine: starts the workers, replaces one that dies, stops them all. It serves
 * nothing itself; Node hands each connection of the one port to the next free worker.
 */
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openGathering } from './gathering.js'
import { passOnOffers } from './handed-over.js'
import type { ToPrimary, ToWorker } from './messages.js'

export interface PrimaryOptions {
  readonly workers: number
  /** Where each worker listens, in this order: the variables that give it the ports. */
  readonly variables: readonly string[]
  /** How long workers may take to stop before they are killed. */
  readonly stopMs: number
  readonly logger: Logger
}

export interface Primary {
  /** What they all listen on, in the order of `variables`. */
  readonly listening: readonly [Listening, ...Listening[]]
  /** Rejects when no worker is left and none can be started any more. */
  readonly failed: Promise<never>
  /** Stops all workers and resolves when they have ended. */
  close(): Promise<void>
}

/** The workers could not be started. `code` is that of the system error behind it, if there is one. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  readonly code: string | undefined

  constructor(message: string, code: string | null = null) {
    super(message)
    this.code = code ?? undefined
  }
}

/** Attempts in a row, with no worker serving, after which the primary gives up. */
const maxFailures = 8
const firstPauseMs = 100
const longestPauseMs = 5_000
/** One that served this long did not die of its start. */
const steadyMs = 10_000

type Environment = Readonly<Record<string, string>>

export interface Listening {
  readonly port: number
  readonly address: string
}

/** Starts the workers; resolves when the first of them listens. Throws `WorkerError` when none can. */
export async function openPrimary({ workers, variables, stopMs, logger }: PrimaryOptions): Promise<Primary> {
  // Standard output belongs to the announcements of the primary.
  cluster.setupPrimary({ stdio: ['ignore', 2, 2, 'ipc'] })
  const gathering = openGathering(listConnected)
  let closing = false
  let failures = 0
  let environment: Environment = {}
  let giveUp = (_problem: WorkerError) => {}
  const failed = new Promise<never>((_resolve, reject) => {
    giveUp = reject
  })
  failed.catch(() => {})

  async function replace(): Promise<void> {
    const pauseMs = failures === 0 ? 0 : Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)
    await sleep(pauseMs)
    while (!closing) {
      try {
        // A port that was given us is asked for by its number once nobody holds it any more.
        if (listConnected().length === 0) environment = namePorts(variables, first)
        watch(await start())
        return
      } catch (problem) {
        failures++
        logger.error({ err: problem }, 'a worker could not be started')
        if (failures >= maxFailures && listConnected().length === 0) return giveUp(problem as WorkerError)
        await sleep(Math.min(firstPauseMs * 2 ** failures, longestPauseMs))
      }
    }
  }

  function watch({ worker }: Started): void {
    const startedAt = performance.now()
    const onExit = (code: number | null, signal: string | null) => {
      if (closing) return
      failures = performance.now() - startedAt >= steadyMs ? 0 : failures + 1
      logger.error({ worker: worker.process.pid, code, signal }, 'a worker ended and is replaced')
      void replace()
    }
    if (worker.isDead()) onExit(null, null)
    else worker.once('exit', onExit)
  }

  async function close(): Promise<void> {
    closing = true
    await stopWorkers(stopMs)
  }

  const start = () => startWorker(gathering.answer, environment, variables.length)
  const starts = Array.from({ length: workers }, start)
  const first = await Promise.any(starts).then(
    ({ listening }) => listening,
    // What keeps one from starting keeps all: it is said once.
    () => starts[0]!.then(({ listening }) => listening),
  )
  const settled = starts.map((started) =>
    started.then(watch, (problem: unknown) => {
      if (closing) return
      logger.error({ err: problem }, 'a worker could not be started')
      failures++
      return replace()
    }),
  )
  void Promise.all(settled).then(() => closing || logger.info({ workers }, 'all workers serve'))
  return { listening: first as Primary['listening'], failed, close }
}

interface Started {
  readonly worker: Worker
  readonly listening: readonly Listening[]
}

function namePorts(variables: readonly string[], listening: readonly Listening[]): Environment {
  return Object.fromEntries(variables.map((name, index) => [name, String(listening[index]!.port)]))
}

/** Starts one worker; resolves when it listens on as many ports as it has. Throws `WorkerError`. */
function startWorker(
  answer: (worker: Worker, message: ToPrimary) => void,
  environment: Environment,
  portCount: number,
): Promise<Started> {
  const worker = cluster.fork(environment)
  passOnOffers(worker, () => listConnected().some((other) => other !== worker))
  return new Promise((resolve, reject) => {
    let problem: WorkerError | null = null
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'failed') problem = new WorkerError(message.message, message.code)
      else if (message.kind === 'changed') tellOthers(worker, message)
      else answer(worker, message)
    })
    const listening: Listening[] = []
    worker.on('listening', ({ port, address }) => {
      listening.push({ port, address })
      if (listening.length === portCount) resolve({ worker, listening })
    })
    worker.once('error', (error) => reject(new WorkerError(`a worker could not be started: ${error.message}`)))
    worker.once('exit', (code, signal) => {
      reject(problem ?? new WorkerError(`a worker ended before it listened (${signal ?? `exit code ${code}`})`))
    })
  })
}

/** An accelerator of revocation on one machine: whom it does not reach looks into the store by itself. */
function tellOthers(teller: Worker, message: ToWorker): void {
  for (const worker of listConnected()) if (worker !== teller) worker.send(message, () => {})
}

async function stopWorkers(stopMs: number): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
  const ended = workers.map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())))
  for (const worker of workers) worker.process.kill('SIGTERM')
  const kill = setTimeout(() => {
    for (const worker of workers) worker.process.kill('SIGKILL')
  }, stopMs)
  await Promise.all(ended.map((end, index) => (workers[index]!.isDead() ? undefined : end)))
  clearTimeout(kill)
}

function listConnected(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true) as Worker[]
}
