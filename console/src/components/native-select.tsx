/** A small choice in a toolbar, by the browser's own list: nothing to load, and on a phone the best there is. */
import { ChevronDown } from 'lucide-react'
import { joinClasses } from './classes.js'

interface NativeSelectProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly className?: string
}

export function NativeSelect<Value extends string>(props: NativeSelectProps<Value>) {
  const { label, value, onChange, options, className } = props
  return (
    <span className={joinClasses('relative inline-flex shrink-0', className)}>
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value as Value)}
        className="h-full appearance-none rounded-[inherit] border border-inherit bg-inherit pr-8 pl-3 text-text [font-size:inherit] *:bg-raised"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 right-2.5 my-auto size-4 text-muted"
      />
    </span>
  )
}
