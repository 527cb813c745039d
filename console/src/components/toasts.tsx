/** The place where toasts appear. Loaded with the first of them. */
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import type { ShownToast } from './toast.js'

const durationMs = { ok: 7_000, danger: 15_000 }

interface ToastsProps {
  readonly toasts: readonly ShownToast[]
  readonly onDismiss: (id: number) => void
}

export function Toasts({ toasts, onDismiss }: ToastsProps) {
  return (
    <Radix.Provider swipeDirection="right" label="Message">
      {toasts.map(({ id, title, description, tone = 'ok' }) => (
        <Radix.Root
          key={id}
          duration={durationMs[tone]}
          onOpenChange={(open) => !open && onDismiss(id)}
          className="flex animate-rise gap-2.5 rounded-lg bg-raised p-3 shadow-floating"
        >
          {tone === 'ok' ? (
            <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ok" />
          ) : (
            <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger" />
          )}
          <div className="min-w-0 flex-1">
            <Radix.Title className="font-medium break-words">{title}</Radix.Title>
            {description && (
              <Radix.Description className="text-sm break-words text-muted">{description}</Radix.Description>
            )}
          </div>
          <Radix.Close
            aria-label="Dismiss"
            className="-m-1 inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
          >
            <X aria-hidden="true" className="size-4" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-0 bottom-0 z-50 flex w-full flex-col gap-2 p-4 outline-none sm:max-w-sm" />
    </Radix.Provider>
  )
}
