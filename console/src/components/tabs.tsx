/** Panels in one place, one shown at a time. Tabs that are pages of their own are in `link-tabs.tsx`. */
import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { joinClasses } from './classes.js'
import { tabClasses, tabListClasses } from './link-tabs.js'

interface TabsProps<Value extends string> {
  readonly label: string
  readonly tabs: readonly { readonly value: Value; readonly label: ReactNode; readonly content: ReactNode }[]
  /** Given together: the tab is the caller's state. */
  readonly value?: Value
  readonly onChange?: (value: Value) => void
}

export function Tabs<Value extends string>({ label, tabs, value, onChange }: TabsProps<Value>) {
  const state =
    value === undefined
      ? { defaultValue: tabs[0]?.value ?? '' }
      : { value, onValueChange: (next: string) => onChange?.(next as Value) }
  return (
    <Radix.Root {...state}>
      <Radix.List aria-label={label} className={tabListClasses}>
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className={joinClasses(
              tabClasses,
              'border-transparent text-muted data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text',
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
