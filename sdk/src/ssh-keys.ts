/** Public SSH keys of an account. */
import {
  instant,
  integer,
  printShape,
  readMember,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
} from './shape.js'

export interface SshKey {
  readonly id: number
  /** The account that has it. */
  readonly userId: number
  /** On one line, as in authorized_keys. */
  readonly publicKey: string
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly createdAt: Date
}

const sshKeyShape: Shape<SshKey> = {
  id: integer('id'),
  userId: integer('user_id'),
  publicKey: text('public_key'),
  fingerprint: text('fingerprint'),
  createdAt: instant('created_at'),
}

const readSshKey = (json: unknown) => readShape(sshKeyShape, json)

export function readSshKeyList(json: unknown): SshKey[] {
  if (!Array.isArray(json)) throw new ShapeError('is not a list')
  return json.map(readSshKey)
}

/** The answer to a create or an update. */
export function readKeptSshKey(json: unknown): SshKey {
  return readMember(readObject(json), 'key', readSshKey)
}

/** The SSH key as the wire has it. */
export function printSshKey(sshKey: SshKey): Record<string, unknown> {
  return { ...printShape(sshKeyShape, sshKey), key: sshKey.publicKey }
}
