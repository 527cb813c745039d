/** The catalog as core loads it, and what the signed-in principal holds: what the editor judges by, as the server does. */
import { type Catalog, loadCatalog, type Permissions, readStoredPermissions } from '@keyporter/core'
import { type CatalogListing, printCatalogEndpoint } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { catalogQuery, whoamiQuery } from '../queries.js'

export interface Creator {
  readonly catalog: Catalog
  readonly permissions: Permissions
  readonly accountId: number
}

interface CreatorState {
  /** Null while it is loading, and when it failed. */
  readonly creator: Creator | null
  readonly error: unknown
  readonly retry: () => void
}

export function useCreator(): CreatorState {
  const listing = useQuery(catalogQuery)
  const whoami = useQuery(whoamiQuery)
  const catalog = useCatalog()
  const creator = useMemo(() => {
    if (!catalog || !whoami.data) return null
    const { account, permissions } = whoami.data
    return { catalog, permissions: readStoredPermissions(permissions), accountId: account.id }
  }, [catalog, whoami.data])
  const retry = () => {
    if (listing.error) void listing.refetch()
    if (whoami.error) void whoami.refetch()
  }
  return { creator, error: listing.error ?? whoami.error, retry }
}

/** One catalog for all who look at once. */
let built: { readonly from: CatalogListing; readonly catalog: Catalog } | null = null

/** Null while it is loading, and when it failed. */
export function useCatalog(): Catalog | null {
  const { data: listing } = useQuery(catalogQuery)
  if (!listing) return null
  if (built?.from !== listing) built = { from: listing, catalog: buildCatalog(listing) }
  return built.catalog
}

/** As the server has it: loading the served endpoints again gives an equal catalog. */
function buildCatalog({ endpoints }: CatalogListing): Catalog {
  return loadCatalog([{ own: true, entries: endpoints.map(printCatalogEndpoint) }])
}
