/** Where one is signed in, and the end of it. */
import type { ConsoleSession as Session } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { timeCall } from '../action.js'
import { client } from '../client.js'
import { Badge } from '../components/badge.js'
import { Button } from '../components/button.js'
import { Confirm } from '../components/confirm.js'
import { ErrorNotice } from '../components/notice.js'
import { Cell, HeadCell, Row, Table, TableBody, TableHead, TableSkeleton } from '../components/table.js'
import { Time } from '../components/time.js'
import { showToast } from '../components/toast.js'
import { KeysFrame } from '../keys/keys-frame.js'
import { queryClient, sessionsQuery } from '../queries.js'
import { endSession } from '../session.js'
import { describeBrowser } from '../sessions/browser.js'

const methods: Record<Session['method'], string> = {
  password: 'password',
  link: 'one-time link',
  oidc: 'identity provider',
}

type Question = { readonly kind: 'one'; readonly session: Session } | { readonly kind: 'others' }

export function SessionsPage() {
  const { data, error, refetch } = useQuery(sessionsQuery)
  const [question, setQuestion] = useState<Question | null>(null)
  const hasOthers = data?.some(({ current }) => !current) ?? false
  return (
    <KeysFrame
      action={
        <Button disabled={!hasOthers} onClick={() => setQuestion({ kind: 'others' })}>
          Revoke all others
        </Button>
      }
    >
      {error ? (
        <div className="p-4">
          <ErrorNotice error={error} onRetry={() => refetch()} />
        </div>
      ) : (
        <Table label="Sessions" busy={!data}>
          <TableHead>
            <HeadCell>Browser</HeadCell>
            <HeadCell className="w-44">Signed in</HeadCell>
            <HeadCell className="w-44">Last used</HeadCell>
            <HeadCell className="w-36">Expires</HeadCell>
            <HeadCell className="w-28">
              <span className="sr-only">Actions</span>
            </HeadCell>
          </TableHead>
          {data ? (
            <TableBody>
              {data.map((session) => (
                <SessionRow key={session.id} session={session} onRevoke={() => setQuestion({ kind: 'one', session })} />
              ))}
            </TableBody>
          ) : (
            <TableSkeleton columns={5} rows={3} />
          )}
        </Table>
      )}
      <RevokeOne question={question} onClose={() => setQuestion(null)} />
      <RevokeOthers question={question} onClose={() => setQuestion(null)} />
    </KeysFrame>
  )
}

function SessionRow({ session, onRevoke }: { session: Session; onRevoke: () => void }) {
  const browser = describeBrowser(session.userAgent)
  return (
    <Row>
      <Cell heading className="row-start-1">
        <span className="font-medium" title={session.userAgent ?? undefined}>
          {browser}
        </span>{' '}
        {session.current && <Badge tone="accent">This browser</Badge>}
        <div className="text-xs text-muted">by {methods[session.method]}</div>
      </Cell>
      <Cell label="Signed in">
        <Time at={session.createdAt} />
      </Cell>
      <Cell label="Last used">
        <Time at={session.lastUsedAt} none="not yet" />
        {session.lastUsedAddress && (
          <div className="truncate font-mono text-xs text-muted">{session.lastUsedAddress}</div>
        )}
      </Cell>
      <Cell label="Expires">
        <Time at={session.expiresAt} />
      </Cell>
      <Cell className="col-start-2 row-start-1 text-right">
        <Button size="sm" onClick={onRevoke} aria-label={session.current ? undefined : `Revoke ${browser}`}>
          {session.current ? 'Sign out' : 'Revoke'}
        </Button>
      </Cell>
    </Row>
  )
}

interface QuestionProps {
  readonly question: Question | null
  readonly onClose: () => void
}

function RevokeOne({ question, onClose }: QuestionProps) {
  if (question?.kind !== 'one') return null
  const { session } = question
  const revoke = async () => {
    if (session.current) {
      await client.signOut()
      return endSession({ comeBack: false })
    }
    const { ms } = await timeCall(() => client.revokeSession(session.id))
    showToast({ title: 'The session is revoked.', description: `Nothing accepts it any more (${ms} ms).` })
    await queryClient.invalidateQueries(sessionsQuery)
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title={session.current ? 'Sign out here?' : `Revoke ${describeBrowser(session.userAgent)}?`}
      action={session.current ? 'Sign out' : 'Revoke session'}
      danger={!session.current}
      onConfirm={revoke}
    >
      <p>
        {session.current
          ? 'This session ends at once. Keys that were made in it stay.'
          : 'Whoever sits there is signed out at once. Keys that were made in it stay.'}
      </p>
    </Confirm>
  )
}

function RevokeOthers({ question, onClose }: QuestionProps) {
  const revoke = async () => {
    const { result, ms } = await timeCall(() => client.revokeOtherSessions())
    const title = result.revoked === 1 ? 'One session is revoked.' : `${result.revoked} sessions are revoked.`
    showToast({ title, description: `Nothing accepts them any more (${ms} ms).` })
    await queryClient.invalidateQueries(sessionsQuery)
  }
  return (
    <Confirm
      open={question?.kind === 'others'}
      onClose={onClose}
      title="Revoke all other sessions?"
      action="Revoke all others"
      danger
      onConfirm={revoke}
    >
      <p>Every browser but this one is signed out at once. Keys stay.</p>
    </Confirm>
  )
}
