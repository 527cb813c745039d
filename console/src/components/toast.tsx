/** Short messages about what was just done, at the edge of the page. Read out by screen readers. */
import { lazy, Suspense, useSyncExternalStore } from 'react'

const Toasts = lazy(async () => ({ default: (await import('./toasts.js')).Toasts }))

interface ToastText {
  readonly title: string
  readonly description?: string
  readonly tone?: 'ok' | 'danger'
}

export interface ShownToast extends ToastText {
  readonly id: number
}

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

function dismissToast(id: number): void {
  setShown(shown.filter((toast) => toast.id !== id))
}

/** Stands once, beside all that the console shows. */
export function ToastPlace() {
  const toasts = useSyncExternalStore(subscribe, () => shown)
  const isNeeded = lastId > 0
  return <Suspense>{isNeeded && <Toasts toasts={toasts} onDismiss={dismissToast} />}</Suspense>
}
