/** The head of a page: its title, what it is for, its main action. Sets the title of the window. */
import { type ReactNode, useEffect } from 'react'

interface PageProps {
  readonly title: string
  readonly description?: ReactNode
  /** Buttons at the right of the title. */
  readonly action?: ReactNode
  readonly narrow?: boolean
  readonly children: ReactNode
}

export function Page({ title, description, action, narrow = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Keyporter`
  }, [title])
  return (
    <div className={narrow ? 'mx-auto w-full max-w-2xl' : 'w-full'}>
      <div className="mb-5">
        <div className="flex min-h-9 flex-wrap items-center justify-between gap-x-6 gap-y-2">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{title}</h1>
          {action && <div className="flex gap-2">{action}</div>}
        </div>
        {description && <p className="mt-0.5 max-w-2xl text-muted">{description}</p>}
      </div>
      {children}
    </div>
  )
}

/** A framed part of a page. */
export function Panel({
  title,
  description,
  children,
}: {
  title?: string
  description?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="rounded-xl border border-line bg-surface shadow-raised">
      {title && (
        <div className="border-b border-line px-5 py-3.5">
          <h2 className="font-semibold">{title}</h2>
          {description && <p className="mt-0.5 text-sm text-muted">{description}</p>}
        </div>
      )}
      {children}
    </section>
  )
}
