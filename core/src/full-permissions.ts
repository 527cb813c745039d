/** What stands for more than it says: `{}` for all that its creator has, and `*` for what a catalog knows. */
import { type Catalog, reservedCategories } from './catalog.js'
import { parsePermissions, printPermissions } from './permission-document.js'
import { type CategoryNode, findCategoryNode, type Permissions, wildcard } from './permissions.js'

/**
 * What `{}` or an absent document stands for: the creator's own tree without the reserved categories, with `*` written
 * out as the categories of the catalog (decisions A1, A2).
 */
export function expandFull(creator: Permissions, catalog: Catalog): Permissions {
  const expanded = new Map<string, CategoryNode>()
  for (const category of catalog.categories.keys()) {
    if (reservedCategories.includes(category)) continue
    const node = findCategoryNode(creator, category)
    if (node) expanded.set(category, node)
  }
  return expanded
}

/**
 * `*` written out as the categories it stands for today, where the creator holds no `*` itself: a full key may say `*`,
 * but may not give away what only a later catalog will know.
 */
export function limitAny(permissions: Permissions, creator: Permissions, catalog: Catalog): Permissions {
  const rest = permissions.get(wildcard)
  if (!rest || creator.has(wildcard)) return permissions
  const limited = new Map(permissions)
  limited.delete(wildcard)
  for (const category of catalog.categories.keys()) {
    if (limited.has(category) || reservedCategories.includes(category)) continue
    // Where no endpoint has the constrained parameter, the category would grant nothing and not be valid by itself.
    if (parsePermissions(printPermissions(new Map([[category, rest]])), catalog).ok) limited.set(category, rest)
  }
  return limited
}
