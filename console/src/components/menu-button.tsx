/**
 * The button of a menu whose code is loaded when the pointer or the focus comes near, and put in place when it is first
 * opened: a list of many rows stays light.
 */
import {
  type ComponentProps,
  cloneElement,
  createContext,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  Suspense,
  useState,
} from 'react'

/** Whether the keyboard has opened it: then its first item takes the focus. */
export const ByKeyboardContext = createContext(false)

interface MenuButtonProps {
  readonly trigger: ReactElement<ComponentProps<'button'>>
  /** Fetches the code of the menu; may be called often. */
  readonly load: () => Promise<unknown>
  /** The menu, lazy and open by default, around the same trigger. */
  readonly children: ReactElement
}

export function MenuButton({ trigger, load, children }: MenuButtonProps) {
  const [opened, setOpened] = useState<'by keyboard' | 'by pointer' | null>(null)
  // A press of a key is a click without a count.
  const open = ({ detail }: MouseEvent) => setOpened(detail === 0 ? 'by keyboard' : 'by pointer')
  const openByArrow = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    setOpened('by keyboard')
  }
  const button = cloneElement(trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': opened !== null,
    onPointerEnter: load,
    onFocus: load,
    onClick: open,
    onKeyDown: openByArrow,
  })
  if (opened === null) return button
  return (
    <ByKeyboardContext value={opened === 'by keyboard'}>
      <Suspense fallback={button}>{children}</Suspense>
    </ByKeyboardContext>
  )
}
