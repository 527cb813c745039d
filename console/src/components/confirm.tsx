/** Asks before something that cannot be taken back; for the gravest, by having a name typed. */
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { useAction } from '../action.js'
import { Button } from './button.js'
import { Dialog } from './dialog.js'
import { Field } from './field.js'
import { ErrorNotice } from './notice.js'
import { TextInput } from './text-input.js'

interface ConfirmProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
  /** What the button says: "Delete key". */
  readonly action: string
  readonly danger?: boolean
  /** Has to be typed before the button works. */
  readonly phrase?: string | null
  /** Closes when it resolves, unless `staysOpen`; what it rejects with is shown. */
  readonly onConfirm: () => Promise<unknown>
  /** Something else takes this dialog's place when it is done. */
  readonly staysOpen?: boolean
}

/** Its state goes with it when it closes. */
export function Confirm(props: ConfirmProps) {
  return props.open ? <OpenConfirm {...props} /> : null
}

function OpenConfirm({
  onClose,
  title,
  children,
  action,
  danger = false,
  phrase = null,
  onConfirm,
  staysOpen = false,
}: ConfirmProps) {
  const formId = useId()
  const [typed, setTyped] = useState('')
  const { start, busy, error } = useAction(async () => {
    await onConfirm()
    if (!staysOpen) onClose()
  })
  const isReady = phrase === null || typed.trim() === phrase.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) start()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      locked={busy}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" form={formId} variant={danger ? 'danger' : 'primary'} busy={busy} disabled={!isReady}>
            {action}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <div className="flex flex-col gap-2 text-muted">{children}</div>
        {phrase !== null && (
          <Field
            label={
              <>
                Type <span className="rounded bg-sunken px-1 py-0.5 font-mono break-all select-all">{phrase}</span> to
                confirm
              </>
            }
          >
            <TextInput
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
            />
          </Field>
        )}
        <ErrorNotice error={error} />
      </form>
    </Dialog>
  )
}
