/** A text area for JSON with line numbers, which points at the line where something is wrong. */
import { type KeyboardEvent, useId, useRef } from 'react'
import { joinClasses } from '../components/classes.js'
import { FieldError } from '../components/field.js'
import type { Place } from './places.js'

export interface JsonMark {
  readonly place: Place
  readonly msg: string
  /** Where in the document, in words; empty when it is no JSON at all. */
  readonly path: string
}

interface JsonFieldProps {
  readonly label: string
  readonly value: string
  /** Without it, the text can be read and not changed. */
  readonly onChange?: (text: string) => void
  readonly mark?: JsonMark | null
  readonly tone?: 'danger' | 'accent'
}

export function JsonField({ label, value, onChange, mark = null, tone = 'danger' }: JsonFieldProps) {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const lines = value.split('\n')
  const goTo = (place: Place) => {
    area.current?.focus()
    area.current?.setSelectionRange(place.offset, place.offset)
  }
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div
        className={joinClasses(
          'max-h-[min(28rem,45dvh)] min-w-0 overflow-y-auto rounded-md border bg-surface shadow-raised has-focus-visible:border-accent',
          mark && tone === 'danger' ? 'border-danger' : 'border-control',
        )}
      >
        <div className="flex min-w-0 py-2 font-mono text-xs/5">
          <LineNumbers count={lines.length} marked={mark?.place.line ?? null} tone={tone} />
          <textarea
            ref={area}
            aria-label={label}
            aria-invalid={(mark && tone === 'danger') || undefined}
            aria-describedby={mark ? id : undefined}
            value={value}
            rows={Math.max(lines.length, 6)}
            wrap="off"
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            readOnly={!onChange}
            onChange={(event) => onChange?.(event.target.value)}
            onKeyDown={keepIndentation}
            className="min-w-0 flex-1 resize-none overflow-x-auto overflow-y-hidden bg-transparent px-2 text-text outline-none"
          />
        </div>
      </div>
      {mark && (
        <div id={id} aria-live="polite">
          {tone === 'danger' ? <FieldError>{describeMark(mark, goTo)}</FieldError> : describeMark(mark, goTo)}
        </div>
      )}
    </div>
  )
}

function describeMark({ place, msg, path }: JsonMark, goTo: (place: Place) => void) {
  return (
    <>
      <button type="button" onClick={() => goTo(place)} className="rounded font-medium underline underline-offset-2">
        Line {place.line}
      </button>
      {path && <span className="font-mono text-xs break-all">, {path}</span>}: {msg}
    </>
  )
}

function LineNumbers({ count, marked, tone }: { count: number; marked: number | null; tone: 'danger' | 'accent' }) {
  return (
    <div aria-hidden="true" className="flex w-10 shrink-0 flex-col text-right text-muted select-none">
      {Array.from({ length: Math.max(count, 6) }, (_, i) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          key={i}
          className={joinClasses(
            'px-2',
            i + 1 === marked &&
              (tone === 'danger' ? 'bg-danger-soft font-bold text-danger' : 'bg-accent-soft font-bold text-accent'),
          )}
        >
          {i + 1}
        </span>
      ))}
    </div>
  )
}

/** Enter begins the next line as the last one began, one step in after a bracket. Tab leaves the field, as everywhere. */
function keepIndentation(event: KeyboardEvent<HTMLTextAreaElement>): void {
  const { currentTarget: area } = event
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || area.readOnly) return
  const before = area.value.slice(0, area.selectionStart)
  const indent = /(?:^|\n)([ ]*)[^\n]*$/.exec(before)?.[1] ?? ''
  const more = /[[{]\s*$/.test(before) ? '  ' : ''
  event.preventDefault()
  // The way to change a text area that can be undone by the keyboard.
  document.execCommand('insertText', false, `\n${indent}${more}`)
}
