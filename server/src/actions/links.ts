/**
 * Sign-in links: how a user sets a first or another password. A link is good once and for a day; the store holds it only as
 * a hash. To make one takes the database: no mail is sent.
 */
import { digestSecret, hashDigest } from '../secrets.js'
import type { Db } from '../store/tables.js'
import { findUserByLink, setLink } from '../store/users.js'
import type { Context } from './context.js'

const linkMs = 86_400_000

/** Gives a user a fresh link in place of the last one; returns its token, which is shown once. */
export async function issueLink({ random, peppers, now }: Context, db: Db, userId: number): Promise<string> {
  const token = Buffer.from(random(32)).toString('base64url')
  const pepper = peppers.current
  const link = { hash: hashDigest(digestSecret(token), pepper), pepperId: pepper.id }
  await setLink(db, userId, link, new Date(now() + linkMs))
  return token
}

/** Who may use a link; null for one that was used, replaced, or is out of date. */
export function findLinkedUser({ peppers, now }: Context, db: Db, token: string): Promise<number | null> {
  const digest = digestSecret(token)
  const hashes = peppers.all.map((pepper) => hashDigest(digest, pepper))
  return findUserByLink(db, hashes, now())
}
