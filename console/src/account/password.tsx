/** Another password, which ends all other sessions. */
import { type FormEvent, useState } from 'react'
import { timeCall, useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Field } from '../components/field.js'
import { ErrorNotice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { PasswordInput } from '../components/text-input.js'
import { showToast } from '../components/toast.js'
import { shortestPassword } from '../password.js'
import { queryClient, sessionsQuery } from '../queries.js'
import { CurrentPasswordField } from './current-password.js'

export function PasswordPanel({ email }: { email: string | null }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const { start, busy, error } = useAction(async () => {
    const { ms } = await timeCall(() =>
      client.changePassword({ currentPassword: current === '' ? null : current, password: next }),
    )
    setCurrent('')
    setNext('')
    showToast({ title: 'The password is changed.', description: `All your other sessions are revoked (${ms} ms).` })
    await queryClient.invalidateQueries(sessionsQuery)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start()
  }
  return (
    <Panel title="Password" description="Changing it revokes all your other sessions. Keys stay.">
      <form onSubmit={submit} className="flex flex-col gap-4 px-5 py-4">
        {/* For password managers, so that they know whose password it is. */}
        <input type="hidden" autoComplete="username" value={email ?? ''} readOnly />
        <div className="grid gap-4 sm:grid-cols-2">
          <CurrentPasswordField value={current} onChange={setCurrent} />
          <Field label="New password" hint={`At least ${shortestPassword} characters.`}>
            <PasswordInput
              autoComplete="new-password"
              required
              minLength={shortestPassword}
              maxLength={256}
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
          </Field>
        </div>
        <ErrorNotice error={error} />
        <div className="flex justify-end">
          <Button type="submit" busy={busy} disabled={next === ''}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  )
}
