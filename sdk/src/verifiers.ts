/** Registered verifiers, for operators. */
import { integer, isoInstant, printShape, readMemberList, readShape, type Shape, text } from './shape.js'

export interface RegisteredVerifier {
  readonly id: string
  /** Where it runs: machine and process. */
  readonly host: string
  /** Changes that it has not acknowledged yet. */
  readonly lag: number
  readonly leaseMs: number
  readonly registeredAt: Date
  readonly renewedAt: Date
  /** Its last report. */
  readonly acknowledgedAt: Date
}

const verifierShape: Shape<RegisteredVerifier> = {
  id: text('id'),
  host: text('host'),
  lag: integer('lag'),
  leaseMs: integer('lease_ms'),
  registeredAt: isoInstant('registered_at'),
  renewedAt: isoInstant('renewed_at'),
  acknowledgedAt: isoInstant('acknowledged_at'),
}

export function readVerifierList(json: unknown): RegisteredVerifier[] {
  return readMemberList(json, 'verifiers', (verifier) => readShape(verifierShape, verifier))
}

/** The verifier as the wire has it. */
export function printVerifier(verifier: RegisteredVerifier): Record<string, unknown> {
  return printShape(verifierShape, verifier)
}
