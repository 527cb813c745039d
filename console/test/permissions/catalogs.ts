// The catalogs that the tests of the editor use, loaded by the core that the console uses.
import { builtinCatalog, loadCatalog, type Permissions, parsePermissions } from '@keyporter/core'
import { entries, ownEntries as ownAbstract } from '../../../core/test/arbitrary.js'
import { ownEntries, readVast, thingEntries } from '../../../core/test/world.js'

/** What the random documents are about. */
export const abstract = loadCatalog([
  { own: true, entries: ownAbstract },
  { own: false, entries },
])
export const things = loadCatalog([
  { own: true, entries: ownEntries },
  { own: false, entries: thingEntries },
])
export const vast = loadCatalog([builtinCatalog, { own: false, entries: readVast() }])

export function permit(document: unknown, catalog = things): Permissions {
  const read = parsePermissions(document, catalog)
  if (!read.ok) throw new Error(read.problem)
  return read.permissions
}
