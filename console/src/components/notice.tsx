/** Something that has to be known before going on: a warning, a failure, a hint. */
import { CircleAlert, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { describeError, findRequestId } from '../failure.js'
import { Button } from './button.js'
import { joinClasses } from './classes.js'

type NoticeTone = 'neutral' | 'warn' | 'danger'

const looks: Record<NoticeTone, { readonly icon: LucideIcon; readonly box: string; readonly mark: string }> = {
  neutral: { icon: Info, box: 'border-line bg-sunken', mark: 'text-muted' },
  warn: { icon: TriangleAlert, box: 'border-warn/30 bg-warn-soft', mark: 'text-warn' },
  danger: { icon: CircleAlert, box: 'border-danger/30 bg-danger-soft', mark: 'text-danger' },
}

export function Notice({ tone = 'neutral', children }: { tone?: NoticeTone; children: ReactNode }) {
  const { icon: Icon, box, mark } = looks[tone]
  return (
    <div
      role={tone === 'danger' ? 'alert' : undefined}
      className={joinClasses('flex gap-2.5 rounded-lg border p-3', box)}
    >
      <Icon aria-hidden="true" className={joinClasses('mt-0.5 size-4 shrink-0', mark)} />
      <div className="min-w-0 flex-1 break-words">{children}</div>
    </div>
  )
}

/** What a call ended in, with the request id by which the server's log knows it. Nothing when there is no error. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === null || error === undefined) return null
  const requestId = findRequestId(error)
  return (
    <Notice tone="danger">
      <p>{describeError(error)}</p>
      {requestId && <p className="mt-1 font-mono text-xs text-muted">Request {requestId}</p>}
      {onRetry && (
        <Button size="sm" className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Notice>
  )
}
