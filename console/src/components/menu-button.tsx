/**
 * The button of a menu whose code is loaded when the pointer or the focus comes near, and put in place when it is first
 * opened: a list of many rows stays light.
 */
import { type ComponentProps, cloneElement, type KeyboardEvent, type ReactElement, Suspense, useState } from 'react'

interface MenuButtonProps {
  readonly trigger: ReactElement<ComponentProps<'button'>>
  /** Fetches the code of the menu; may be called often. */
  readonly load: () => Promise<unknown>
  /** The menu, lazy and open by default, around the same trigger. */
  readonly children: ReactElement
}

export function MenuButton({ trigger, load, children }: MenuButtonProps) {
  const [isOpened, setOpened] = useState(false)
  const open = () => setOpened(true)
  const openByArrow = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    open()
  }
  const button = cloneElement(trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': isOpened,
    onPointerEnter: load,
    onFocus: load,
    onClick: open,
    onKeyDown: openByArrow,
  })
  return isOpened ? <Suspense fallback={button}>{children}</Suspense> : button
}
