/** The figures of all workers: one of them is asked by somebody, asks the primary, and the primary asks every one. */
import type { Worker } from 'node:cluster'
import type { Samples } from '../metrics.js'
import type { ToPrimary, ToWorker } from './messages.js'

export interface Gathering {
  /** Takes a message of a worker. */
  answer(worker: Worker, message: ToPrimary): void
}

interface Round {
  readonly samples: Samples[]
  awaited: number
  finish(): void
}

/** A worker that does not answer in time is left out: one that stands still must not hide the others. */
const waitMs = 1_000

export function openGathering(listConnected: () => readonly Worker[]): Gathering {
  const rounds = new Map<number, Round>()
  let lastId = 0

  function gather(asker: Worker, askedId: number): void {
    const id = ++lastId
    const workers = listConnected()
    const finish = () => {
      clearTimeout(timer)
      if (rounds.delete(id)) tell(asker, { kind: 'gathered', id: askedId, samples: round.samples })
    }
    const round: Round = { samples: [], awaited: workers.length, finish }
    const timer = setTimeout(finish, waitMs)
    rounds.set(id, round)
    for (const worker of workers) tell(worker, { kind: 'collect', id })
  }

  return {
    answer(worker, message) {
      if (message.kind === 'gather') return gather(worker, message.id)
      if (message.kind !== 'collected') return
      const round = rounds.get(message.id)
      round?.samples.push(message.samples)
      if (round && --round.awaited === 0) round.finish()
    },
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {})
}
