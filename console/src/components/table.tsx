/**
 * Tables that turn into cards on a phone. The roles are said outright, since a table that is laid out as blocks is none
 * to a screen reader.
 */
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { joinClasses } from './classes.js'
import { Skeleton } from './spinner.js'

/** `label` names the table. */
export function Table({ label, busy = false, children }: { label: string; busy?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: blocks are no table
    <table role="table" aria-label={label} aria-busy={busy || undefined} className="block w-full text-left lg:table">
      {children}
    </table>
  )
}

export function TableHead({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: blocks are no table
    <thead role="rowgroup" className="hidden lg:table-header-group">
      {/* biome-ignore lint/a11y/noRedundantRoles: blocks are no table */}
      <tr role="row" className="border-b border-line">
        {children}
      </tr>
    </thead>
  )
}

interface HeadCellProps {
  readonly children: ReactNode
  readonly className?: string
  /** Makes the heading a button that sorts. */
  readonly onSort?: () => void
  readonly sorted?: 'asc' | 'desc' | null
}

export function HeadCell({ children, className, onSort, sorted = null }: HeadCellProps) {
  const Arrow = sorted === 'desc' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      // biome-ignore lint/a11y/noRedundantRoles: blocks are no table
      role="columnheader"
      aria-sort={sorted === null ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
      className={joinClasses('h-9 px-3 text-xs font-medium text-muted first:pl-4 last:pr-4', className)}
    >
      {onSort ? (
        <button
          type="button"
          onClick={onSort}
          className={joinClasses('group -mx-1 inline-flex items-center gap-1 rounded px-1', sorted && 'text-text')}
        >
          {children}
          <Arrow
            aria-hidden="true"
            className={joinClasses('size-3', sorted === null && 'opacity-0 group-hover:opacity-60')}
          />
        </button>
      ) : (
        children
      )}
    </th>
  )
}

export function TableBody({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: blocks are no table
    <tbody role="rowgroup" className="block divide-y divide-line lg:table-row-group">
      {children}
    </tbody>
  )
}

export function Row({ className, ...rest }: ComponentProps<'tr'>) {
  return (
    <tr
      // biome-ignore lint/a11y/noRedundantRoles: blocks are no table
      role="row"
      {...rest}
      className={joinClasses(
        'relative grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1 px-4 py-3 lg:table-row lg:p-0 lg:hover:bg-hover/60',
        className,
      )}
    />
  )
}

interface CellProps extends ComponentProps<'td'> {
  /** Stands before the value on a phone, where there is no heading above it. */
  readonly label?: string
  /** Makes this cell the row's name. */
  readonly heading?: boolean
}

export function Cell({ label, heading = false, className, children, ...rest }: CellProps) {
  const Tag = heading ? 'th' : 'td'
  return (
    <Tag
      role={heading ? 'rowheader' : 'cell'}
      {...(heading && { scope: 'row' })}
      {...rest}
      className={joinClasses(
        'min-w-0 text-left font-normal lg:px-3 lg:py-2.5 lg:align-top lg:first:pl-4 lg:last:pr-4',
        label && 'col-span-2 flex gap-2 text-sm lg:table-cell',
        className,
      )}
    >
      {label && <span className="w-20 shrink-0 text-muted lg:hidden">{label}</span>}
      {label ? <div className="min-w-0">{children}</div> : children}
    </Tag>
  )
}

/** Grey rows in the place of those that are coming. */
export function TableSkeleton({ columns, rows }: { columns: number; rows: number }) {
  return (
    <TableBody>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Row key={row}>
          {Array.from({ length: columns }, (_, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
            <Cell key={column} className="col-span-2">
              <Skeleton className="my-2.5 h-4 w-2/3" />
            </Cell>
          ))}
        </Row>
      ))}
    </TableBody>
  )
}
