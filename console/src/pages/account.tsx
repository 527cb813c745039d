/** The account: who one is, and the ways to sign in. */
import { useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { IdentitiesPanel } from '../account/identities.js'
import { PasswordPanel } from '../account/password.js'
import { ProfilePanel } from '../account/profile.js'
import { useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { ErrorNotice } from '../components/notice.js'
import { Page, Panel } from '../components/page.js'
import { Loading } from '../components/spinner.js'
import { userQuery } from '../queries.js'
import { endSession } from '../session.js'

export function AccountPage() {
  const { data: user, error, refetch } = useQuery(userQuery)
  return (
    <Page title="Account" description="Who you are, and how you sign in." narrow>
      {error ? (
        <ErrorNotice error={error} onRetry={() => refetch()} />
      ) : !user ? (
        <Loading />
      ) : (
        <div className="flex flex-col gap-5">
          <ProfilePanel user={user} />
          <PasswordPanel email={user.email} />
          <IdentitiesPanel />
          <SignOutPanel />
        </div>
      )}
    </Page>
  )
}

function SignOutPanel() {
  const { start, busy, error } = useAction(async () => {
    await client.signOut()
    endSession({ comeBack: false })
  })
  return (
    <Panel>
      <div className="flex flex-wrap items-center justify-between gap-3 px-5 py-4">
        <div>
          <h2 className="font-semibold">This browser</h2>
          <p className="text-sm text-muted">Signing out ends this session at once.</p>
        </div>
        <Button icon={LogOut} busy={busy} onClick={() => start()}>
          Sign out
        </Button>
        <div className="w-full empty:hidden">
          <ErrorNotice error={error} />
        </div>
      </div>
    </Panel>
  )
}
