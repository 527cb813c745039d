/** Who is signed in, the theme, and the way out. */
import { useQuery } from '@tanstack/react-query'
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import type { ReactElement } from 'react'
import { client } from '../client.js'
import { describeError, isSignedOut } from '../failure.js'
import { whoamiQuery } from '../queries.js'
import { endSession } from '../session.js'
import { setTheme, useTheme } from '../theme.js'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from './menu.js'
import { showToast } from './toast.js'

export function AccountMenu({ trigger }: { trigger: ReactElement }) {
  const { data } = useQuery(whoamiQuery)
  const theme = useTheme()
  return (
    <Menu trigger={trigger} defaultOpen>
      <div className="max-w-64 px-2 py-1.5">
        <p className="truncate font-medium">{data?.user?.email ?? 'Signed in'}</p>
        <p className="text-xs text-muted">
          {data?.account.operator ? 'Operator' : 'Account'} {data?.account.id}
        </p>
      </div>
      <MenuSeparator />
      <MenuItem icon={UserRound} href="/account">
        Account
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={setTheme}
        options={[
          { value: 'system', label: 'As the system', icon: Monitor },
          { value: 'light', label: 'Light', icon: Sun },
          { value: 'dark', label: 'Dark', icon: Moon },
        ]}
      />
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={signOut}>
        Sign out
      </MenuItem>
    </Menu>
  )
}

async function signOut(): Promise<void> {
  try {
    await client.signOut()
  } catch (error) {
    if (!isSignedOut(error)) {
      return showToast({ title: 'You are still signed in.', description: describeError(error), tone: 'danger' })
    }
  }
  endSession({ comeBack: false })
}
