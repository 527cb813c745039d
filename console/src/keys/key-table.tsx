/** The list of keys: a table, on a phone cards. */
import type { ApiKey } from '@keyporter/sdk'
import { Ellipsis } from 'lucide-react'
import { lazy, type ReactNode, Suspense } from 'react'
import { Link } from 'wouter'
import { Badge, Status } from '../components/badge.js'
import { MenuButton } from '../components/menu-button.js'
import { Skeleton } from '../components/spinner.js'
import { Cell, HeadCell, Row, Table, TableBody, TableHead } from '../components/table.js'
import { Time, useNow } from '../components/time.js'
import type { KeyAction } from './key-dialogs.js'
import { type KeySort, type KeyView, sortBy } from './key-query.js'
import { describeStatus, nameKey } from './key-words.js'

const KeySummary = lazy(async () => ({ default: (await import('./key-summary.js')).KeySummary }))
const loadKeyMenu = () => import('./key-menu.js')
const KeyMenu = lazy(async () => ({ default: (await loadKeyMenu()).KeyMenu }))

interface KeyTableProps {
  readonly keys: readonly ApiKey[]
  readonly view: KeyView
  readonly busy: boolean
  readonly onView: (view: KeyView) => void
  readonly onAction: (action: KeyAction, key: ApiKey) => void
}

export function KeyTable({ keys, view, busy, onView, onAction }: KeyTableProps) {
  return (
    <KeyTableFrame view={view} busy={busy} onView={onView}>
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} onAction={onAction} />
      ))}
    </KeyTableFrame>
  )
}

interface FrameProps {
  readonly view: KeyView
  readonly busy: boolean
  readonly onView: (view: KeyView) => void
  readonly children: ReactNode
}

function KeyTableFrame({ view, busy, onView, children }: FrameProps) {
  const sortable = (sort: KeySort, label: string, className: string) => (
    <HeadCell
      className={className}
      sorted={view.sort === sort ? view.order : null}
      onSort={() => onView(sortBy(view, sort))}
    >
      {label}
    </HeadCell>
  )
  return (
    <Table label="API keys" busy={busy}>
      <TableHead>
        {sortable('name', 'Name', 'w-[24%]')}
        <HeadCell>May do</HeadCell>
        {sortable('createdAt', 'Created', 'w-28')}
        {sortable('lastUsedAt', 'Last used', 'w-36')}
        {sortable('expiresAt', 'Expires', 'w-28')}
        <HeadCell className="w-28">Status</HeadCell>
        <HeadCell className="w-14">
          <span className="sr-only">Actions</span>
        </HeadCell>
      </TableHead>
      <TableBody>{children}</TableBody>
    </Table>
  )
}

function KeyRow({ apiKey, onAction }: { apiKey: ApiKey; onAction: KeyTableProps['onAction'] }) {
  const status = describeStatus(apiKey, useNow())
  return (
    <Row>
      <Cell heading className="row-start-1">
        <Link
          href={`/keys/${apiKey.id}`}
          className="font-medium wrap-anywhere underline-offset-4 hover:underline focus-visible:underline"
        >
          {nameKey(apiKey)}
        </Link>
        {apiKey.primary && (
          <>
            {' '}
            <Badge>First key</Badge>
          </>
        )}
        <div className="font-mono text-xs text-muted">{apiKey.name?.trim() ? apiKey.hint : 'no name'}</div>
      </Cell>
      <Cell label="May do">
        <div className="line-clamp-3 h-15 break-words lg:line-clamp-2 lg:h-10">
          <Suspense fallback={<Skeleton className="my-1 h-4 w-48 max-w-full" />}>
            <KeySummary apiKey={apiKey} />
          </Suspense>
        </div>
      </Cell>
      <Cell label="Created" className="max-sm:hidden">
        <Time at={apiKey.createdAt} />
      </Cell>
      <Cell label="Last used">
        <Time at={apiKey.lastUsedAt} />
        {apiKey.lastUsedAddress && (
          <div className="truncate font-mono text-xs text-muted" title={apiKey.lastUsedAddress}>
            {apiKey.lastUsedAddress}
          </div>
        )}
      </Cell>
      <Cell label="Expires">
        <Time at={apiKey.expiresAt} />
      </Cell>
      <Cell label="Status">
        <Status tone={status.tone}>{status.text}</Status>
      </Cell>
      <Cell className="col-start-2 row-start-1 lg:py-1.5!">
        <KeyMenuButton apiKey={apiKey} onAction={onAction} />
      </Cell>
    </Row>
  )
}

function KeyMenuButton({ apiKey, onAction }: { apiKey: ApiKey; onAction: KeyTableProps['onAction'] }) {
  const trigger = (
    <button
      type="button"
      aria-label={`Actions for ${nameKey(apiKey)}`}
      className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text data-[state=open]:bg-hover data-[state=open]:text-text"
    >
      <Ellipsis aria-hidden="true" className="size-4" />
    </button>
  )
  return (
    <MenuButton trigger={trigger} load={loadKeyMenu}>
      <KeyMenu trigger={trigger} apiKey={apiKey} onAction={onAction} />
    </MenuButton>
  )
}

const skeletonRows = Array.from({ length: 12 }, (_, index) => index)

/** Grey rows of the height of real ones. */
export function KeyTableSkeleton({ view }: { view: KeyView }) {
  return (
    <KeyTableFrame view={view} busy onView={() => {}}>
      {skeletonRows.map((index) => (
        <Row key={index}>
          <Cell heading className="row-start-1">
            <Skeleton className="my-1 h-4 w-40" />
            <Skeleton className="my-1 h-3 w-24" />
          </Cell>
          <Cell label="May do">
            <div className="h-15 lg:h-10">
              <Skeleton className="my-1 h-4 w-48" />
            </div>
          </Cell>
          <Cell label="Created" className="max-sm:hidden">
            <Skeleton className="my-1 h-4 w-16" />
          </Cell>
          <Cell label="Last used">
            <Skeleton className="my-1 h-4 w-20" />
          </Cell>
          <Cell label="Expires">
            <Skeleton className="my-1 h-4 w-16" />
          </Cell>
          <Cell label="Status">
            <Skeleton className="my-1 h-4 w-16" />
          </Cell>
          <Cell className="col-start-2 row-start-1">{null}</Cell>
        </Row>
      ))}
    </KeyTableFrame>
  )
}
