/** Signing in and out over HTTP. The secret of a session travels in its cookie alone, never in a body. */
import { Type } from 'typebox'
import { maxPasswordLength } from '../../actions/passwords.js'
import type { SignedIn } from '../../actions/sessions.js'
import { defineVisit, type Visited } from './endpoint.js'
import { nullable, textField } from './fields.js'

const done = { success: true } as const
const plain = Type.Object({ success: Type.Literal(true) }, { additionalProperties: false })
const signedIn = Type.Object(
  { success: Type.Literal(true), session_id: Type.Integer({ description: 'the cookie holds its secret' }) },
  { additionalProperties: false },
)
const password = textField(maxPasswordLength)
const email = textField(254)

/** What a session shows before it changes by what its user signs in. */
export const currentPassword = Type.Union([Type.String({ maxLength: maxPasswordLength }), Type.Null()], {
  description: `a text of at most ${maxPasswordLength} characters, or null where no password was set`,
})

export const signInEndpoints = [
  defineVisit({
    id: 'api.sign_in.methods',
    method: 'GET',
    path: '/keyporter/sign-in',
    response: Type.Object(
      {
        password: Type.Literal(true),
        oidc: nullable(
          Type.Object(
            { name: Type.String({ description: 'what the provider is called' }) },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    visit: async ({ provider }) => ({
      answer: { password: true, oidc: provider && { name: provider.name } } as const,
    }),
  }),
  defineVisit({
    id: 'api.sign_in.password',
    method: 'POST',
    path: '/keyporter/sign-in',
    body: Type.Object({ email, password }, { additionalProperties: false }),
    response: signedIn,
    visit: async (signIn, { visitor }, body) => welcome(await signIn.byPassword(body, visitor)),
  }),
  defineVisit({
    id: 'api.sign_in.link',
    method: 'POST',
    path: '/keyporter/sign-in/link',
    body: Type.Object({ token: textField(128), password: Type.String() }, { additionalProperties: false }),
    response: signedIn,
    visit: async (signIn, { visitor }, body) => welcome(await signIn.byLink(body, visitor)),
  }),
  defineVisit({
    id: 'api.sign_in.end',
    method: 'POST',
    path: '/keyporter/sign-out',
    response: plain,
    async visit(signIn, { cookie }) {
      if (cookie !== null) await signIn.signOut(cookie)
      return { answer: done, session: null }
    },
  }),
  defineVisit({
    id: 'api.sign_in.change_password',
    method: 'PUT',
    path: '/keyporter/password',
    body: Type.Object({ current_password: currentPassword, password: Type.String() }, { additionalProperties: false }),
    response: plain,
    async visit(signIn, { caller, visitor }, { current_password: currentPassword, password }) {
      if (!caller) throw new Error('a password is to be changed by nobody')
      await signIn.changePassword(caller, { currentPassword, password }, visitor)
      return { answer: done }
    },
  }),
  defineVisit({
    id: 'api.sign_in.change_email',
    method: 'PUT',
    path: '/keyporter/email',
    body: Type.Object({ current_password: currentPassword, email }, { additionalProperties: false }),
    response: plain,
    async visit(signIn, { caller, visitor }, { current_password: currentPassword, email }) {
      if (!caller) throw new Error('an email is to be changed by nobody')
      await signIn.changeEmail(caller, { currentPassword, email }, visitor)
      return { answer: done }
    },
  }),
]

function welcome(session: SignedIn): Visited & { readonly answer: { success: true; session_id: number } } {
  return { answer: { ...done, session_id: session.sessionId }, session }
}
