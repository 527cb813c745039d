/**
 * Leaving a page on which something would be lost: asked about first, whether by a link, by going back or by closing the
 * tab. A page says so by `LeaveGuard`; going where it leads itself, as after saving, needs no question.
 */
import type { AroundNavHandler } from 'wouter'

/** Is told how to go on, for when the answer is yes. */
export type AskToLeave = (leave: () => void) => void

interface Guard {
  readonly ask: AskToLeave
  /** The address of the page that is guarded. */
  readonly address: string
}

let guard: Guard | null = null

/** Sets the guard, and returns what takes it away again. There is one at a time. */
export function guardPage(ask: AskToLeave): () => void {
  const own: Guard = { ask, address: readAddress() }
  guard = own
  window.addEventListener('beforeunload', askBrowser)
  return () => {
    if (guard === own) letGo()
  }
}

/** From now on the page can be left. */
export function letGo(): void {
  guard = null
  window.removeEventListener('beforeunload', askBrowser)
}

/** Whether something would be lost with the page. */
export function isGuarded(): boolean {
  return guard !== null
}

/** Every move by a link, or by the page itself, passes through here. */
export const askBeforeMove: AroundNavHandler = (navigate, to, options) => {
  askFirst(() => navigate(to, options))
}

function askFirst(leave: () => void): void {
  if (!guard) leave()
  else
    guard.ask(() => {
      letGo()
      leave()
    })
}

/** The browser has its own words. */
function askBrowser(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

/**
 * Back and forward have happened when they are heard of. The page is put on top of where they led, so that going back once
 * is what was meant. Registered before the router listens, which must not hear of it.
 */
function askAfterMove(event: PopStateEvent): void {
  if (!guard || readAddress() === guard.address) return
  event.stopImmediatePropagation()
  window.history.pushState(null, '', guard.address)
  askFirst(() => window.history.back())
}

function readAddress(): string {
  return window.location.pathname + window.location.search
}

window.addEventListener('popstate', askAfterMove)
