/** What a key may do, in words. Loaded after the list, whose rows have the place for it. */
import { type Catalog, printSummary, readStoredPermissions, summarisePermissions } from '@keyporter/core'
import type { ApiKey } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Badge } from '../components/badge.js'
import { Skeleton } from '../components/spinner.js'
import { buildCatalog } from '../permissions/creator.js'
import { catalogQuery } from '../queries.js'
import { describeSummary } from './summary-words.js'

/** One catalog for all rows. */
let built: { readonly from: unknown; readonly catalog: Catalog } | null = null

export function KeySummary({ apiKey }: { apiKey: ApiKey }) {
  const { data: listing } = useQuery(catalogQuery)
  const summary = useMemo(() => {
    if (!listing) return null
    if (built?.from !== listing) built = { from: listing, catalog: buildCatalog(listing) }
    return summarisePermissions(readStoredPermissions(apiKey.permissions), built.catalog)
  }, [listing, apiKey.permissions])
  if (summary === null) return <Skeleton className="my-1 h-4 w-48 max-w-full" />
  const whole = printSummary(summary)
  return summary.full ? (
    <span title={whole}>
      <Badge tone="accent">Full access</Badge>
      <span className="text-muted"> {whole.replace(/^full access(?:; )?/, '')}</span>
    </span>
  ) : (
    <span title={whole}>{describeSummary(summary)}</span>
  )
}
