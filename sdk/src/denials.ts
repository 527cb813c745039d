/** Refused requests of the keys and sessions of an account. */
import { integer, isoInstant, nullable, printShape, readMemberList, readShape, type Shape, text } from './shape.js'

export interface AccountDenial {
  readonly id: number
  readonly at: Date
  /** Null where a session was refused. */
  readonly keyId: number | null
  readonly keyName: string | null
  readonly keyHint: string | null
  /** Null where a key was refused. */
  readonly sessionId: number | null
  readonly method: string
  /** Without its query; cut to 1024 characters. */
  readonly path: string
  /** Its id in the catalog; null outside. */
  readonly endpoint: string | null
  readonly status: number
  readonly reason: string
  readonly msg: string
  readonly address: string | null
}

const denialShape: Shape<AccountDenial> = {
  id: integer('id'),
  at: isoInstant('at'),
  keyId: nullable(integer('key_id')),
  keyName: nullable(text('key_name')),
  keyHint: nullable(text('key_hint')),
  sessionId: nullable(integer('session_id')),
  method: text('method'),
  path: text('path'),
  endpoint: nullable(text('endpoint')),
  status: integer('status'),
  reason: text('reason'),
  msg: text('msg'),
  address: nullable(text('address')),
}

export function readDenialList(json: unknown): AccountDenial[] {
  return readMemberList(json, 'denials', (denial) => readShape(denialShape, denial))
}

/** The denial as the wire has it. */
export function printDenial(denial: AccountDenial): Record<string, unknown> {
  return printShape(denialShape, denial)
}
