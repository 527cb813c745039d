/**
 * The verifier feed: the steps of the revocation protocol for verifiers elsewhere (design section 6). Each is answered at
 * once and echoes the nonce of its question, so that no answer is taken for another's; waking is a poll that renews nothing.
 */
import { type Catalog, toPlain } from '@keyporter/core'
import { digestText, type Position, printLoaded, type Standing } from '@keyporter/sdk'
import { type Static, type TObject, Type } from 'typebox'
import { Fault } from '../../fault.js'
import { compileValidator } from '../validation.js'
import { printCatalog } from './catalog.js'
import { defineService, type Services } from './endpoint.js'
import { nullable, textField } from './fields.js'

const longestLeaseMs = 600_000

const nonce = textField(64)
const verifierId = textField(64)
const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'a whole number' })
const digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in 64 lower-case hexadecimal digits' })
const position = Type.Object({ seq: whole, tag: textField(64) }, { description: 'an object with seq and tag' })
const standing = { verifierId, position, cycle: whole }
const touches = Type.Array(Type.Object({ kind: Type.String(), id: Type.Integer() }))
const change = Type.Object({ seq: whole, tag: Type.String(), touches, dropsNegatives: Type.Boolean() })
const gone = Type.Object({ nonce, gone: Type.Literal(true) })
const catalog = Type.String({ description: 'SHA-256 of what GET /keyporter/catalog answers' })
const loaded = Type.Object({ nonce, record: nullable(Type.Object({})), dependsOn: touches })

const register = defineStep({
  step: 'register',
  body: { host: textField(128) },
  response: Type.Object({
    nonce,
    verifierId,
    position,
    leaseMs: whole,
    storeNowMs: Type.Number(),
    catalog,
    keyPrefix: Type.String(),
    queryKeys: Type.Boolean(),
  }),
  async run({ feed, catalog }, { host }, signal) {
    const { keyPrefix, queryKeys } = feed
    const registered = await feed.openSource(host).register(signal())
    return { ...registered, catalog: digestCatalog(catalog), keyPrefix, queryKeys }
  },
})

const renew = defineStep({
  step: 'renew',
  body: {
    verifierId,
    cycle: whole,
    position,
    leaseMs: Type.Integer({ minimum: 1, maximum: longestLeaseMs, description: `1 to ${longestLeaseMs} milliseconds` }),
  },
  response: Type.Union([
    gone,
    Type.Object({ nonce, gone: Type.Literal(false), settingMs: whole, storeNowMs: Type.Number(), catalog }),
  ]),
  async run({ feed, catalog }, renewal, signal) {
    const renewed = await feed.openSource('').renew(renewal, signal())
    return renewed.gone ? renewed : { ...renewed, catalog: digestCatalog(catalog) }
  },
})

const changes = defineStep({
  step: 'changes',
  body: standing,
  response: Type.Union([gone, Type.Object({ nonce, gone: Type.Literal(false), changes: Type.Array(change) })]),
  run: ({ feed }, asked, signal) => feed.openSource('').readChanges(asked as Standing, signal()),
})

const report = defineStep({
  step: 'report',
  body: { verifierId, position },
  response: Type.Object({ nonce }),
  async run({ feed }, { verifierId, position }, signal) {
    await feed.openSource('').report(verifierId, position as Position, signal())
    return {}
  },
})

const deregister = defineStep({
  step: 'deregister',
  body: { verifierId },
  response: Type.Object({ nonce }),
  async run({ feed }, { verifierId }) {
    await feed.openSource('').deregister(verifierId)
    return {}
  },
})

const load = defineStep({
  step: 'load',
  body: { digest, ...standing },
  response: loaded,
  run: async ({ feed }, { digest, ...asked }) => printLoaded(await feed.openSource('').load(digest, asked as Standing)),
})

const loadConfirmed = defineStep({
  step: 'load_confirmed',
  body: { host: textField(128), digest },
  response: loaded,
  run: async ({ feed }, { host, digest }) => printLoaded(await feed.openSource(host).loadConfirmed(digest)),
})

const wait = defineService({
  id: 'api.verifier.wait',
  method: 'GET',
  path: '/keyporter/verifier/wait',
  response: Type.Object({ seq: whole }),
  async serve({ feed }, { query, signal }) {
    const since = query.find(({ name }) => name === 'since')?.value ?? ''
    if (!/^[0-9]{1,15}$/.test(since)) throw new Fault('bad_request', 'since must be the number of a change.')
    return { seq: await feed.awaitChange(Number(since), signal()) }
  },
})

export const verifierEndpoints = [register, renew, changes, report, deregister, load, loadConfirmed, wait]

type Members = Parameters<typeof Type.Object>[0]

/** One step: a question with a nonce, answered at once with the same one. */
function defineStep<M extends Members>(step: {
  readonly step: string
  readonly body: M
  readonly response: Parameters<typeof defineService>[0]['response']
  readonly run: (services: Services, question: Static<TObject<M>>, signal: () => AbortSignal) => Promise<object>
}) {
  const body = Type.Object({ nonce, ...step.body })
  const validate = compileValidator(body)
  return defineService({
    id: `api.verifier.${step.step}`,
    method: 'POST',
    path: `/keyporter/verifier/${step.step}`,
    body,
    response: step.response,
    async serve(services, { json, signal }) {
      const checked = validate(toPlain(json))
      if ('error' in checked) throw checked.error
      const asked = checked.value as Static<TObject<M>> & { readonly nonce: string }
      return { nonce: asked.nonce, ...(await step.run(services, asked, signal)) }
    },
  })
}

const digests = new WeakMap<Catalog, string>()

function digestCatalog(catalog: Catalog): string {
  let digest = digests.get(catalog)
  if (digest === undefined) {
    digest = digestText(JSON.stringify(printCatalog(catalog)))
    digests.set(catalog, digest)
  }
  return digest
}
