/** The one client of the console. It calls the server that the page came from, as whoever is signed in. */
import { type Client, openClient, type Whoami } from '@keyporter/sdk'

/** What the client does not have yet: goes when sessions and lists land. */
export interface PendingCalls {
  showSignInMethods(): Promise<{ password: boolean; oidc: { name: string } | null }>
  signIn(input: { email: string; password: string }): Promise<unknown>
  redeemLink(input: { token: string; password: string }): Promise<unknown>
  signOut(): Promise<void>
  changePassword(input: { currentPassword: string | null; password: string }): Promise<void>
  showSessions(): Promise<PendingSession[]>
  revokeSession(id: number): Promise<void>
  revokeOtherSessions(): Promise<{ revoked: number }>
  showIdentities(): Promise<PendingIdentity[]>
  linkIdentity(): Promise<{ url: string }>
  unlinkIdentity(id: number): Promise<void>
  showDenials(options?: { limit?: number }): Promise<PendingDenial[]>
  whoami(): Promise<Whoami & { user: { id: number; email: string | null; username: string | null } | null }>
}

/** A refused request of a known key. */
export interface PendingDenial {
  id: number
  at: Date
  keyId: number
  keyName: string | null
  keyHint: string | null
  method: string
  /** Without its query. */
  path: string
  endpoint: string | null
  status: number
  reason: string
  msg: string
  address: string | null
}

export interface PendingSession {
  id: number
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  lastUsedAddress: string | null
  userAgent: string | null
  method: 'password' | 'link' | 'oidc'
  current: boolean
}

export interface PendingIdentity {
  id: number
  issuer: string
  subject: string
  email: string | null
  createdAt: Date
  lastUsedAt: Date | null
}

export const client = openClient({ url: window.location.origin }) as Omit<Client, 'whoami'> & PendingCalls
