/** Light or dark: the system's choice until another is made here, which this browser remembers. */
import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

/** Also read by `public/theme.js`, before the first paint. */
const storageKey = 'keyporter.theme'
const listeners = new Set<() => void>()
let theme: Theme = readTheme(document.documentElement.dataset.theme)

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme)
}

export function setTheme(next: Theme): void {
  theme = next
  if (next === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next
  remember(next)
  for (const listener of listeners) listener()
}

function readTheme(text: string | undefined): Theme {
  return text === 'light' || text === 'dark' ? text : 'system'
}

/** Where the browser keeps nothing, the choice lasts as long as the page. */
function remember(next: Theme): void {
  try {
    if (next === 'system') localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, next)
  } catch {}
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
