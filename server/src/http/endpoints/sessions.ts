/** Console sessions over HTTP: listed and ended by a session, or by a key of the same user. */
import { printPermissions, readPowers, type Session } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import { listSessions, revokeOtherSessions, revokeSession } from '../../actions/sessions.js'
import { defineAction } from './endpoint.js'
import { nullable, printInstant, printOptionalInstant } from './fields.js'
import { permissionDocument } from './key-object.js'

const instant = Type.Integer({ description: 'seconds since 1970, UTC' })

const sessionObject = Type.Object(
  {
    id: Type.Integer(),
    created_at: instant,
    expires_at: instant,
    last_used_at: nullable(instant),
    last_used_address: nullable(Type.String()),
    user_agent: nullable(Type.String({ description: 'what the browser called itself when it signed in' })),
    method: Type.Enum(['password', 'link', 'oidc'], { description: 'how it was signed in' }),
    current: Type.Boolean({ description: 'whether it is the calling one' }),
  },
  { additionalProperties: false },
)

const done = { success: true } as const
const sessionsPath = '/api/v0/auth/sessions/'

export const sessionEndpoints = [
  defineAction({
    id: 'api.session.list',
    method: 'GET',
    path: sessionsPath,
    response: Type.Object(
      {
        sid: nullable(Type.Integer({ description: 'the calling session; null for a key' })),
        rights: permissionDocument,
        sessions: Type.Array(sessionObject),
      },
      { additionalProperties: false },
    ),
    async handle(context, caller) {
      const { principal } = caller
      const sid = principal.kind === 'session' ? principal.session.id : null
      const sessions = await listSessions(context, caller)
      const rights = printPermissions(readPowers(principal).permissions)
      return { sid, rights, sessions: sessions.map((session) => printSession(session, sid)) }
    },
  }),
  defineAction({
    id: 'api.session.revoke_others',
    method: 'DELETE',
    path: sessionsPath,
    response: Type.Object(
      { success: Type.Literal(true), revoked: Type.Integer({ description: 'how many sessions were ended' }) },
      { additionalProperties: false },
    ),
    handle: async (context, caller) => ({ ...done, revoked: await revokeOtherSessions(context, caller) }),
  }),
  defineAction({
    id: 'api.session.revoke',
    method: 'DELETE',
    path: '/api/v0/auth/sessions/{id}/',
    response: Type.Object({ success: Type.Literal(true) }, { additionalProperties: false }),
    async handle(context, caller, { params }) {
      await revokeSession(context, caller, params.id)
      return done
    },
  }),
]

function printSession(session: Session, sid: number | null): Static<typeof sessionObject> {
  return {
    id: session.id,
    created_at: printInstant(session.createdAt),
    expires_at: printInstant(session.expiresAt),
    last_used_at: printOptionalInstant(session.lastUsedAt),
    last_used_address: session.lastUsedAddress,
    user_agent: session.userAgent,
    method: session.method,
    current: session.id === sid,
  }
}
