/** The permissions of a key: where to begin, the areas, and the same document as JSON beside them. */
import { useState } from 'react'
import { Button } from '../components/button.js'
import { CopyButton } from '../components/copy-button.js'
import { Field } from '../components/field.js'
import { Notice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { TextInput } from '../components/text-input.js'
import { AreaList } from './area-list.js'
import { type Draft, editForm, printText, startDraft } from './draft.js'
import { useEditor } from './editing.js'
import { JsonField } from './json-field.js'
import { findPlace, printPath } from './places.js'
import { type Preset, presets } from './presets.js'

interface ReplaceProps {
  readonly onReplace: (draft: Draft) => void
}

export function PermissionPanel({ onReplace }: ReplaceProps) {
  const { catalog, draft } = useEditor()
  return (
    <Panel title="Permissions" description="What the key may do. Everything else is refused.">
      <Presets onReplace={onReplace} />
      {draft.isFormBehind && draft.problem && (
        <div className="px-5 pt-4">
          <Notice tone="warn">
            <p>
              The JSON is not valid (line {draft.problem.place.line}), so this shows its last valid state and cannot be
              changed.
            </p>
            <Button size="sm" className="mt-2" onClick={() => onReplace(editForm(draft.form, catalog))}>
              Take back what was typed
            </Button>
          </Notice>
        </div>
      )}
      <div inert={draft.isFormBehind} className={draft.isFormBehind ? 'opacity-60' : ''}>
        <AreaList />
      </div>
    </Panel>
  )
}

function Presets({ onReplace }: ReplaceProps) {
  const { catalog, creator } = useEditor()
  const [asking, setAsking] = useState<Preset | null>(null)
  const offered = presets.filter((preset) => preset.build(catalog, creator, 0))
  const choose = (preset: Preset, id = 0) => {
    const permissions = preset.build(catalog, creator, id)
    if (permissions) onReplace(startDraft(permissions, catalog))
  }
  return (
    <div className="flex flex-col gap-3 border-b border-line px-5 py-3">
      <fieldset className="flex flex-wrap items-center gap-2">
        <legend className="float-left text-sm text-muted">Begin with</legend>
        {offered.map((preset) => (
          <Button
            key={preset.id}
            size="sm"
            title={preset.description}
            aria-expanded={preset.takesId ? asking === preset : undefined}
            onClick={() => {
              setAsking(preset.takesId ? preset : null)
              if (!preset.takesId) choose(preset)
            }}
          >
            {preset.title}
          </Button>
        ))}
      </fieldset>
      {asking && <IdForm onChoose={(id) => choose(asking, id)} />}
    </div>
  )
}

function IdForm({ onChoose }: { onChoose: (id: number) => void }) {
  const [text, setText] = useState('')
  const id = /^(?:0|[1-9][0-9]{0,14})$/.test(text.trim()) ? Number(text) : null
  return (
    <Field
      label="Id of the instance"
      hint="The key will reach this instance by its id, and no other."
      error={text.trim() !== '' && id === null ? 'An id is a whole number.' : null}
    >
      <div className="flex gap-2">
        <TextInput
          autoFocus
          inputMode="numeric"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            if (id !== null) onChoose(id)
          }}
          className="max-w-40 font-mono"
        />
        <Button disabled={id === null} onClick={() => id !== null && onChoose(id)}>
          Use it
        </Button>
      </div>
    </Field>
  )
}

export function JsonPanel() {
  const { draft, problem, changeText } = useEditor()
  const mark = problem && {
    place: draft.problem?.place ?? findPlace(draft.text, problem.path),
    msg: problem.msg,
    // Messages of the grammar begin with the place already.
    path: problem.msg.startsWith('api') ? '' : printPath(problem.path),
  }
  return (
    <Panel title="As JSON" description="The same document, as the API takes it. Change either side.">
      <div className="flex flex-col gap-2 p-3">
        <JsonField label="Permissions as JSON" value={draft.text} onChange={changeText} mark={mark} />
        <div className="flex justify-end gap-1">
          <Button
            size="sm"
            variant="quiet"
            disabled={draft.permissions === null}
            onClick={() => changeText(printText(JSON.parse(draft.text)))}
          >
            Format
          </Button>
          <CopyButton text={draft.text} size="sm" variant="quiet" label="Copy JSON" />
        </div>
      </div>
    </Panel>
  )
}
