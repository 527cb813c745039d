/** Signing in to the console, and its sessions. Only pages of the console can sign in; a key may list and end sessions. */
import {
  flag,
  instant,
  integer,
  nullable,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
} from './shape.js'
import { type SignInMethod, signInMethod } from './users.js'

/** How one can sign in here. */
export interface SignInMethods {
  readonly password: boolean
  /** The OpenID Connect provider; null where there is none. */
  readonly oidc: { readonly name: string } | null
}

/** A console session that is in force. */
export interface ConsoleSession {
  readonly id: number
  readonly createdAt: Date
  readonly expiresAt: Date
  /** Written in batches, so it lags behind by some seconds. */
  readonly lastUsedAt: Date | null
  readonly lastUsedAddress: string | null
  /** What the browser called itself when it signed in. */
  readonly userAgent: string | null
  readonly method: SignInMethod
  /** Whether it is the one that is calling. */
  readonly current: boolean
}

const sessionShape: Shape<ConsoleSession> = {
  id: integer('id'),
  createdAt: instant('created_at'),
  expiresAt: instant('expires_at'),
  lastUsedAt: nullable(instant('last_used_at')),
  lastUsedAddress: nullable(text('last_used_address')),
  userAgent: nullable(text('user_agent')),
  method: signInMethod('method'),
  current: flag('current'),
}

export function readSignInMethods(json: unknown): SignInMethods {
  const answer = readObject(json)
  return {
    password: readMember(answer, 'password', (value) => value === true),
    oidc: readMember(answer, 'oidc', (oidc) =>
      oidc === null || oidc === undefined ? null : { name: readMember(readObject(oidc), 'name', text('name').read) },
    ),
  }
}

/** The id of the session that signing in has begun. */
export function readSignedIn(json: unknown): { readonly sessionId: number } {
  return { sessionId: readMember(readObject(json), 'session_id', integer('session_id').read) }
}

export function readSessionList(json: unknown): ConsoleSession[] {
  return readMemberList(json, 'sessions', (session) => readShape(sessionShape, session))
}

/** How many sessions were ended. */
export function readRevoked(json: unknown): { readonly revoked: number } {
  return { revoked: readMember(readObject(json), 'revoked', integer('revoked').read) }
}

export function readDone(json: unknown): void {
  if (readObject(json).success !== true) throw new ShapeError('does not say "success": true')
}
