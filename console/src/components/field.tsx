/** A label, an input, what helps to fill it in and what is wrong with it, tied together for screen readers. */
import { CircleAlert } from 'lucide-react'
import { createContext, type ReactNode, useContext, useId } from 'react'

interface FieldTies {
  readonly id: string
  readonly describedBy: string | undefined
  readonly invalid: boolean
}

const FieldContext = createContext<FieldTies | null>(null)

/** What an input inside a `Field` spreads onto its element; nothing outside of one. */
export function useFieldTies() {
  const ties = useContext(FieldContext)
  if (ties === null) return {}
  return { id: ties.id, 'aria-describedby': ties.describedBy, 'aria-invalid': ties.invalid || undefined }
}

interface FieldProps {
  readonly label: ReactNode
  /** Beside the label, quietly: "optional". */
  readonly note?: ReactNode
  readonly hint?: ReactNode
  readonly error?: string | null
  readonly children: ReactNode
}

export function Field({ label, note, hint, error, children }: FieldProps) {
  const id = useId()
  const hintId = hint ? `${id}-hint` : null
  const errorId = error ? `${id}-error` : null
  const describedBy = [errorId, hintId].filter(Boolean).join(' ') || undefined
  return (
    <FieldContext value={{ id, describedBy, invalid: Boolean(error) }}>
      <div className="flex min-w-0 flex-col gap-1.5">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
          {note && <span className="font-normal text-muted"> {note}</span>}
        </label>
        {children}
        {errorId && <FieldError id={errorId}>{error}</FieldError>}
        {hintId && (
          <p id={hintId} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </FieldContext>
  )
}

/** What is wrong with one input. */
export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="flex gap-1.5 text-sm text-danger">
      <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  )
}
