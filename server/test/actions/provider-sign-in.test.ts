import { describe, expect, it, vi } from 'vitest'
import {
  type Identity,
  linkLocally,
  listIdentities,
  unlinkIdentity,
  unlinkLocally,
} from '../../src/actions/identities.js'
import { openPasswords } from '../../src/actions/passwords.js'
import { openProviderSignIn } from '../../src/actions/provider-sign-in.js'
import type { SignedIn } from '../../src/actions/sessions.js'
import { openSignIn } from '../../src/actions/sign-in.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import type { Provider } from '../../src/provider.js'
import { nameSession, openPeppers } from '../../src/secrets.js'
import { findSession } from '../../src/store/sessions.js'
import { createWorld, makeVisitor, openSession, pepperText, toRequest } from './world.js'

const name = { issuer: 'https://id.example.com', subject: 'ada' }
const visitor = { client: null, address: null, userAgent: null }
const options = { monotonic: () => 0, rate: { burst: 1_000, perMinute: 1_000 } }

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
    expect(taken).toEqual({ kind: 'refused', problem: 'not_linked', isOver: true, isLinking: false })
    expect(handedOver).toBe(true)
    const sessions = await context.store.read((db) => db.selectFrom('sessions').select('id').execute())
    expect(sessions).toEqual([])
  })

  it('is remembered as spent until it would have been over', async () => {
    const { world, context, signIn } = await open()
    const takeBack = async () => {
      const { url, flow } = await signIn.depart(visitor)
      return signIn.takeBack(flow, queryOf(url), visitor)
    }
    const countSpent = async () =>
      (await context.store.read((db) => db.selectFrom('spent_flows').selectAll().execute())).length
    for (let i = 1; i <= 3; i++) expect([(await takeBack()).kind, await countSpent()]).toEqual(['signed in', i])
    world.nowMs += 600_000
    expect([(await takeBack()).kind, await countSpent()]).toEqual(['signed in', 1])
  })

  it('that was made up, or ended with a state that was, is found out without the store', async () => {
    const { world, context, provider, signIn } = await open()
    const { url, flow } = await signIn.depart(visitor)
    const { url: otherUrl, flow: other } = await signIn.departToLink(5, visitor)
    const [secret, expiresAt, , seal] = flow.split('.') as [string, string, string, string]
    const untouched = () => Promise.reject(new Error('the store was asked'))
    const store = { ...context.store, read: untouched, write: untouched }
    const alone = openProviderSignIn({ ...context, store }, provider, options)
    const madeUp = [
      '',
      'x'.repeat(43),
      `${secret}.${expiresAt}.5.${seal}`,
      `${secret}.${Number(expiresAt) + 1}..${seal}`,
      `${secret}.${expiresAt}..${other.split('.')[3]}`,
      `${flow};${flow}`,
      ` ${flow}`,
    ]
    for (const text of madeUp) {
      const returned = await alone.takeBack(text, queryOf(url), visitor)
      expect(returned, text).toEqual({ kind: 'refused', problem: 'expired', isOver: true, isLinking: false })
    }
    const crossed = await alone.takeBack(flow, queryOf(otherUrl), visitor)
    expect(crossed).toEqual({ kind: 'refused', problem: 'failed', isOver: false, isLinking: false })
    world.nowMs += 600_000
    expect(await alone.takeBack(other, queryOf(otherUrl), visitor)).toEqual({
      kind: 'refused',
      problem: 'expired',
      isOver: true,
      isLinking: true,
    })
    expect(provider.redeemed).toBe(0)
  })

  it('goes on under a pepper that was retired meanwhile', async () => {
    const { context, provider, signIn } = await open()
    const { url, flow } = await signIn.depart(visitor)
    const peppers = openPeppers({
      dataDir: '/nowhere',
      pepper: 'another pepper that is long enough',
      retiredPeppers: [pepperText],
      hasKeys: true,
    })
    const later = openProviderSignIn({ ...context, peppers }, provider, options)
    expect((await later.takeBack(flow, queryOf(url), visitor)).kind).toBe('signed in')
    const other = openPeppers({ dataDir: '/nowhere', pepper: 'another pepper that is long enough', hasKeys: true })
    const stranger = openProviderSignIn({ ...context, peppers: other }, provider, options)
    expect(await stranger.takeBack(flow, queryOf(url), visitor)).toMatchObject({ problem: 'expired' })
  })

  it('begins from any number of addresses, as often as each of them may', async () => {
    const { context, provider } = await open()
    const signIn = openProviderSignIn(context, provider, { monotonic: () => 0, rate: { burst: 20, perMinute: 20 } })
    for (let i = 0; i < 100; i++) {
      const from = makeVisitor(`198.51.100.${i}`)
      for (let j = 0; j < 20; j++) await signIn.depart(from)
      await expect(signIn.depart(from)).rejects.toMatchObject({
        code: 'rate_limited',
        message: 'Too many attempts to sign in; try again in 3 s.',
      })
    }
  })
})

describe('a departure', () => {
  it('is counted by each of several processes for its share', async () => {
    const { context, provider } = await open()
    const { provider: shared } = openSignIn(context, {
      passwords: openPasswords({ maxRunning: 1, maxWaiting: 1 }),
      keys: openKeySource(context),
      provider,
      shares: 2,
      monotonic: () => 0,
      departures: { burst: 4, perMinute: 4 },
    })
    for (let i = 0; i < 2; i++) await shared!.depart(visitor)
    await expect(shared!.depart(visitor)).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 })
  })
})

describe('a crowd that comes back', () => {
  it('is taken back 32 at a time; 128 wait, and who comes above that is told to come again', async () => {
    const { context, provider } = await open()
    let asked = 0
    let release = () => {}
    const answered = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: Provider = {
      ...provider,
      async redeem() {
        asked++
        await answered
        return { ...name, email: null }
      },
    }
    const signIn = openProviderSignIn(context, slow, options)
    const departures = await Promise.all(Array.from({ length: 161 }, () => signIn.depart(visitor)))
    const returns = departures.map(({ url, flow }) => signIn.takeBack(flow, queryOf(url), visitor))
    expect(await returns[160]).toMatchObject({ kind: 'refused', problem: 'busy', isOver: false })
    await vi.waitFor(() => expect(asked).toBe(32))
    release()
    const others = await Promise.all(returns.slice(0, 160))
    expect(others.filter(({ kind }) => kind === 'signed in')).toHaveLength(160)
  })
})

describe('an identity that is unlinked', () => {
  it('ends the sessions that it has signed in, but the one that asks, and no others', async () => {
    const { world, context, signIn } = await open()
    const enter = async () => {
      const { url, flow } = await signIn.depart(visitor)
      const returned = await signIn.takeBack(flow, queryOf(url), visitor)
      if (returned.kind !== 'signed in') throw new Error(returned.kind)
      return returned.session
    }
    const userId = world.owner.principal.account.id
    const isOver = async ({ sessionId }: SignedIn) =>
      (await context.store.read((db) => findSession(db, sessionId)))?.session.revokedAt !== null
    const [own, other] = [await enter(), await enter()]
    const byPassword = await openSession(world, userId)
    const [{ id }] = (await listIdentities(context, byPassword.caller)) as [Identity]
    await linkLocally(context, { ...name, subject: 'another', email: 'owner@example.com' })
    const presented = await openKeySource(context).find(nameSession(own.secret))
    if (presented.kind !== 'known') throw new Error(presented.kind)
    const caller = { principal: presented.principal, request: toRequest('DELETE', `/keyporter/identities/${id}`) }
    await unlinkIdentity(context, caller, id)
    expect([await isOver(own), await isOver(other), await isOver(byPassword)]).toEqual([false, true, false])
    // Again from elsewhere: then nothing of it is left.
    await unlinkIdentity(context, byPassword.caller, id)
    expect([await isOver(own), await isOver(byPassword)]).toEqual([true, false])
  })

  it('on the machine ends all that it has signed in', async () => {
    const { context, signIn } = await open()
    const { url, flow } = await signIn.depart(visitor)
    const returned = await signIn.takeBack(flow, queryOf(url), visitor)
    if (returned.kind !== 'signed in') throw new Error(returned.kind)
    await unlinkLocally(context, name)
    const stored = await context.store.read((db) => findSession(db, returned.session.sessionId))
    expect(stored?.session.revokedAt).not.toBeNull()
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
