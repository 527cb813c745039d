/** The verify API as a surface: what a program asks about, through the one judge, to what it is told. */
import { type AccessRequest, type Address, type Deny, printAddress } from '@keyporter/core'
import {
  describeBusy,
  describeDecision,
  type Judged,
  type Judging,
  judge,
  type Received,
  type Verdict,
} from '@keyporter/sdk'
import { Fault } from '../fault.js'
import type { Meter } from '../metrics.js'

/** Told of each key that was found good. */
export type RecordUse = (keyId: number, at: number, address: string | null) => void

/** Told of each denial, and of the request if it had a canonical form. */
export type RecordDenial = (decision: Deny, request: AccessRequest | null, at: number) => void

/**
 * Judges what is asked about. Never rejects for what is asked: where nobody can tell whose secret it is, that is the
 * verdict. Spends no failed-authentication budget: whoever asks is known.
 */
export function verify(
  judging: Judging & { readonly meter?: Meter; readonly recordDenial?: RecordDenial },
  record: RecordUse,
  received: Received,
): Verdict | Promise<Verdict> {
  const begun = judging.meter?.begin() ?? 0
  const tell = (judged: Judged) => {
    const { decision } = judged
    judging.meter?.countDecision(decision, begun)
    if (!decision.allowed) judging.recordDenial?.(decision, judged.request, judging.now())
    if (decision.allowed && decision.principal?.kind === 'key') {
      record(decision.principal.key.id, judging.now(), printClient(received.client))
    }
    return describeDecision(decision)
  }
  const judged = judge(judging, received)
  return judged instanceof Promise ? judged.then(tell).catch(tellFault) : tell(judged)
}

function printClient(client: Address | null): string | null {
  return client && printAddress(client)
}

function tellFault(thrown: unknown): Verdict {
  if (thrown instanceof Fault && thrown.code === 'busy') return describeBusy(thrown.message)
  throw thrown
}
