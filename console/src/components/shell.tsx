/** The frame around every page but sign-in: where one is, where one can go, who is signed in. */
import { CircleUser } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { Link, useLocation } from 'wouter'
import { useSessionHeld } from '../session.js'
import { joinClasses } from './classes.js'
import { Logo } from './logo.js'
import { MenuButton } from './menu-button.js'

const loadAccountMenu = () => import('./account-menu.js')
const AccountMenu = lazy(async () => ({ default: (await loadAccountMenu()).AccountMenu }))
const SignInAgain = lazy(async () => ({ default: (await import('../sign-in/sign-in-again.js')).SignInAgain }))

const places = [
  { href: '/keys', label: 'Keys' },
  { href: '/explain', label: 'Explain' },
  { href: '/denials', label: 'Denials' },
]

export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation()
  const isSessionHeld = useSessionHeld()
  useSearchShortcut()
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
          <AccountMenuButton />
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 pt-6 pb-24 sm:px-6 sm:pt-8">
        {children}
      </main>
      {isSessionHeld && (
        <Suspense>
          <SignInAgain />
        </Suspense>
      )}
    </>
  )
}

function AccountMenuButton() {
  const trigger = (
    <button
      type="button"
      aria-label="Account and theme"
      className="inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text data-[state=open]:bg-hover"
    >
      <CircleUser aria-hidden="true" className="size-5" />
    </button>
  )
  return (
    <MenuButton trigger={trigger} load={loadAccountMenu}>
      <AccountMenu trigger={trigger} />
    </MenuButton>
  )
}

/** `/` leads to the search of the page, if it has one, unless one is typing. */
function useSearchShortcut() {
  useEffect(() => {
    const search = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return
      const input = document.querySelector<HTMLInputElement>('[data-search]')
      if (input === null || document.querySelector('[role=dialog], [role=menu]') !== null) return
      event.preventDefault()
      input.focus()
      input.select()
    }
    document.addEventListener('keydown', search)
    return () => document.removeEventListener('keydown', search)
  }, [])
}
