/** A key in words. */
import type { ApiKey } from '@keyporter/sdk'
import type { Tone } from '../components/badge.js'

const expiringMs = 14 * 86_400_000

/** Its name, or its hint where it has none: what to call it, and what has to be typed to delete it. */
export function nameKey(key: Pick<ApiKey, 'id' | 'name' | 'hint'>): string {
  return key.name?.trim() || key.hint || `Key ${key.id}`
}

/** Whether it is in force. `now` in milliseconds. */
export function describeStatus(key: ApiKey, now: number): { readonly tone: Tone; readonly text: string } {
  if (key.disabled) return { tone: 'neutral', text: 'Disabled' }
  if (key.expired || (key.expiresAt && key.expiresAt.getTime() <= now)) return { tone: 'danger', text: 'Expired' }
  if (key.notBefore && key.notBefore.getTime() > now) return { tone: 'neutral', text: 'Not yet valid' }
  if (key.expiresAt && key.expiresAt.getTime() < now + expiringMs) return { tone: 'warn', text: 'Expiring' }
  return { tone: 'ok', text: 'Active' }
}
