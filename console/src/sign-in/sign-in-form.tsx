/** E-mail and password. */
import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Field } from '../components/field.js'
import { ErrorNotice } from '../components/notice.js'
import { PasswordInput, TextInput } from '../components/text-input.js'

interface SignInFormProps {
  readonly onSignedIn: () => unknown
  /** Above the fields, until something is wrong with what is in them. */
  readonly children?: ReactNode
}

export function SignInForm({ onSignedIn, children }: SignInFormProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { start, busy, error } = useAction(
    async () => {
      await client.signIn({ email: email.trim(), password })
      await onSignedIn()
    },
    { signsIn: true },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {error ? <ErrorNotice error={error} /> : children}
      <Field label="E-mail">
        <TextInput
          // Not of type email: the first account's is admin@localhost, which browsers take for none.
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Password">
        <PasswordInput
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={busy} className="w-full">
        Sign in
      </Button>
    </form>
  )
}
