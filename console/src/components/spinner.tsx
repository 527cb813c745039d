/** Shows that something is under way: a turning ring, and grey bars in the place of what is coming. */
import { joinClasses } from './classes.js'

/** Decoration: whoever shows it says in words what is under way. */
export function Spinner({ className }: { className?: string }) {
  return (
    <svg
      className={joinClasses('size-4 animate-spin', className)}
      viewBox="0 0 16 16"
      fill="none"
      aria-hidden="true"
      focusable="false"
    >
      <circle cx="8" cy="8" r="6.25" stroke="currentColor" strokeOpacity="0.25" strokeWidth="1.75" />
      <path d="M14.25 8A6.25 6.25 0 0 0 8 1.75" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
    </svg>
  )
}

/** A grey bar of the size that `className` gives it. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={joinClasses('block animate-pulse-slow rounded bg-line', className)} />
}

/** The whole of a page or panel that is loading. */
export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div role="status" className="flex min-h-64 items-center justify-center gap-2 text-muted">
      <Spinner />
      {label}…
    </div>
  )
}
