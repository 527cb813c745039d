/**
 * Keys whose stored permissions the catalog does not understand whole, since the catalog has changed: they grant less than
 * they say (decisions, Part 0, Catalog changes). For the operator's log; deciding does not need it.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { type Catalog, parsePermissions } from '@keyporter/core'
import { listDocuments } from '../store/keys.js'
import type { Context } from './context.js'

/** One permission document with its keys. */
export interface Misfit {
  /** What is not understood: the first place of it. */
  readonly problem: string
  readonly keyCount: number
  /** The first of its keys, by id. */
  readonly keyIds: readonly number[]
}

const pageSize = 500
const maxMisfits = 100
const maxShownIds = 10
const maxRemembered = 10_000

/** At most the first hundred misfits. Reads all keys, page by page, and lets others work in between: minutes for millions. */
export async function listMisfits({ store, catalog }: Context): Promise<readonly Misfit[]> {
  const findProblem = createProblemFinder(catalog)
  const misfits = new Map<string, Misfit>()
  for (let afterId = 0; ; ) {
    const page = await store.read((db) => listDocuments(db, { afterId, limit: pageSize }))
    for (const { id, permissions } of page) {
      const problem = findProblem(permissions)
      const known = misfits.get(permissions)
      if (problem === null || (!known && misfits.size === maxMisfits)) continue
      misfits.set(permissions, addKey(known ?? { problem, keyCount: 0, keyIds: [] }, id))
    }
    if (page.length < pageSize) return [...misfits.values()]
    afterId = page.at(-1)!.id
    await breathe()
  }
}

/** Judges each document once, as far as memory goes: many keys have the same. */
function createProblemFinder(catalog: Catalog): (document: string) => string | null {
  const problems = new Map<string, string | null>()
  return (document) => {
    const known = problems.get(document)
    if (known !== undefined) return known
    const result = parsePermissions(JSON.parse(document), catalog)
    const problem = result.ok ? null : result.problem
    if (problems.size < maxRemembered) problems.set(document, problem)
    return problem
  }
}

function addKey({ problem, keyCount, keyIds }: Misfit, id: number): Misfit {
  return { problem, keyCount: keyCount + 1, keyIds: keyCount < maxShownIds ? [...keyIds, id] : keyIds }
}
