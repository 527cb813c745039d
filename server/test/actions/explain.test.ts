import { describe, expect, it } from 'vitest'
import { type ExplainInput, explainRequest } from '../../src/actions/explain.js'
import { deleteKey, listKeys, updateKey } from '../../src/actions/keys.js'
import { createWorld } from './world.js'

const show = { method: 'GET', target: '/api/v0/instances/1227/' }

async function createExplained() {
  const world = await createWorld()
  const { key } = await world.issue(world.owner, {
    api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } },
  })
  const explain = (input: Partial<ExplainInput>) =>
    explainRequest(world.context, world.owner, { keyId: key.id, ...show, ...input })
  return { ...world, key, explain }
}

describe('explainRequest', () => {
  it('says what allows a request', async () => {
    const { explain, key } = await createExplained()
    expect(await explain({})).toMatchObject({
      decision: { allowed: true },
      key: { id: key.id },
      explanation: {
        endpointId: 'api.instance.show',
        category: 'instance_read',
        place: 'api.instance_read."api.instance.show"',
        smallest: { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } },
      },
    })
  })

  it('says what refuses it, and what would allow it', async () => {
    const { explain } = await createExplained()
    expect(await explain({ target: '/api/v0/instances/1228/' })).toMatchObject({
      decision: { allowed: false, denial: { reason: 'constraint', parameter: 'id' } },
      explanation: {
        smallest: { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1228 } } } } } },
      },
    })
  })

  it('reads the body as JSON', async () => {
    const { context, owner, issue } = await createExplained()
    const { key } = await issue(owner, {
      api: { user_write: { 'api.apikey.create': { constraints: { name: { eq: 'ci' } } } } },
    })
    const decide = async (body: unknown) =>
      (await explainRequest(context, owner, { keyId: key.id, method: 'POST', target: '/api/v0/auth/apikeys/', body }))
        .decision.allowed
    expect([
      await decide({ name: 'ci' }),
      await decide({ name: 'x' }),
      await decide(null),
      await decide(undefined),
    ]).toEqual([true, false, false, false])
  })

  it.each([
    ['a path with an encoded slash', { target: '/api/v0/instances%2f1227/' }, 'the path has an encoded slash'],
    ['an absolute target', { target: 'http://x/' }, 'the request target must begin with /'],
    ['what is no method', { method: 'GET /' }, 'the method is not an HTTP method'],
    ['an empty method', { method: '' }, 'the method is not an HTTP method'],
  ])('takes %s to be a refusal', async (_what, input, problem) => {
    const { explain } = await createExplained()
    expect(await explain(input)).toMatchObject({
      decision: { allowed: false, denial: { reason: 'bad_request', problem } },
      explanation: { endpointId: null, rule: `the request has no canonical form: ${problem}`, smallest: null },
    })
  })

  it("takes the caller's own address where none is given", async () => {
    const { context, owner, key, explain } = await createExplained()
    await updateKey(context, owner, key.id, { addresses: ['192.0.2.1'] })
    const decide = async (input: Partial<ExplainInput>) => (await explain(input)).decision.allowed
    expect(await decide({})).toBe(true)
    expect(await decide({ clientAddress: '::ffff:192.0.2.1' })).toBe(true)
    expect(await decide({ clientAddress: '192.0.2.2' })).toBe(false)
    expect(await decide({ clientAddress: null })).toBe(false)
    await expect(decide({ clientAddress: 'localhost' })).rejects.toMatchObject({
      code: 'bad_request',
      message: 'client_address must be an IPv4 or IPv6 address, or null for an unknown one.',
    })
  })

  it('explains a disabled key', async () => {
    const { context, owner, key, explain } = await createExplained()
    await updateKey(context, owner, key.id, { disabled: true })
    expect((await explain({})).decision).toMatchObject({ denial: { reason: 'disabled' } })
  })

  it('does not find keys of others, deleted ones and unknown ones', async () => {
    const { context, owner, operator, key, explain } = await createExplained()
    const foreign = operator.principal.key.id
    await deleteKey(context, owner, key.id)
    for (const keyId of [foreign, key.id, 999]) {
      await expect(explain({ keyId })).rejects.toMatchObject({ code: 'not_found', message: 'API Key not found.' })
    }
  })

  it('executes nothing', async () => {
    const { context, owner, issue } = await createExplained()
    const { key } = await issue(owner, {})
    const before = await listKeys(context, owner)
    const target = `/api/v0/auth/apikeys/${key.id}/`
    await explainRequest(context, owner, { keyId: key.id, method: 'DELETE', target })
    expect(await listKeys(context, owner)).toEqual(before)
  })
})
