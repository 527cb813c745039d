/**
 * Asks to sign in again above a page that would lose something. It goes on for the same user only: anybody else begins with
 * an empty page.
 */
import { useEffect } from 'react'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Dialog } from '../components/dialog.js'
import { letGo } from '../leaving.js'
import { queryClient, whoamiQuery } from '../queries.js'
import { leaveSession, resumeSession } from '../session.js'
import { SignInForm } from './sign-in-form.js'

export function SignInAgain() {
  useEffect(() => {
    // Whoever has signed in in another tab meanwhile is not asked here as well.
    const look = () => void goOn().catch(() => {})
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  }, [])
  return (
    <Dialog
      open
      locked
      onClose={() => {}}
      title="Your session has ended"
      description="Sign in again, and go on where you are: nothing of this page is lost."
      footer={
        <>
          <Button onClick={leaveSession}>Leave the page</Button>
          <a
            href="/sign-in"
            target="_blank"
            rel="noreferrer"
            className="inline-flex h-9 items-center px-2 text-accent underline underline-offset-4"
          >
            Another way, in a new tab
          </a>
        </>
      }
    >
      <SignInForm onSignedIn={goOn} />
    </Dialog>
  )
}

async function goOn(): Promise<void> {
  const before = queryClient.getQueryData(whoamiQuery.queryKey)
  const now = await client.whoami()
  if (before?.user?.id === now.user?.id) {
    resumeSession()
    await queryClient.invalidateQueries()
    return
  }
  letGo()
  window.location.assign('/keys')
}
