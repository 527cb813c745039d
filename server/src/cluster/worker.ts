/** A worker's line to its primary. In a process that has no primary there is none. */
import cluster from 'node:cluster'
import type { Samples } from '../metrics.js'
import type { ToPrimary, ToWorker } from './messages.js'

export interface PrimaryLine {
  /** From now on answers what this worker has counted. */
  serveSamples(collect: () => Promise<Samples>): void
  /** What all workers have counted. */
  gather(): Promise<readonly Samples[]>
  /** Tells the other workers of a change that this one has made. */
  announce(seq: number): void
  /** From now on calls `wake` with each change that another worker announces. */
  onAnnounced(wake: (seq: number) => void): void
  /** Says why this worker cannot serve. */
  fail(problem: unknown): Promise<void>
  /** Lets go of the primary, so that this process can end. */
  close(): void
}

let opened: PrimaryLine | null = null

/** The line to the primary; null in a process without one. */
export function findPrimaryLine(): PrimaryLine | null {
  if (!cluster.isWorker) return null
  opened ??= openLine()
  return opened
}

function openLine(): PrimaryLine {
  const worker = cluster.worker!
  const questions = new Map<number, (samples: readonly Samples[]) => void>()
  let lastId = 0
  let collect: () => Promise<Samples> = async () => []
  let wake = (_seq: number) => {}
  const tell = (message: ToPrimary) =>
    new Promise<void>((resolve) => {
      // A primary that is gone hears nothing; this process ends with it.
      if (worker.isConnected()) worker.send(message, () => resolve())
      else resolve()
    })

  worker.on('message', (message: ToWorker) => {
    if (message.kind === 'collect') {
      void collect().then((samples) => tell({ kind: 'collected', id: message.id, samples }))
      return
    }
    if (message.kind === 'changed') return wake(message.seq)
    questions.get(message.id)?.(message.samples)
    questions.delete(message.id)
  })

  return {
    serveSamples(given) {
      collect = given
    },
    gather() {
      const id = ++lastId
      return new Promise((resolve) => {
        questions.set(id, resolve)
        void tell({ kind: 'gather', id })
      })
    },
    announce: (seq) => void tell({ kind: 'changed', seq }),
    onAnnounced(given) {
      wake = given
    },
    fail(problem) {
      const { message, code } =
        problem instanceof Error ? (problem as NodeJS.ErrnoException) : { message: String(problem) }
      return tell({ kind: 'failed', message, code: code ?? null })
    },
    close: () => void worker.disconnect(),
  }
}
