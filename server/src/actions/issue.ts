/** How a secret comes to be and to its row. The plaintext leaves in the result, and is nowhere else (design section 4). */
import { type ApiKey, hintSecret, mintSecret } from '@keyporter/core'
import { digestSecret, hashDigest } from '../secrets.js'
import { findKey, insertKey, type NewKeyRow, type PepperedHash } from '../store/keys.js'
import type { Db } from '../store/tables.js'
import type { Context } from './context.js'

/** A key and its secret, which is shown once. */
export interface Issued {
  readonly key: ApiKey
  readonly secret: string
}

/** A fresh secret and what is stored of it. */
export interface Minted extends PepperedHash {
  readonly secret: string
  readonly hint: string
}

export function mint({ random, keyPrefix, peppers }: Context): Minted {
  const secret = mintSecret(random(32), keyPrefix)
  const pepper = peppers.current
  return {
    secret,
    hint: hintSecret(secret, keyPrefix),
    hash: hashDigest(digestSecret(secret), pepper),
    pepperId: pepper.id,
  }
}

/** Inserts a key with a fresh secret. */
export async function issueKey(
  context: Context,
  db: Db,
  fields: Omit<NewKeyRow, keyof Minted | 'createdAt'>,
): Promise<Issued> {
  const { secret, ...stored } = mint(context)
  const id = await insertKey(db, { ...fields, ...stored, createdAt: new Date(context.now()) })
  return { key: await getStored(db, id), secret }
}

/** The key as it stands in this transaction; for one that was just written. */
export async function getStored(db: Db, id: number): Promise<ApiKey> {
  const stored = await findKey(db, id)
  if (!stored) throw new Error('a key that was just written is not there')
  return stored.key
}

/** What is told of an issued key when its COMMIT is not confirmed (decision A16): else the secret would be lost. */
export function describeIssued({ key, secret }: Issued): Record<string, unknown> {
  return { id: key.id, secret }
}
