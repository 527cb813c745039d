/** The list of API keys. What it shows is in the address, so that back and forward work and links can be shared. */
import type { ApiKey } from '@keyporter/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight, KeyRound, Plus, SearchX } from 'lucide-react'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { client } from '../client.js'
import { Button, ButtonLink } from '../components/button.js'
import { joinClasses } from '../components/classes.js'
import { Empty } from '../components/empty.js'
import { ErrorNotice } from '../components/notice.js'
import { showToast } from '../components/toast.js'
import { describeError } from '../failure.js'
import { setDisabled } from '../keys/key-actions.js'
import type { KeyAction } from '../keys/key-dialogs.js'
import { KeyFilters } from '../keys/key-filters.js'
import {
  defaultView,
  isFiltered,
  type KeyView,
  keysPerPage,
  printKeyView,
  readKeyView,
  toListQuery,
} from '../keys/key-query.js'
import { KeyTable, KeyTableSkeleton } from '../keys/key-table.js'
import { KeysFrame } from '../keys/keys-frame.js'
import { keysQueryKey } from '../queries.js'

const KeyDialogs = lazy(async () => ({ default: (await import('../keys/key-dialogs.js')).KeyDialogs }))

export function KeysPage() {
  const [view, setView] = useKeyView()
  const [open, setOpen] = useState<{ action: 'reset' | 'delete'; key: ApiKey } | null>(null)
  const query = toListQuery(view)
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: [...keysQueryKey, query],
    queryFn: () => client.listApiKeys(query),
    placeholderData: keepPreviousData,
  })
  const act = async (action: KeyAction, key: ApiKey) => {
    if (action === 'reset' || action === 'delete') return setOpen({ action, key })
    try {
      await setDisabled(key, action === 'disable')
    } catch (failure) {
      showToast({ title: `Not ${action}d.`, description: describeError(failure), tone: 'danger' })
    }
  }
  return (
    <KeysFrame action={<NewKeyLink variant="primary" />}>
      <KeyFilters view={view} onChange={setView} />
      {error && !isPlaceholderData ? (
        <div className="p-4">
          <ErrorNotice error={error} onRetry={() => refetch()} />
        </div>
      ) : !data ? (
        <KeyTableSkeleton view={view} />
      ) : (
        <div className={joinClasses('transition-opacity', isPlaceholderData && 'opacity-60')}>
          {data.keys.length > 0 && (
            <KeyTable keys={data.keys} view={view} busy={isPlaceholderData} onView={setView} onAction={act} />
          )}
          <Below view={view} count={data.keys.length} total={data.total} onView={setView} />
        </div>
      )}
      {open && (
        <Suspense>
          <KeyDialogs action={open.action} apiKey={open.key} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </KeysFrame>
  )
}

/** What is seen is "+ New", as people look for it. */
function NewKeyLink({ variant }: { variant: 'primary' | 'secondary' }) {
  return (
    <ButtonLink href="/keys/new" variant={variant} icon={Plus}>
      New<span className="sr-only"> key</span>
    </ButtonLink>
  )
}

/** What stands under the rows, or in their place: the pager, or why there are none. */
function Below({ view, count, total, onView }: BelowProps) {
  if (count === 0 && isFiltered(view)) {
    const reset = () => onView({ ...defaultView, sort: view.sort, order: view.order })
    return (
      <Empty icon={SearchX} title="No key matches" action={<Button onClick={reset}>Show all keys</Button>}>
        {view.search.trim() === '' ? 'None is in this state.' : `Nothing has “${view.search.trim()}” in it.`}
      </Empty>
    )
  }
  if (count === 0 && view.page > 1) {
    return (
      <Empty
        icon={SearchX}
        title="This page is empty"
        action={<Button onClick={() => onView({ ...view, page: 1 })}>To the first page</Button>}
      />
    )
  }
  if (total <= 1 && !isFiltered(view)) {
    return (
      <div className="border-t border-line">
        <Empty icon={KeyRound} title="Give each program a key of its own" action={<NewKeyLink variant="secondary" />}>
          With only what it needs. Then one can be taken back without stopping the others.
        </Empty>
      </div>
    )
  }
  return <Pager view={view} count={count} total={total} onView={onView} />
}

interface BelowProps {
  readonly view: KeyView
  readonly count: number
  readonly total: number
  readonly onView: (view: KeyView) => void
}

function Pager({ view, count, total, onView }: BelowProps) {
  const first = (view.page - 1) * keysPerPage + 1
  const isLast = first - 1 + count >= total
  const number = new Intl.NumberFormat('en')
  return (
    <div className="flex items-center justify-between gap-3 border-t border-line px-4 py-2.5">
      <p role="status" className="text-sm text-muted">
        {number.format(first)}–{number.format(first - 1 + count)} of {number.format(total)}
      </p>
      {total > keysPerPage && (
        <nav aria-label="Pages" className="flex gap-1.5">
          <Button
            size="sm"
            icon={ChevronLeft}
            disabled={view.page === 1}
            onClick={() => onView({ ...view, page: view.page - 1 })}
          >
            Previous
          </Button>
          <Button
            size="sm"
            icon={ChevronRight}
            disabled={isLast}
            onClick={() => onView({ ...view, page: view.page + 1 })}
          >
            Next
          </Button>
        </nav>
      )}
    </div>
  )
}

function useKeyView(): [KeyView, (view: KeyView, options?: { replace: boolean }) => void] {
  const search = useSearch()
  const [path, navigate] = useLocation()
  const view = useMemo(() => readKeyView(new URLSearchParams(search)), [search])
  const setView = useCallback(
    (next: KeyView, options: { replace: boolean } = { replace: false }) => {
      const printed = `${printKeyView(next)}`
      navigate(printed === '' ? path : `${path}?${printed}`, options)
    },
    [path, navigate],
  )
  return [view, setView]
}
