/** What a key may do, in words. Loaded after the list, whose rows have the place for it. */
import { printSummary, readStoredPermissions, summarisePermissions } from '@keyporter/core'
import type { ApiKey } from '@keyporter/sdk'
import { Fragment, useMemo } from 'react'
import { Badge } from '../components/badge.js'
import { Skeleton } from '../components/spinner.js'
import { useCatalog } from '../permissions/creator.js'

export function KeySummary({ apiKey }: { apiKey: ApiKey }) {
  const catalog = useCatalog()
  const summary = useMemo(
    () => catalog && summarisePermissions(readStoredPermissions(apiKey.permissions), catalog),
    [catalog, apiKey.permissions],
  )
  if (summary === null) return <Skeleton className="my-1 h-4 w-48 max-w-full" />
  const whole = printSummary(summary)
  return summary.full ? (
    <span title={whole}>
      <Badge tone="accent">Full access</Badge>
      <span className="text-muted"> {whole.replace(/^full access(?:; )?/, '')}</span>
    </span>
  ) : (
    <span title={whole}>
      {whole.split('; ').map((part, at) => (
        <Fragment key={part}>
          {at > 0 && '; '}
          <span className={part.endsWith(': none') ? 'text-muted' : undefined}>{part}</span>
        </Fragment>
      ))}
    </span>
  )
}
