/**
 * Shows a secret, once. It is in this component's props and in the page while the dialog is open, and nowhere else:
 * whoever opens it keeps it in its own state and forgets it in `onClose`.
 */
import { useRef, useState } from 'react'
import { findApiUrl } from '../api-url.js'
import { makeSnippets } from '../snippets.js'
import { Button } from './button.js'
import { Checkbox } from './choice.js'
import { CopyButton } from './copy-button.js'
import { Dialog } from './dialog.js'
import { Field } from './field.js'
import { LeaveGuard } from './leave-guard.js'
import { Notice } from './notice.js'
import { Tabs } from './tabs.js'
import { TextInput } from './text-input.js'

interface SecretDialogProps {
  readonly secret: string
  /** "Key created". */
  readonly title: string
  /** What has happened, and since when it holds. */
  readonly description?: string
  /** Whether the key may read the user, as the first steps of the official client do. */
  readonly mayReadUser: boolean
  /** Forgets the secret. */
  readonly onClose: () => void
}

export function SecretDialog({ secret, title, description, mayReadUser, onClose }: SecretDialogProps) {
  const [isStored, setStored] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  return (
    <Dialog
      open
      locked
      wide
      onClose={onClose}
      title={title}
      description={description}
      footer={
        <div className="flex w-full flex-wrap items-center justify-between gap-3">
          <Checkbox label="I have stored it" checked={isStored} onChange={setStored} />
          <Button variant="primary" disabled={!isStored} onClick={onClose}>
            Done
          </Button>
        </div>
      }
    >
      <LeaveGuard
        when={!isStored}
        title="Leave without the secret?"
        description="It is shown this once. Whoever has not stored it can only reset the key."
      />
      <div className="flex flex-col gap-4">
        <Field label="Secret" hint="Shown this once. It cannot be looked up later, only reset.">
          <div className="flex flex-col gap-2 sm:flex-row">
            <TextInput
              ref={input}
              readOnly
              value={secret}
              aria-label="Secret"
              autoCapitalize="none"
              spellCheck={false}
              onFocus={(event) => event.target.select()}
              className="font-mono"
            />
            <CopyButton text={secret} variant="primary" />
          </div>
        </Field>
        <Tabs
          label="Use it"
          tabs={makeSnippets(secret, findApiUrl(), mayReadUser).map(({ name, code }) => ({
            value: name,
            label: name,
            content: <Snippet name={name} code={code} />,
          }))}
        />
        <Notice tone="warn">Whoever has it can do all that the key may do. Keep it out of code and chats.</Notice>
      </div>
    </Dialog>
  )
}

function Snippet({ name, code }: { name: string; code: string }) {
  return (
    <div className="rounded-lg border border-line bg-sunken">
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to with the keyboard too
        tabIndex={0}
        aria-label={`${name} example`}
        className="overflow-x-auto"
      >
        <pre className="min-h-28 p-3 font-mono text-xs">
          <code>{code}</code>
        </pre>
      </section>
      <div className="flex justify-end border-t border-line p-1.5">
        <CopyButton text={code} size="sm" variant="quiet" label={`Copy ${name}`} />
      </div>
    </div>
  )
}
