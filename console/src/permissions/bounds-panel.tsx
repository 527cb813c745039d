/** From when, until when and from where a key works. */
import { Segments } from '../components/choice.js'
import { Field } from '../components/field.js'
import { Panel } from '../components/page.js'
import { TextArea, TextInput } from '../components/text-input.js'
import type { BoundsForm, BoundsProblems, Expiry } from './bounds.js'

const expiries: readonly { value: Expiry; label: string }[] = [
  { value: 'never', label: 'Never' },
  { value: 'month', label: '30 days' },
  { value: 'quarter', label: '90 days' },
  { value: 'date', label: 'A date' },
]

interface BoundsPanelProps {
  readonly form: BoundsForm
  readonly problems: BoundsProblems
  readonly onChange: (form: BoundsForm) => void
}

export function BoundsPanel({ form, problems, onChange }: BoundsPanelProps) {
  const set = (change: Partial<BoundsForm>) => onChange({ ...form, ...change })
  return (
    <Panel title="Limits" description="When and from where the key works.">
      <div className="flex flex-col gap-5 p-5">
        <div className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">Expires</span>
          <div>
            <Segments label="Expires" value={form.expiry} onChange={(expiry) => set({ expiry })} options={expiries} />
          </div>
          {form.expiry === 'date' && (
            <Field label="Expires on" error={form.expiresOn === '' ? null : problems.expiresOn}>
              <TextInput
                type="datetime-local"
                value={form.expiresOn}
                onChange={(event) => set({ expiresOn: event.target.value })}
                className="max-w-64"
              />
            </Field>
          )}
        </div>
        <Field label="Not before" note="(optional)" hint="Until then the key is refused." error={problems.notBefore}>
          <TextInput
            type="datetime-local"
            value={form.notBefore}
            onChange={(event) => set({ notBefore: event.target.value })}
            className="max-w-64"
          />
        </Field>
        <Field
          label="Addresses"
          note="(optional)"
          hint="IPv4 and IPv6 addresses or CIDR blocks, one a line. Empty: from anywhere."
          error={problems.addresses}
        >
          <TextArea
            rows={3}
            value={form.addresses}
            placeholder={'192.0.2.10\n10.0.0.0/8'}
            onChange={(event) => set({ addresses: event.target.value })}
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      </div>
    </Panel>
  )
}
