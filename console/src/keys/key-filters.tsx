/** Search and filters of the list of keys. */
import { useEffect, useState } from 'react'
import { joinClasses } from '../components/classes.js'
import { NativeSelect } from '../components/native-select.js'
import { SearchInput } from '../components/text-input.js'
import { type KeySort, type KeyStatusFilter, type KeyView, sortBy, unusedDayChoices } from './key-query.js'

const typingMs = 180

const filters: readonly { readonly status: KeyStatusFilter | null; readonly label: string }[] = [
  { status: null, label: 'All' },
  { status: 'active', label: 'Active' },
  { status: 'unused', label: 'Unused' },
  { status: 'expiring', label: 'Expiring' },
  { status: 'expired', label: 'Expired' },
  { status: 'disabled', label: 'Disabled' },
  { status: 'full', label: 'Full access' },
]

const sortLabels: Record<KeySort, string> = {
  createdAt: 'Newest',
  name: 'Name',
  lastUsedAt: 'Last used',
  expiresAt: 'Expiry',
}

interface KeyFiltersProps {
  readonly view: KeyView
  readonly onChange: (view: KeyView, options?: { replace: boolean }) => void
}

export function KeyFilters({ view, onChange }: KeyFiltersProps) {
  return (
    <div className="flex flex-col gap-3 border-b border-line p-3 lg:flex-row lg:items-center">
      <div className="flex gap-2 lg:w-72">
        <div className="min-w-0 flex-1">
          <KeySearch view={view} onChange={onChange} />
        </div>
        <NativeSelect
          label="Sort"
          className="h-9 rounded-md border-control bg-surface shadow-raised lg:hidden"
          value={view.sort}
          onChange={(sort) => onChange(sortBy({ ...view, order: 'asc' }, sort))}
          options={(Object.keys(sortLabels) as KeySort[]).map((value) => ({ value, label: sortLabels[value] }))}
        />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row that scrolls */}
      <div role="group" aria-label="Filter" className="-m-1 flex min-w-0 items-center gap-1.5 overflow-x-auto p-1">
        {filters.map(({ status, label }) => (
          <Chip
            key={label}
            pressed={view.status === status}
            onPress={() => onChange({ ...view, status, page: 1 })}
            label={label}
          />
        ))}
        {view.status === 'unused' && (
          <NativeSelect
            label="Unused"
            className="h-7 rounded-full border-accent/50 bg-accent-soft text-sm"
            value={`${view.unusedDays}`}
            onChange={(days) => onChange({ ...view, unusedDays: Number(days), page: 1 })}
            options={listDayChoices(view.unusedDays).map((days) => ({ value: `${days}`, label: `for ${days} days` }))}
          />
        )}
      </div>
    </div>
  )
}

function Chip({ label, pressed, onPress }: { label: string; pressed: boolean; onPress: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={joinClasses(
        'h-7 shrink-0 rounded-full border px-2.5 text-sm whitespace-nowrap transition-colors',
        pressed
          ? 'border-accent/50 bg-accent-soft text-accent'
          : 'border-line bg-surface text-muted hover:bg-hover hover:text-text',
      )}
    >
      {label}
    </button>
  )
}

/** What is typed shows at once and is searched when the typing pauses. */
function KeySearch({ view, onChange }: KeyFiltersProps) {
  const [typed, setTyped] = useState(view.search)
  const [known, setKnown] = useState(view.search)
  if (known !== view.search) {
    // The address has changed by other means: back, or another filter.
    setKnown(view.search)
    if (view.search !== typed) setTyped(view.search)
  }
  useEffect(() => {
    if (typed === view.search) return
    const timer = setTimeout(() => {
      setKnown(typed)
      onChange({ ...view, search: typed, page: 1 }, { replace: true })
    }, typingMs)
    return () => clearTimeout(timer)
  }, [typed, view, onChange])
  return <SearchInput label="Search keys" placeholder="Name or hint" value={typed} onChange={setTyped} />
}

function listDayChoices(days: number): readonly number[] {
  return [...new Set([...unusedDayChoices, days])].sort((a, b) => a - b)
}
