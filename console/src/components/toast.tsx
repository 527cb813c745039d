/** Short messages about what was just done, at the edge of the page. Read out by screen readers. */
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { useSyncExternalStore } from 'react'

interface ToastText {
  readonly title: string
  readonly description?: string
  readonly tone?: 'ok' | 'danger'
}

interface ShownToast extends ToastText {
  readonly id: number
}

const durationMs = { ok: 7_000, danger: 15_000 }
const mostShown = 3
let lastId = 0
let shown: readonly ShownToast[] = []
const listeners = new Set<() => void>()

/** Callable from anywhere; nothing that it is given may hold a secret. */
export function showToast(text: ToastText): void {
  lastId += 1
  setShown([...shown, { ...text, id: lastId }].slice(-mostShown))
}

function setShown(next: readonly ShownToast[]): void {
  shown = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The place where toasts appear; stands once, around the whole console. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, () => shown)
  return (
    <Radix.Provider swipeDirection="right" label="Message">
      {toasts.map(({ id, title, description, tone = 'ok' }) => (
        <Radix.Root
          key={id}
          duration={durationMs[tone]}
          onOpenChange={(open) => !open && setShown(shown.filter((toast) => toast.id !== id))}
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
