/** The one client of the console. It calls the server that the page came from, as whoever is signed in. */
import { type Client, openClient } from '@keyporter/sdk'

/** What the client does not have yet. */
export interface PendingCalls {
  showIdentities(): Promise<PendingIdentity[]>
  linkIdentity(): Promise<{ url: string }>
  unlinkIdentity(id: number): Promise<void>
}

export interface PendingIdentity {
  id: number
  issuer: string
  subject: string
  email: string | null
  createdAt: Date
  lastUsedAt: Date | null
}

export const client = openClient({ url: window.location.origin, session: true }) as Client & PendingCalls
