/** key_params: values for the placeholders of a document. Given when a key is made, from then on only shown. */
import { Field } from '../components/field.js'
import { Panel } from '../components/page.js'
import { TextArea } from '../components/text-input.js'
import { useEditor } from './editing.js'

export function ParamsPanel({ problem }: { problem: string | null }) {
  const { params, changeParams } = useEditor()
  return (
    <Panel title="Placeholders" description="So that one document makes many keys.">
      <div className="p-5">
        <Field
          label="Values (key_params)"
          note="(optional)"
          hint={'Where the JSON says "{name}", the key gets the value that name has here.'}
          error={problem}
        >
          <TextArea
            rows={3}
            value={params.text}
            placeholder={'{"instance": 1227}'}
            onChange={(event) => changeParams(event.target.value)}
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      </div>
    </Panel>
  )
}

export function GivenParams({ keyParams }: { keyParams: unknown }) {
  if (keyParams === undefined || keyParams === null || keyParams === '') return null
  return (
    <Panel
      title="Placeholders"
      description="The values (key_params) that this key was made with. They stand in its permissions, and are changed there."
    >
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to with the keyboard too
        tabIndex={0}
        aria-label="Values (key_params)"
        className="max-h-48 overflow-auto"
      >
        <pre className="p-5 font-mono text-xs">
          <code>{typeof keyParams === 'string' ? keyParams : JSON.stringify(keyParams, null, 2)}</code>
        </pre>
      </section>
    </Panel>
  )
}
