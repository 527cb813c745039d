/**
 * What a stored document names that the catalog does not have: since it was written, the catalog has changed. Nothing is granted
 * by it, and the server takes it in no new document; so it can be taken out, and what the rest grants stays as it is.
 */
import { type Catalog, parsePermissions, readStoredPermissions } from '@keyporter/core'
import { withdrawCategory, withdrawEndpoint } from './edits.js'
import { type Form, printForm, readForm } from './form.js'
import type { Scope } from './parameters.js'

export interface Misfit extends Scope {
  /** Where in the document. */
  readonly path: readonly string[]
  /** What the grammar says about it. */
  readonly msg: string
}

/** In the order of the document; none where the catalog understands it whole. */
export function listMisfits(document: unknown, catalog: Catalog): Misfit[] {
  const misfits: Misfit[] = []
  let form = readForm(readStoredPermissions(document), catalog)
  for (;;) {
    const read = parsePermissions(printForm(form, catalog), catalog)
    if (read.ok) return misfits
    const [, category, member] = read.path
    // What stands above the categories is nothing that a catalog has.
    if (category === undefined || !form.has(category)) return misfits
    const endpointId = member === undefined || member === 'constraints' ? null : member
    misfits.push({ category, endpointId, path: read.path, msg: `${read.problem}.` })
    const next = dropMisfits(form, misfits.slice(-1), catalog)
    if (next.get(category) === form.get(category)) return misfits
    form = next
  }
}

/** The form without what grants nothing. */
export function dropMisfits(form: Form, misfits: readonly Misfit[], catalog: Catalog): Form {
  return misfits.reduce((left, { category, endpointId }) => {
    const node = left.get(category)
    if (!node) return left
    if (endpointId === null) return withdrawCategory(left, category, catalog)
    return node.endpoints?.has(endpointId) ? withdrawEndpoint(left, category, endpointId, catalog) : left
  }, form)
}
