/** Tabs that are pages of their own: links, of which the address tells the current one. */
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { joinClasses } from './classes.js'

/** The look of tabs, here and inside panels. */
export const tabClasses =
  'inline-flex h-10 items-center gap-1.5 border-b-2 px-1 whitespace-nowrap transition-colors hover:text-text focus-visible:-outline-offset-2'
const currentTabClasses = 'border-accent font-medium text-text'
const otherTabClasses = 'border-transparent text-muted'
export const tabListClasses = 'flex gap-5 overflow-x-auto shadow-[inset_0_-1px_0_var(--color-line)]'

export function LinkTabs({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { readonly href: string; readonly label: ReactNode }[]
}) {
  const [location] = useLocation()
  return (
    <nav aria-label={label} className={tabListClasses}>
      {tabs.map((tab) => {
        const isCurrent = location === tab.href
        return (
          <Link
            key={tab.href}
            href={tab.href}
            aria-current={isCurrent ? 'page' : undefined}
            className={joinClasses(tabClasses, isCurrent ? currentTabClasses : otherTabClasses)}
          >
            {tab.label}
          </Link>
        )
      })}
    </nav>
  )
}
