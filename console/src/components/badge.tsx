/** Small words that stand out: a state with its dot, a plain mark. Colour never says it alone. */
import type { ReactNode } from 'react'
import { joinClasses } from './classes.js'

export type Tone = 'neutral' | 'ok' | 'warn' | 'danger' | 'accent'

const badgeTones: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  danger: 'bg-danger-soft text-danger',
  accent: 'bg-accent-soft text-accent',
}

const dotTones: Record<Tone, string> = {
  neutral: 'bg-control',
  ok: 'bg-ok',
  warn: 'bg-warn',
  danger: 'bg-danger',
  accent: 'bg-accent',
}

export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={joinClasses(
        'inline-flex h-5 items-center rounded px-1.5 text-xs font-medium whitespace-nowrap',
        badgeTones[tone],
      )}
    >
      {children}
    </span>
  )
}

export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden="true" className={joinClasses('size-2 shrink-0 rounded-full', dotTones[tone])} />
      {children}
    </span>
  )
}
