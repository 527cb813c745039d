/**
 * The end of a session in the browser: what was read is forgotten, and the way leads to the sign-in page. A page on which
 * something would be lost stays, and asks to sign in again.
 */
import { useSyncExternalStore } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { isGuarded, letGo } from './leaving.js'
import { signInPath } from './sign-in/return-path.js'

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
