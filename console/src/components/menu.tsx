/** A button that opens a list of actions. */
import { Check, type LucideIcon } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import {
  createContext,
  type FocusEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useContext,
  useRef,
} from 'react'
import { Link } from 'wouter'
import { joinClasses } from './classes.js'
import { ByKeyboardContext } from './menu-button.js'

/** The look of what floats above the page. */
export const floatingClasses =
  'z-40 min-w-(--radix-popper-anchor-width,8rem) max-w-80 animate-rise overflow-hidden rounded-lg bg-raised p-1 text-text shadow-floating'

export const itemClasses =
  'relative flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover'

interface MenuProps {
  /** The button; its `aria-label` names the menu. */
  readonly trigger: ReactElement
  readonly children: ReactNode
  readonly align?: 'start' | 'end'
  readonly defaultOpen?: boolean
}

/** What was chosen. It runs when the menu has closed and the focus is back: a dialog that it opens returns it there. */
const ChosenContext = createContext<RefObject<(() => void) | null>>({ current: null })

export function Menu({ trigger, children, align = 'end', defaultOpen = false }: MenuProps) {
  const chosen = useRef<(() => void) | null>(null)
  const isFirstByKeyboard = useRef(useContext(ByKeyboardContext))
  // Radix has not seen the key that was pressed before it was loaded.
  const enter = (event: FocusEvent<HTMLElement>) => {
    if (!isFirstByKeyboard.current || event.target !== event.currentTarget) return
    isFirstByKeyboard.current = false
    event.currentTarget.querySelector<HTMLElement>('[role^=menuitem]:not([data-disabled])')?.focus()
  }
  const runChosen = () => {
    const run = chosen.current
    chosen.current = null
    if (run) queueMicrotask(run)
  }
  return (
    <Radix.Root modal={false} defaultOpen={defaultOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={runChosen}
          onFocus={enter}
          className={joinClasses(floatingClasses, 'min-w-44')}
        >
          <ChosenContext value={chosen}>{children}</ChosenContext>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface MenuItemProps {
  readonly icon?: LucideIcon
  readonly children: ReactNode
  readonly danger?: boolean
  readonly disabled?: boolean
  /** A page of the console; instead of `onSelect`. */
  readonly href?: string
  readonly onSelect?: () => void
}

export function MenuItem({ icon: Icon, children, danger = false, disabled = false, href, onSelect }: MenuItemProps) {
  const chosen = useContext(ChosenContext)
  const choose = () => {
    chosen.current = onSelect ?? null
  }
  const className = joinClasses(itemClasses, danger && 'text-danger data-[highlighted]:bg-danger-soft')
  const inside = (
    <>
      {Icon && <Icon aria-hidden="true" className={joinClasses('size-4', !danger && 'text-muted')} />}
      {children}
    </>
  )
  return href === undefined ? (
    <Radix.Item className={className} disabled={disabled} onSelect={choose}>
      {inside}
    </Radix.Item>
  ) : (
    <Radix.Item className={className} disabled={disabled} asChild>
      <Link href={href}>{inside}</Link>
    </Radix.Item>
  )
}

interface MenuChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly { readonly value: Value; readonly label: string; readonly icon?: LucideIcon }[]
}

/** One of several, inside a menu. */
export function MenuChoice<Value extends string>({ label, value, onChange, options }: MenuChoiceProps<Value>) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)} aria-label={label}>
      {options.map(({ value, label, icon: Icon }) => (
        <Radix.RadioItem key={value} value={value} className={joinClasses(itemClasses, 'pr-8')}>
          {Icon && <Icon aria-hidden="true" className="size-4 text-muted" />}
          {label}
          <Radix.ItemIndicator className="absolute right-2">
            <Check aria-hidden="true" className="size-4 text-accent" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1.5 text-xs text-muted">{children}</Radix.Label>
}

export function MenuSeparator() {
  return <Radix.Separator className="mx-1 my-1 h-px bg-line" />
}
