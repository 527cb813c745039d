/**
 * The token of a one-time sign-in link. It is taken out of the address as soon as this module is loaded, before anything
 * is drawn, and is kept here alone, until it is spent.
 */
import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let token: string | null = null

takeToken()
// A link that is pasted into an open sign-in page changes the fragment alone.
window.addEventListener('hashchange', takeToken)

/** Null when the page was not opened by such a link. */
export function useLinkToken(): string | null {
  return useSyncExternalStore(subscribe, () => token)
}

export function forgetLinkToken(): void {
  setToken(null)
}

function takeToken(): void {
  const found = new URLSearchParams(window.location.hash.slice(1)).get('token')
  if (found === null) return
  window.history.replaceState(null, '', window.location.pathname + window.location.search)
  setToken(found)
}

function setToken(next: string | null): void {
  token = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
