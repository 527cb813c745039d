/**
 * The end of a session in the browser: what was read is forgotten, and the way leads to the sign-in page. A page on which
 * something would be lost stays, and asks to sign in again.
 */
import { useSyncExternalStore } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { isGuarded, letGo } from './leaving.js'

const signInPath = '/sign-in'
const firstPath = '/keys'
const listeners = new Set<() => void>()
const watchers = new Set<() => void>()
let isHeld = false

/** Registers what has to be forgotten. */
export function onSessionEnd(listener: () => void): void {
  listeners.add(listener)
}

/** After sign-out, or when the server no longer knows the session. Comes back to the same page after signing in. */
export function endSession({ comeBack = true }: { comeBack?: boolean } = {}): void {
  const isHeldNow = comeBack && isGuarded()
  setHeld(isHeldNow)
  if (isHeldNow) return
  for (const listener of listeners) listener()
  const { pathname, search } = window.location
  if (pathname === signInPath) return
  const from = comeBack && pathname !== '/' ? `?from=${encodeURIComponent(pathname + search)}` : ''
  navigate(signInPath + from, { replace: true })
}

/** Whether the session is over on a page that stays. */
export function useSessionHeld(): boolean {
  return useSyncExternalStore(subscribe, () => isHeld)
}

/** The page goes on where it was, for the same user. */
export function resumeSession(): void {
  setHeld(false)
}

/** The page is given up, with what would be lost. */
export function leaveSession(): void {
  letGo()
  endSession()
}

function setHeld(held: boolean): void {
  isHeld = held
  for (const watcher of watchers) watcher()
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Where to go after signing in: a path of this console, at `origin`, whatever the address says. */
export function readReturnPath(search: string, origin: string): string {
  const from = new URLSearchParams(search).get('from')
  if (from === null || !from.startsWith('/') || !URL.canParse(from, origin)) return firstPath
  const url = new URL(from, origin)
  // What begins with // is no path to the browser, but another host.
  const isPath = url.origin === origin && !url.pathname.startsWith('//')
  return isPath && url.pathname !== signInPath ? url.pathname + url.search : firstPath
}
