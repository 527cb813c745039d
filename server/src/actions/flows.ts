/**
 * Flows to an OpenID provider, as the cookie of the browser carries them there and back. One is sealed under the pepper, so
 * that any worker of any machine can tell a flow that was begun here, and for whom, without asking the store. State, nonce and
 * code verifier are derived from it: nothing that is kept here, or sent to the provider, lets anybody else end it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Challenge } from '../provider.js'
import { sealText } from '../secrets.js'
import type { Context } from './context.js'

export interface Flow {
  /** What the cookie holds: a secret. */
  readonly text: string
  /** The session that wants to link an identity; null where somebody wants to sign in. */
  readonly sessionId: number | null
  readonly expiresAt: Date
}

export const flowMs = 600_000

export function beginFlow({ peppers, random, now }: Context, sessionId: number | null): Flow {
  const expiresAt = new Date(now() + flowMs)
  const secret = Buffer.from(random(32)).toString('base64url')
  const claims = `${secret}.${expiresAt.getTime()}.${sessionId ?? ''}`
  return { text: `${claims}.${sealText(claims, peppers.current)}`, sessionId, expiresAt }
}

/** The flow that a cookie holds, over or not; null for what was not begun here. */
export function readFlow({ peppers }: Context, text: string): Flow | null {
  const [, claims, expiresAt, sessionId, seal] = /^([\w-]{43}\.(\d{1,15})\.(\d{0,15}))\.([\w-]{43})$/.exec(text) ?? []
  if (claims === undefined || seal === undefined) return null
  if (!peppers.all.some((pepper) => isSame(seal, sealText(claims, pepper)))) return null
  return { text, sessionId: sessionId ? Number(sessionId) : null, expiresAt: new Date(Number(expiresAt)) }
}

export function deriveChallenge({ text }: Flow): Challenge {
  const derive = (what: string) => createHmac('sha256', text).update(what).digest('base64url')
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') }
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
