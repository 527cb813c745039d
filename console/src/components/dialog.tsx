/** A window above the page. Focus goes in, stays in, and comes back to where it was. */
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { joinClasses } from './classes.js'

interface DialogProps {
  readonly open: boolean
  /** Called when it wants to be closed: Escape, a press outside, the cross. Never while `locked`. */
  readonly onClose: () => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** Buttons, the main one last. */
  readonly footer?: ReactNode
  /** Neither Escape nor a press outside closes it, and there is no cross. */
  readonly locked?: boolean
  readonly wide?: boolean
}

export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  footer,
  locked = false,
  wide = false,
}: DialogProps) {
  const [openers] = useState(listOpeners)
  const giveFocusBack = (event: Event) => {
    event.preventDefault()
    // What opened it may be gone, with the row that was deleted.
    const target = openers.find((opener) => opener.isConnected) ?? document.getElementById('main')
    target?.focus({ preventScroll: true })
  }
  const stay = (event: Event) => {
    if (locked) event.preventDefault()
  }
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && !locked && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 animate-appear bg-overlay" />
        <Radix.Content
          onEscapeKeyDown={stay}
          onInteractOutside={stay}
          onCloseAutoFocus={giveFocusBack}
          // Without a description nothing describes it; Radix warns unless told so.
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={joinClasses(
            'fixed inset-x-0 bottom-0 z-30 mx-auto flex max-h-[92dvh] w-full animate-rise flex-col rounded-t-xl bg-raised shadow-floating outline-none sm:top-[10vh] sm:bottom-auto sm:max-h-[80vh] sm:rounded-xl',
            wide ? 'sm:max-w-2xl' : 'sm:max-w-md',
          )}
        >
          <div className="flex items-start gap-4 px-5 pt-5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold break-words">{title}</Radix.Title>
              {description && (
                <Radix.Description asChild>
                  <div className="mt-1 text-muted">{description}</div>
                </Radix.Description>
              )}
            </div>
            {!locked && (
              <Radix.Close
                aria-label="Close"
                className="-mt-1 -mr-1 inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
              >
                <X aria-hidden="true" className="size-4" />
              </Radix.Close>
            )}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

let outerOpeners: readonly HTMLElement[] = []

/** What has the focus; where that is in a dialog whose place is taken, what opened that one comes next. */
function listOpeners(): readonly HTMLElement[] {
  const { activeElement } = document
  const own = activeElement instanceof HTMLElement && activeElement !== document.body ? [activeElement] : []
  const isInside = own.some((element) => element.closest('[role=dialog]') !== null)
  outerOpeners = [...own, ...(isInside ? outerOpeners : [])]
  return outerOpeners
}
