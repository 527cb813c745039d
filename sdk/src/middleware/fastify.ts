/** A plugin for Fastify: guards every route of the scope that it is registered in, those that are not found too. */
import { type GuardOptions, type Identity, openGuard } from './guard.js'
import { type NodeRequest, readNodeRequest } from './node.js'

export interface FastifyRequestLike {
  readonly raw: NodeRequest
  /** Set on requests that are let through. */
  keyporter?: Identity | null
}

export interface FastifyReplyLike {
  readonly raw: { statusMessage: string }
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body: string): unknown
}

export interface FastifyLike {
  hasRequestDecorator(name: string): boolean
  decorateRequest(name: string, value: null): unknown
  addHook(name: 'onRequest', hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown
}

/** Lets requests through that their key allows, with `request.keyporter`; answers the others. For `app.register`. */
export function protectFastify(options: GuardOptions): (app: FastifyLike, _: unknown, done: () => void) => void {
  const guard = openGuard(options)
  const plugin = (app: FastifyLike, _: unknown, done: () => void) => {
    if (!app.hasRequestDecorator('keyporter')) app.decorateRequest('keyporter', null)
    app.addHook('onRequest', async (request, reply) => {
      const { identity, refusal } = await guard(readNodeRequest(request.raw, request.raw.url ?? ''))
      if (identity) {
        request.keyporter = identity
        return
      }
      reply.code(refusal.status)
      reply.raw.statusMessage = refusal.statusText
      for (const [name, value] of Object.entries(refusal.headers)) reply.header(name, value)
      return reply.send(refusal.body)
    })
    done()
  }
  // Without this the hook would guard a scope of its own, which has no routes.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
