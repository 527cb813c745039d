/** What stands under which pepper: keys, sessions and sign-in links. */
import { countKeysByPepper } from './keys.js'
import { countSessionsByPepper } from './sessions.js'
import type { Db } from './tables.js'
import { countLinksByPepper } from './users.js'

export interface PepperCount {
  readonly keys: number
  readonly sessions: number
  readonly links: number
}

/**
 * Counts by pepper id: keys that are not deleted, sessions and links that are in force. Of the others only the reason would
 * be lost with the pepper, not the answer.
 */
export async function countByPepper(db: Db, nowMs: number): Promise<Map<string, PepperCount>> {
  const keys = await countKeysByPepper(db)
  const sessions = await countSessionsByPepper(db, nowMs)
  const links = await countLinksByPepper(db, nowMs)
  const ids = [...new Set([...keys.keys(), ...sessions.keys(), ...links.keys()])].sort()
  return new Map(
    ids.map((id) => [id, { keys: keys.get(id) ?? 0, sessions: sessions.get(id) ?? 0, links: links.get(id) ?? 0 }]),
  )
}

/** Pepper ids that anything in force depends on. */
export async function listPepperIds(db: Db, nowMs: number): Promise<string[]> {
  return [...(await countByPepper(db, nowMs)).keys()]
}
