/** Identities of a provider by which one may sign in. */
import type { LinkedIdentity as Identity } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearch } from 'wouter'
import { timeCall } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Confirm } from '../components/confirm.js'
import { ErrorNotice, Notice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { Skeleton } from '../components/spinner.js'
import { Time } from '../components/time.js'
import { showToast } from '../components/toast.js'
import { identitiesQuery, queryClient, signInMethodsQuery } from '../queries.js'
import { describeProviderError } from '../sign-in/provider-error.js'
import { CurrentPasswordField } from './current-password.js'

export function IdentitiesPanel() {
  const { data: methods } = useQuery(signInMethodsQuery)
  const hasProvider = Boolean(methods?.oidc)
  const { data: identities, error, refetch } = useQuery({ ...identitiesQuery, enabled: hasProvider })
  const problem = describeProviderError(new URLSearchParams(useSearch()).get('error'))
  const [linking, setLinking] = useState(false)
  const [leaving, setLeaving] = useState<Identity | null>(null)
  return (
    <Panel title="Identities" description="Accounts elsewhere that sign you in here, without the password.">
      {!methods ? (
        <p className="px-5 py-4">
          <Skeleton className="h-5 w-56" />
        </p>
      ) : !hasProvider ? (
        <p className="px-5 py-4 text-muted">This server has no identity provider configured.</p>
      ) : (
        <>
          {error ? (
            <div className="p-4">
              <ErrorNotice error={error} onRetry={() => refetch()} />
            </div>
          ) : (
            <IdentityList identities={identities} onUnlink={setLeaving} />
          )}
          <div className="flex flex-col items-start gap-3 border-t border-line px-5 py-3">
            {problem && <Notice tone="danger">{problem}</Notice>}
            <Button onClick={() => setLinking(true)}>Link {methods.oidc?.name}</Button>
          </div>
        </>
      )}
      {linking && <Link name={methods?.oidc?.name ?? ''} onClose={() => setLinking(false)} />}
      {leaving && <Unlink identity={leaving} onClose={() => setLeaving(null)} />}
    </Panel>
  )
}

function Link({ name, onClose }: { name: string; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const leave = async () => {
    window.location.assign((await client.linkIdentity({ currentPassword: password || null })).url)
  }
  return (
    <Confirm open staysOpen onClose={onClose} title={`Link ${name}`} action={`Go to ${name}`} onConfirm={leave}>
      <p>Whoever can sign in there will be signed in here: that takes your password.</p>
      <div className="text-text">
        <CurrentPasswordField value={password} onChange={setPassword} />
      </div>
    </Confirm>
  )
}

interface IdentityListProps {
  /** Undefined while they are loading. */
  readonly identities: readonly Identity[] | undefined
  readonly onUnlink: (identity: Identity) => void
}

function IdentityList({ identities, onUnlink }: IdentityListProps) {
  if (!identities || identities.length === 0) {
    return <p className="px-5 py-4 text-muted">{identities ? 'None is linked.' : <Skeleton className="h-5 w-56" />}</p>
  }
  return (
    <ul className="divide-y divide-line">
      {identities.map((identity) => (
        <li key={identity.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3">
          <div className="min-w-0">
            <p className="font-medium break-words">{identity.email ?? identity.subject}</p>
            <p className="text-sm break-words text-muted">
              {hostOf(identity.issuer)} · last used <Time at={identity.lastUsedAt} />
            </p>
          </div>
          <Button size="sm" onClick={() => onUnlink(identity)}>
            Unlink
          </Button>
        </li>
      ))}
    </ul>
  )
}

function Unlink({ identity, onClose }: { identity: Identity; onClose: () => void }) {
  const unlink = async () => {
    const { ms } = await timeCall(() => client.unlinkIdentity(identity.id))
    showToast({ title: 'The identity is unlinked.', description: `It signs nobody in any more (${ms} ms).` })
    await queryClient.invalidateQueries(identitiesQuery)
  }
  return (
    <Confirm open onClose={onClose} title="Unlink this identity?" action="Unlink" danger onConfirm={unlink}>
      <p>
        {identity.email ?? identity.subject} at {hostOf(identity.issuer)} will not sign you in any more.
      </p>
    </Confirm>
  )
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer
}
