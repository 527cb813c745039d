import { describe, expect, it } from 'vitest'
import { linkLocally, unlinkLocally } from '../../src/actions/identities.js'
import { openProviderSignIn } from '../../src/actions/provider-sign-in.js'
import type { Provider } from '../../src/provider.js'
import { createWorld } from './world.js'

const name = { issuer: 'https://id.example.com', subject: 'ada' }
const visitor = { client: null, address: null, userAgent: null }
const options = { monotonic: () => 0, rate: { burst: 100, perMinute: 100 } }

/** A provider that proves the same identity to everybody, and counts. */
function openAgreeable(): Provider & { redeemed: number } {
  return {
    name: 'Example ID',
    redeemed: 0,
    buildUrl: async ({ state }) => `https://id.example.com/?state=${state}`,
    async redeem() {
      this.redeemed++
      return { ...name, email: null }
    },
  }
}

async function open() {
  const world = await createWorld()
  const provider = openAgreeable()
  await linkLocally(world.context, { ...name, email: 'owner@example.com' })
  return { world, context: world.context, provider, signIn: openProviderSignIn(world.context, provider, options) }
}

const queryOf = (url: string) => new URL(url).searchParams

describe('a flow', () => {
  it('is ended by one of several who come back with it at once', async () => {
    const { provider, signIn } = await open()
    const { url, flow } = await signIn.depart(visitor)
    const returns = await Promise.all([0, 1, 2].map(() => signIn.takeBack(flow, queryOf(url), visitor)))
    expect(returns.filter(({ kind }) => kind === 'signed in')).toHaveLength(1)
    expect(returns.filter((each) => each.kind === 'refused' && each.problem === 'expired')).toHaveLength(2)
    expect(provider.redeemed).toBe(1)
  })

  it('signs nobody in by an identity that went to another user meanwhile', async () => {
    const { context, provider } = await open()
    let handedOver = false
    const store: typeof context.store = {
      ...context.store,
      async write(work, describe) {
        // Between the look at the identity and the session's own transaction.
        if (provider.redeemed === 1 && !handedOver) {
          handedOver = true
          await unlinkLocally(context, name)
          await linkLocally(context, { ...name, email: 'admin@localhost' })
        }
        return context.store.write(work, describe)
      },
    }
    const signIn = openProviderSignIn({ ...context, store }, provider, options)
    const { url, flow } = await signIn.depart(visitor)
    const taken = await signIn.takeBack(flow, queryOf(url), visitor)
    expect(taken).toEqual({ kind: 'refused', problem: 'not_linked', isOver: true })
    expect(handedOver).toBe(true)
    const sessions = await context.store.read((db) => db.selectFrom('sessions').select('id').execute())
    expect(sessions).toEqual([])
  })

  it('is removed once it is over, when the next begins', async () => {
    const { world, context, signIn } = await open()
    await signIn.depart(visitor)
    world.nowMs += 600_000
    await signIn.depart(visitor)
    const flows = await context.store.read((db) => db.selectFrom('flows').select('hash').execute())
    expect(flows).toHaveLength(1)
  })
})

describe('local links', () => {
  it('take an account that there is, and an identity that nobody else has', async () => {
    const { context } = await open()
    await expect(linkLocally(context, { ...name, email: 'nobody@example.com' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'Account not found: no account has this email.',
    })
    await expect(linkLocally(context, { ...name, email: 'admin@localhost' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'This identity is linked to another account; unlink it there first.',
    })
    await expect(unlinkLocally(context, { ...name, subject: 'bob' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(linkLocally(context, { ...name, subject: 'a\nb', email: 'owner@example.com' })).rejects.toMatchObject({
      code: 'bad_request',
    })
  })

  it('are at most twenty of a user', async () => {
    const { context } = await open()
    const link = (i: number) => linkLocally(context, { ...name, subject: `ada-${i}`, email: 'owner@example.com' })
    for (let i = 1; i < 20; i++) await link(i)
    await expect(link(20)).rejects.toMatchObject({
      code: 'bad_request',
      message: 'A user has at most 20 identities; unlink one first.',
    })
  })
})
