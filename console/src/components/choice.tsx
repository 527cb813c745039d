/** Choices: a box to tick, one of several. */
import { Check, Minus } from 'lucide-react'
import { Checkbox as RadixCheckbox, RadioGroup as RadixRadio } from 'radix-ui'
import { type ReactNode, useId } from 'react'

interface CheckboxProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly checked: boolean | 'indeterminate'
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}

export function Checkbox({ label, hint, checked, onChange, disabled = false }: CheckboxProps) {
  const id = useId()
  const Mark = checked === 'indeterminate' ? Minus : Check
  return (
    <div className="flex gap-2">
      <RadixCheckbox.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(state) => onChange(state === true)}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 inline-flex size-4.5 shrink-0 items-center justify-center rounded border border-control bg-surface text-on-accent disabled:opacity-50 data-[state=checked]:border-accent-fill data-[state=checked]:bg-accent-fill data-[state=indeterminate]:border-accent-fill data-[state=indeterminate]:bg-accent-fill"
      >
        <RadixCheckbox.Indicator>
          <Mark aria-hidden="true" className="size-3.5" strokeWidth={3} />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <div className="min-w-0">
        <label htmlFor={id} className={disabled ? 'text-muted' : ''}>
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

export interface RadioOption<Value extends string> {
  readonly value: Value
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly disabled?: boolean
}

interface RadioGroupProps<Value extends string> {
  /** The group's name. */
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly RadioOption<Value>[]
  readonly disabled?: boolean
}

/** Radio buttons, one below the other. */
export function RadioGroup<Value extends string>(props: RadioGroupProps<Value>) {
  const id = useId()
  return (
    <RadixRadio.Root
      aria-label={props.label}
      value={props.value}
      disabled={props.disabled ?? false}
      onValueChange={(value) => props.onChange(value as Value)}
      className="flex flex-col gap-2"
    >
      {props.options.map(({ value, label, hint, disabled = false }) => (
        <div key={value} className="flex gap-2">
          <RadixRadio.Item
            id={`${id}-${value}`}
            value={value}
            disabled={disabled}
            aria-describedby={hint ? `${id}-${value}-hint` : undefined}
            className="mt-0.5 inline-flex size-4.5 shrink-0 items-center justify-center rounded-full border border-control bg-surface disabled:opacity-50 data-[state=checked]:border-accent-fill data-[state=checked]:bg-accent-fill"
          >
            <RadixRadio.Indicator className="size-1.5 rounded-full bg-on-accent" />
          </RadixRadio.Item>
          <div className="min-w-0">
            <label htmlFor={`${id}-${value}`} className={disabled ? 'text-muted' : ''}>
              {label}
            </label>
            {hint && (
              <p id={`${id}-${value}-hint`} className="text-sm text-muted">
                {hint}
              </p>
            )}
          </div>
        </div>
      ))}
    </RadixRadio.Root>
  )
}

export interface Segment<Value extends string> {
  readonly value: Value
  readonly label: ReactNode
  /** The id of what says why it cannot be chosen. The keyboard reaches it all the same, so that the reason is read out. */
  readonly barredBy?: string | null
}

interface SegmentsProps<Value extends string> {
  /** The group's name. */
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly Segment<Value>[]
}

/** The same choice as one row of joined segments, for few and short options. */
export function Segments<Value extends string>({
  label: name,
  value: chosen,
  onChange,
  options,
}: SegmentsProps<Value>) {
  const choose = (value: string) => {
    const option = options.find((each) => each.value === value)
    if (option && !option.barredBy) onChange(option.value)
  }
  return (
    <RadixRadio.Root
      aria-label={name}
      value={chosen}
      onValueChange={choose}
      orientation="horizontal"
      className="inline-flex max-w-full rounded-md border border-line bg-sunken p-0.5"
    >
      {options.map(({ value, label, barredBy }) => (
        <RadixRadio.Item
          key={value}
          value={value}
          aria-disabled={barredBy ? true : undefined}
          aria-describedby={barredBy ?? undefined}
          className="inline-flex h-7 items-center gap-1.5 rounded-[5px] px-2.5 text-sm whitespace-nowrap text-muted not-aria-disabled:hover:text-text aria-disabled:cursor-not-allowed aria-disabled:line-through aria-disabled:opacity-60 data-[state=checked]:bg-accent-soft data-[state=checked]:font-medium data-[state=checked]:text-accent data-[state=checked]:shadow-raised data-[state=checked]:ring-1 data-[state=checked]:ring-accent/50"
        >
          {label}
        </RadixRadio.Item>
      ))}
    </RadixRadio.Root>
  )
}
