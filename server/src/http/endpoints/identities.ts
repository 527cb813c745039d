/** Identities at an OpenID provider, and the way there and back (OpenID Connect Core 1.0, section 3.1). */
import { Type } from 'typebox'
import { type Identity, listIdentities, unlinkIdentity } from '../../actions/identities.js'
import type { Return, ReturnProblem } from '../../actions/provider-sign-in.js'
import type { SignIn } from '../../actions/sign-in.js'
import { Fault } from '../../fault.js'
import { ProviderError } from '../../provider.js'
import { defineAction, defineVisit, type Guest, type Visited } from './endpoint.js'
import { nullable } from './fields.js'
import { currentPassword } from './sign-in.js'

const instant = Type.String({ format: 'date-time' })
const redirect = Type.Null({ description: 'to / or /account, or to /sign-in?error=CODE or /account?error=CODE' })

export const identityEndpoints = [
  defineAction({
    id: 'api.identity.list',
    method: 'GET',
    path: '/keyporter/identities',
    response: Type.Object(
      {
        identities: Type.Array(
          Type.Object(
            {
              id: Type.Integer(),
              issuer: Type.String(),
              subject: Type.String(),
              email: nullable(Type.String({ description: 'as the provider told it; it proves nothing here' })),
              created_at: instant,
              last_used_at: nullable(instant),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    handle: async (context, caller) => ({ identities: (await listIdentities(context, caller)).map(printIdentity) }),
  }),
  defineVisit({
    id: 'api.identity.link',
    method: 'POST',
    path: '/keyporter/identities',
    body: Type.Object({ current_password: currentPassword }, { additionalProperties: false }),
    response: Type.Object(
      { url: Type.String({ description: 'where to send the browser that asked' }) },
      { additionalProperties: false },
    ),
    async visit(signIn, { caller, visitor }, { current_password: currentPassword }) {
      if (!caller) throw new Error('an identity is to be linked to nobody')
      try {
        const { url, flow } = await signIn.departToLink(caller, { currentPassword }, visitor)
        return { answer: { url }, flow }
      } catch (cause) {
        if (!(cause instanceof ProviderError)) throw cause
        throw new Fault('busy', `${signIn.provider?.name} does not answer; try again later.`, { cause })
      }
    },
  }),
  defineAction({
    id: 'api.identity.unlink',
    method: 'DELETE',
    path: '/keyporter/identities/{id}',
    response: Type.Object({ success: Type.Literal(true) }, { additionalProperties: false }),
    async handle(context, caller, { params }) {
      await unlinkIdentity(context, caller, params.id)
      return { success: true } as const
    },
  }),
  defineVisit({
    id: 'api.oidc.start',
    method: 'GET',
    path: '/keyporter/oidc/start',
    redirects: true,
    response: redirect,
    visit: orRefuse(async ({ provider }, { visitor }) => {
      if (!provider) return refuse('not_configured')
      const { url, flow } = await provider.depart(visitor)
      return { answer: null, redirect: url, flow }
    }),
  }),
  defineVisit({
    id: 'api.oidc.callback',
    method: 'GET',
    path: '/keyporter/oidc/callback',
    redirects: true,
    response: redirect,
    visit: orRefuse(async ({ provider }, { visitor, flow, query }) => {
      if (!provider) return refuse('not_configured')
      const members = query.map(({ name, value }): [string, string] => [name, value ?? ''])
      return welcomeBack(await provider.takeBack(flow, new URLSearchParams(members), visitor))
    }),
  }),
]

function welcomeBack(returned: Return): Visited & { readonly answer: null } {
  if (returned.kind === 'refused') {
    const { problem, isOver, isLinking } = returned
    const refused = refuse(problem, isLinking && problem !== 'signed_out' ? '/account' : '/sign-in')
    return isOver ? { ...refused, flow: null } : refused
  }
  if (returned.kind === 'linked') return { answer: null, redirect: '/account', flow: null }
  return { answer: null, redirect: '/', flow: null, session: returned.session }
}

/** A browser is shown a page, not JSON. The console knows these codes. */
function refuse(code: ReturnProblem | 'not_configured', page = '/sign-in'): Visited & { readonly answer: null } {
  return { answer: null, redirect: `${page}?error=${code}` }
}

function orRefuse(visit: (signIn: SignIn, guest: Guest) => Promise<Visited & { readonly answer: null }>) {
  return async (signIn: SignIn, guest: Guest) => {
    try {
      return await visit(signIn, guest)
    } catch (error) {
      if (error instanceof ProviderError) return refuse(error.problem)
      if (error instanceof Fault && error.code !== 'internal') return refuse(error.code)
      throw error
    }
  }
}

function printIdentity({ id, issuer, subject, email, createdAt, lastUsedAt }: Identity) {
  return {
    id,
    issuer,
    subject,
    email,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
}
