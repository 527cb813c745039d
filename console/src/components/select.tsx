/** One of a list. Inside a `Field` it takes the field's label; elsewhere `label` names it. */
import { getNonce } from 'get-nonce'
import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import { joinClasses } from './classes.js'
import { useFieldTies } from './field.js'
import { floatingClasses, itemClasses } from './menu.js'

export interface SelectOption<Value extends string> {
  readonly value: Value
  readonly label: string
  /** A second, quieter line. */
  readonly hint?: string
  readonly disabled?: boolean
}

interface SelectProps<Value extends string> {
  readonly label?: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly SelectOption<Value>[]
  readonly size?: 'sm' | 'md'
  readonly disabled?: boolean
  readonly placeholder?: string
  readonly className?: string
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, value, onChange, options, size = 'md', disabled = false, placeholder, className } = props
  const ties = useFieldTies()
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as Value)} disabled={disabled}>
      <Radix.Trigger
        {...ties}
        aria-label={label}
        className={joinClasses(
          'inline-flex min-w-0 items-center justify-between gap-2 rounded-md border border-control bg-surface text-left text-text shadow-raised enabled:hover:bg-hover disabled:opacity-60 aria-invalid:border-danger data-[placeholder]:text-muted',
          size === 'sm' ? 'h-7 px-2 text-sm' : 'h-9 px-3',
          className,
        )}
      >
        <span className="min-w-0 truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <Radix.Icon>
          <ChevronDown aria-hidden="true" className="size-4 text-muted" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content position="popper" sideOffset={4} collisionPadding={8} className={floatingClasses}>
          <Radix.Viewport nonce={getNonce()} className="max-h-80">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled ?? false}
                className={joinClasses(itemClasses, 'pr-8')}
              >
                <span className="flex min-w-0 flex-col">
                  <Radix.ItemText>{option.label}</Radix.ItemText>
                  {option.hint && <span className="text-xs text-muted">{option.hint}</span>}
                </span>
                <Radix.ItemIndicator className="absolute right-2">
                  <Check aria-hidden="true" className="size-4 text-accent" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
