/** Asked for before anything is changed by which one signs in. */
import { Field } from '../components/field.js'
import { PasswordInput } from '../components/text-input.js'

interface CurrentPasswordFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function CurrentPasswordField({ value, onChange }: CurrentPasswordFieldProps) {
  return (
    <Field label="Current password" hint="Empty if you have none yet.">
      <PasswordInput autoComplete="current-password" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  )
}
