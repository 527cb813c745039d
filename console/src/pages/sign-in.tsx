/** Signing in: by password, by a one-time link that sets one, by a provider where one is configured. */
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Field } from '../components/field.js'
import { Logo } from '../components/logo.js'
import { ErrorNotice, Notice } from '../components/notice.js'
import { PasswordInput } from '../components/text-input.js'
import { shortestPassword } from '../password.js'
import { signInMethodsQuery } from '../queries.js'
import { forgetLinkToken, useLinkToken } from '../sign-in/link-token.js'
import { describeProviderError } from '../sign-in/provider-error.js'
import { readReturnPath } from '../sign-in/return-path.js'
import { SignInForm } from '../sign-in/sign-in-form.js'

export function SignInPage() {
  const token = useLinkToken()
  return token === null ? <SignIn /> : <RedeemLink token={token} />
}

function SignIn() {
  const search = useSearch()
  const finish = useReturn()
  const { data: methods } = useQuery(signInMethodsQuery)
  const providerError = describeProviderError(new URLSearchParams(search).get('error'))
  return (
    <Frame title="Sign in">
      <SignInForm onSignedIn={finish}>{providerError && <Notice tone="danger">{providerError}</Notice>}</SignInForm>
      {methods?.oidc && (
        <>
          <div className="my-4 flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            or
          </div>
          <a
            href="/keyporter/oidc/start"
            className="inline-flex h-9 w-full items-center justify-center rounded-md border border-control/60 bg-surface font-medium shadow-raised hover:bg-hover"
          >
            Continue with {methods.oidc.name}
          </a>
        </>
      )}
      <p className="mt-5 text-center text-sm text-muted">
        No password, or lost it? <code className="font-mono text-xs">keyporter sign-in-link</code> on the server makes a
        one-time link.
      </p>
    </Frame>
  )
}

function RedeemLink({ token }: { token: string }) {
  const finish = useReturn()
  const [password, setPassword] = useState('')
  const { start, busy, error } = useAction(
    async () => {
      await client.redeemLink({ token, password })
      forgetLinkToken()
      finish()
    },
    { signsIn: true },
  )
  const isShort = password !== '' && password.length < shortestPassword
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isShort) start()
  }
  return (
    <Frame title="Choose a password">
      <p className="mb-4 text-muted">Your link signs you in once. From then on this password does.</p>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <ErrorNotice error={error} />
        <Field label="New password" hint={`At least ${shortestPassword} characters. A few unrelated words do well.`}>
          <PasswordInput
            autoComplete="new-password"
            required
            minLength={shortestPassword}
            maxLength={256}
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Button type="submit" variant="primary" busy={busy} className="w-full">
          Set password and sign in
        </Button>
        {error !== null && (
          <Button variant="quiet" onClick={forgetLinkToken}>
            Sign in with a password instead
          </Button>
        )}
      </form>
    </Frame>
  )
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Keyporter`
  }, [title])
  return (
    <main className="mx-auto flex w-full max-w-sm flex-col px-4 pt-[12vh] pb-12">
      <div className="mb-6 flex items-center justify-center gap-2 font-semibold">
        <Logo />
        Keyporter
      </div>
      <div className="rounded-xl border border-line bg-surface p-6 shadow-raised">
        <h1 className="mb-4 text-lg font-semibold">{title}</h1>
        {children}
      </div>
    </main>
  )
}

/** Goes to where the way to this page began. */
function useReturn(): () => void {
  const search = useSearch()
  const [, navigate] = useLocation()
  return () => navigate(readReturnPath(search, window.location.origin), { replace: true })
}
