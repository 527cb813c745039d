/** E-mail and username. The e-mail is what one signs in by: another one takes the password. */
import type { User } from '@keyporter/sdk'
import { type FormEvent, useState } from 'react'
import { useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Field } from '../components/field.js'
import { ErrorNotice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { TextInput } from '../components/text-input.js'
import { showToast } from '../components/toast.js'
import { queryClient, userQuery, whoamiQuery } from '../queries.js'
import { CurrentPasswordField } from './current-password.js'

export function ProfilePanel({ user }: { user: User }) {
  const [email, setEmail] = useState(user.email ?? '')
  const [username, setUsername] = useState(user.username ?? '')
  const [password, setPassword] = useState('')
  const hasNewEmail = email.trim() !== (user.email ?? '')
  const hasNewUsername = username.trim() !== (user.username ?? '')
  const { start, busy, error } = useAction(async () => {
    // In this order it can be tried again as it is, where the password was wrong.
    if (hasNewUsername) await client.updateUser({ username: username.trim() || null })
    if (hasNewEmail) await client.changeEmail({ currentPassword: password || null, email: email.trim() })
    setPassword('')
    showToast({ title: 'The profile is saved.' })
    await Promise.all([queryClient.invalidateQueries(userQuery), queryClient.invalidateQueries(whoamiQuery)])
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start()
  }
  return (
    <Panel title="Profile">
      <form aria-label="Profile" onSubmit={submit} className="flex flex-col gap-4 px-5 py-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="E-mail">
            <TextInput
              inputMode="email"
              autoComplete="email"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Field label="Username" note="(optional)">
            <TextInput
              autoComplete="nickname"
              autoCapitalize="none"
              spellCheck={false}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
            />
          </Field>
          {hasNewEmail && <CurrentPasswordField value={password} onChange={setPassword} />}
        </div>
        <ErrorNotice error={error} />
        <div className="flex justify-end">
          <Button type="submit" busy={busy} disabled={!hasNewEmail && !hasNewUsername}>
            Save profile
          </Button>
        </div>
      </form>
    </Panel>
  )
}
