/** The frame around every page but sign-in: where one is, where one can go, who is signed in. */
import { useQuery } from '@tanstack/react-query'
import { CircleUser, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { client } from '../client.js'
import { whoamiQuery } from '../queries.js'
import { endSession } from '../session.js'
import { setTheme, useTheme } from '../theme.js'
import { joinClasses } from './classes.js'
import { Logo } from './logo.js'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from './menu.js'
import { showToast } from './toast.js'

const places = [
  { href: '/keys', label: 'Keys' },
  { href: '/explain', label: 'Explain' },
  { href: '/denials', label: 'Denials' },
]

export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation()
  const main = useFocusOnMove(location)
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent-fill px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 border-b border-line bg-surface">
        <div className="mx-auto flex h-13 max-w-7xl items-center gap-3 px-4 sm:gap-6 sm:px-6">
          <Link href="/keys" aria-label="Keyporter, to the keys" className="flex items-center gap-2 font-semibold">
            <Logo />
            <span className="hidden sm:inline">Keyporter</span>
          </Link>
          <nav aria-label="Main" className="flex min-w-0 flex-1 items-center gap-0.5">
            {places.map(({ href, label }) => {
              const isHere = location === href || location.startsWith(`${href}/`)
              return (
                <Link
                  key={href}
                  href={href}
                  aria-current={location === href ? 'page' : isHere ? 'true' : undefined}
                  className={joinClasses(
                    'rounded-md px-2.5 py-1.5 transition-colors hover:text-text',
                    isHere ? 'bg-sunken font-medium text-text' : 'text-muted',
                  )}
                >
                  {label}
                </Link>
              )
            })}
          </nav>
          <AccountMenu />
        </div>
      </header>
      <main ref={main} id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 pt-6 pb-24 sm:px-6 sm:pt-8">
        {children}
      </main>
    </>
  )
}

function AccountMenu() {
  const { data } = useQuery(whoamiQuery)
  const theme = useTheme()
  const signOut = async () => {
    try {
      await client.signOut()
      endSession({ comeBack: false })
    } catch {
      showToast({ title: 'Not signed out: the server could not be reached.', tone: 'danger' })
    }
  }
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label="Account and theme"
          className="inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text data-[state=open]:bg-hover"
        >
          <CircleUser aria-hidden="true" className="size-5" />
        </button>
      }
    >
      <div className="max-w-64 px-2 py-1.5">
        <p className="truncate font-medium">{data?.user?.email ?? 'Signed in'}</p>
        {data?.account.operator && <p className="text-xs text-muted">Operator</p>}
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

/** After a move to another page the focus is on its content, so that a screen reader begins there. */
function useFocusOnMove(location: string) {
  const main = useRef<HTMLElement>(null)
  const last = useRef(location)
  useEffect(() => {
    if (last.current === location) return
    last.current = location
    main.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [location])
  return main
}
