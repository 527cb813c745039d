/** Tabs: those that are pages of their own are links, those inside a panel are Radix tabs. They look alike. */
import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { joinClasses } from './classes.js'

const tabClasses =
  '-mb-px inline-flex h-10 items-center gap-1.5 border-b-2 border-transparent px-1 whitespace-nowrap text-muted transition-colors hover:text-text'
const listClasses = 'flex gap-5 overflow-x-auto border-b border-line px-1'

/** One page each; the current one is told by the address. */
export function LinkTabs({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { readonly href: string; readonly label: ReactNode }[]
}) {
  const [location] = useLocation()
  return (
    <nav aria-label={label} className={listClasses}>
      {tabs.map((tab) => {
        const isCurrent = location === tab.href
        return (
          <Link
            key={tab.href}
            href={tab.href}
            aria-current={isCurrent ? 'page' : undefined}
            className={joinClasses(tabClasses, isCurrent && 'border-accent font-medium text-text')}
          >
            {tab.label}
          </Link>
        )
      })}
    </nav>
  )
}

interface TabsProps<Value extends string> {
  readonly label: string
  readonly tabs: readonly { readonly value: Value; readonly label: ReactNode; readonly content: ReactNode }[]
  /** Given together: the tab is the caller's state. */
  readonly value?: Value
  readonly onChange?: (value: Value) => void
}

/** Panels in one place, one shown at a time. */
export function Tabs<Value extends string>({ label, tabs, value, onChange }: TabsProps<Value>) {
  const state =
    value === undefined
      ? { defaultValue: tabs[0]?.value ?? '' }
      : { value, onValueChange: (next: string) => onChange?.(next as Value) }
  return (
    <Radix.Root {...state}>
      <Radix.List aria-label={label} className={listClasses}>
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className={joinClasses(
              tabClasses,
              'data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text',
            )}
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="pt-3">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
