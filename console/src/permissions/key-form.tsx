/** The form of a key, new or not: name, permissions, limits, the JSON beside them, and in one sentence what comes of it. */
import { printBlock } from '@keyporter/core'
import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from 'react'
import { readClock } from '../clock.js'
import { Field } from '../components/field.js'
import { ErrorNotice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { TextInput } from '../components/text-input.js'
import { describeAbsolute } from '../instant.js'
import { type Bounds, type BoundsForm, describeBounds, readBounds } from './bounds.js'
import { BoundsPanel } from './bounds-panel.js'
import type { Creator } from './creator.js'
import type { Draft } from './draft.js'
import { type Editing, EditingProvider } from './editing.js'
import { JsonPanel, PermissionPanel } from './editor.js'
import { useEditing } from './use-editing.js'
import { describePermissions } from './words.js'

const maxNameLength = 255

export interface KeyFormStart {
  readonly name: string
  readonly bounds: BoundsForm
  readonly draft: () => Draft
  /** JSON text of key_params; empty for none. */
  readonly params?: string
}

export interface KeyFormState {
  readonly name: string
  readonly editing: Editing & { readonly replace: (draft: Draft) => void }
  readonly boundsForm: BoundsForm
  /** Counts only where the form is valid. */
  readonly bounds: Bounds
  readonly isValid: boolean
  /** Whether anything is otherwise than at the start. */
  readonly isTouched: boolean
  readonly problems: ReturnType<typeof readBounds>['problems']
  /** Of key_params. */
  readonly paramsProblem: string | null
  readonly setName: (name: string) => void
  readonly setBounds: (form: BoundsForm) => void
}

export function useKeyForm(creator: Creator, start: KeyFormStart): KeyFormState {
  const [first] = useState(() => ({ ...start, text: start.draft().text }))
  const [name, setName] = useState(start.name)
  const [boundsForm, setBounds] = useState(start.bounds)
  const editing = useEditing(creator, start.draft, start.params ?? '')
  const { bounds, problems, isValid } = readBounds(boundsForm, readClock(), start.bounds)
  const { params } = editing
  const isTwice = bounds.addresses !== null && params.addresses !== null
  const paramsProblem =
    params.problem ?? (isTwice ? 'ip_whitelist stands here, and there are addresses: give one of them.' : null)
  return {
    name,
    editing,
    boundsForm,
    bounds,
    isValid: isValid && editing.problem === null && editing.draft.permissions !== null && paramsProblem === null,
    paramsProblem,
    isTouched:
      name !== first.name ||
      editing.draft.text !== first.text ||
      params.text !== (first.params ?? '') ||
      !isSame(boundsForm, first.bounds),
    problems,
    setName,
    setBounds,
  }
}

function isSame(one: BoundsForm, other: BoundsForm): boolean {
  return Object.entries(one).every(([name, value]) => other[name as keyof BoundsForm] === value)
}

interface KeyFormProps {
  readonly form: KeyFormState
  /** Only when the form is valid. */
  readonly onSubmit: () => void
  readonly error: unknown
  /** Above the buttons: what has to be decided first. */
  readonly notice?: ReactNode
  /** What the submitting button stands beside. */
  readonly buttons: ReactNode
  /** Above the JSON: what is changed. */
  readonly aside?: ReactNode
  /** Below the JSON. */
  readonly below?: ReactNode
}

export function KeyForm({ form, onSubmit, error, notice, buttons, aside, below }: KeyFormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (form.isValid) onSubmit()
  }
  return (
    <EditingProvider value={form.editing}>
      <form
        onSubmit={submit}
        onKeyDown={keepOpen}
        className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,27rem)]"
      >
        <div className="flex min-w-0 flex-col gap-5">
          <Panel>
            <div className="p-5">
              <Field label="Name" note="(optional)" hint="What uses the key, so that you find it again.">
                <TextInput
                  value={form.name}
                  maxLength={maxNameLength}
                  placeholder="ci-deploy"
                  onChange={(event) => form.setName(event.target.value)}
                />
              </Field>
            </div>
          </Panel>
          <PermissionPanel onReplace={form.editing.replace} />
          <BoundsPanel form={form.boundsForm} problems={form.problems} onChange={form.setBounds} />
        </div>
        <div className="flex min-w-0 flex-col gap-5 xl:sticky xl:top-19 xl:self-start">
          {aside}
          <JsonPanel />
          {below}
        </div>
        <div className="sticky bottom-0 z-10 -mx-4 border-t border-line bg-surface px-4 py-3 shadow-floating sm:mx-0 sm:rounded-t-xl sm:border-x sm:px-5 xl:col-span-2">
          {(notice || error !== null) && <div className="mb-3">{notice || <ErrorNotice error={error} />}</div>}
          <div className="flex flex-wrap items-center justify-end gap-x-6 gap-y-2">
            <p role="status" className="line-clamp-3 min-w-64 flex-1 text-sm sm:line-clamp-none">
              <Summary form={form} />
            </p>
            <div className="flex gap-2">{buttons}</div>
          </div>
        </div>
      </form>
    </EditingProvider>
  )
}

/** Enter in one of many inputs is not meant to make a key. */
function keepOpen(event: KeyboardEvent): void {
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault()
}

function Summary({ form }: { form: KeyFormState }) {
  const { draft, problem, catalog } = form.editing
  if (draft.isFormBehind && draft.problem) {
    return <span className="text-danger">The JSON is not valid: see its line {draft.problem.place.line}.</span>
  }
  if (problem) return <span className="text-danger">{problem.msg}</span>
  if (!draft.permissions) return null
  const limits = Object.values(form.problems).find((each) => each !== null) ?? form.paramsProblem
  const addresses = form.bounds.addresses ?? form.editing.params.addresses?.map(printBlock) ?? null
  return (
    <>
      <span className="font-medium">{describePermissions(draft.permissions, catalog)}</span>{' '}
      {limits ? (
        <span className="text-danger">{limits}</span>
      ) : (
        <span className="text-muted">{describeBounds({ ...form.bounds, addresses }, describeAbsolute)}</span>
      )}
    </>
  )
}
