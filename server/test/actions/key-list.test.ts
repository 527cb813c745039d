import { describe, expect, it } from 'vitest'
import { type KeyListInput, pageKeys } from '../../src/actions/key-list.js'
import { deleteKey, updateKey } from '../../src/actions/keys.js'
import { recordUses } from '../../src/store/usage.js'
import { createWorld, startMs, type World } from './world.js'

const dayMs = 86_400_000
const nothing = { api: {} }
const days = (count: number) => new Date(startMs + count * dayMs)

const everything: KeyListInput = {
  search: null,
  status: null,
  unusedDays: 30,
  sort: 'id',
  descending: false,
  limit: 100,
  offset: 0,
}

/** A world whose owner has keys of these names beside the first one. */
async function openWith(...names: (string | null)[]) {
  const world = await createWorld()
  const ids = new Map<string | null, number>()
  for (const name of names) ids.set(name, (await world.issue(world.owner, nothing, { name })).key.id)
  return { ...world, ...makeList(world), getId: (name: string | null) => ids.get(name)! }
}

function makeList({ context, owner }: World) {
  const page = (input: Partial<KeyListInput> = {}) => pageKeys(context, owner, { ...everything, ...input })
  return {
    page,
    /** Names of what is found; the first key of the account has none. */
    async names(input: Partial<KeyListInput> = {}) {
      return (await page(input)).keys.map(({ name }) => name)
    },
  }
}

describe('the list of keys', () => {
  it('is a page, with the number of all', async () => {
    const { page, names } = await openWith('a', 'b', 'c', 'd')
    expect(await names({ limit: 2 })).toEqual([null, 'a'])
    expect(await names({ limit: 2, offset: 2 })).toEqual(['b', 'c'])
    expect(await names({ limit: 2, offset: 4 })).toEqual(['d'])
    expect((await page({ limit: 2, offset: 4 })).total).toBe(5)
    expect(await page({ offset: 99 })).toEqual({ keys: [], total: 5 })
  })

  it('has neither deleted keys nor those of another account', async () => {
    const { context, operator, owner, issue, names, getId, page } = await openWith('a', 'b')
    await issue(operator, nothing, { name: 'foreign' })
    await deleteKey(context, owner, getId('a'))
    expect(await names()).toEqual([null, 'b'])
    expect((await page()).total).toBe(2)
    expect(await names({ search: 'foreign' })).toEqual([])
  })
})

describe('a search', () => {
  it('finds a part of the name in whatever case, also beyond ASCII', async () => {
    const { names } = await openWith('Déploiement CI', 'ÄRGER', 'deploy')
    expect(await names({ search: 'DÉPLOI' })).toEqual(['Déploiement CI'])
    expect(await names({ search: 'ärg' })).toEqual(['ÄRGER'])
    expect(await names({ search: 'De\u0301P' })).toEqual(['Déploiement CI'])
    expect(await names({ search: 'PLO' })).toEqual(['Déploiement CI', 'deploy'])
  })

  it('takes % and _ and \\ for themselves', async () => {
    const { names } = await openWith('100%', '100 percent', 'a_b', 'aXb', 'back\\slash', "quo'te")
    expect(await names({ search: '0%' })).toEqual(['100%'])
    expect(await names({ search: 'a_b' })).toEqual(['a_b'])
    expect(await names({ search: '\\' })).toEqual(['back\\slash'])
    expect(await names({ search: "'" })).toEqual(["quo'te"])
  })

  it('finds a part of the hint in whatever case', async () => {
    const { owner, issue, page } = await openWith()
    const { key } = await issue(owner, nothing)
    const ids = (await page({ search: key.hint.slice(-4).toUpperCase() })).keys.map(({ id }) => id)
    expect(ids).toContain(key.id)
    expect((await page({ search: 'KP_' })).total).toBe(2)
  })

  it('follows a key to its new name', async () => {
    const { context, owner, names, getId } = await openWith('old')
    await updateKey(context, owner, getId('old'), { name: 'New' })
    expect([await names({ search: 'old' }), await names({ search: 'new' })]).toEqual([[], ['New']])
    await updateKey(context, owner, getId('old'), { name: null })
    expect(await names({ search: 'new' })).toEqual([])
  })

  it('refuses control characters', async () => {
    const { page } = await openWith()
    await expect(page({ search: 'a\u0000' })).rejects.toMatchObject({
      code: 'bad_request',
      message: 'search has control characters; only printable ones are allowed.',
    })
  })
})

describe('an order', () => {
  it('by name is without case, byte by byte, and has the nameless last in either direction', async () => {
    const { names } = await openWith('b', 'A', 'a-2', 'a 10', 'Z', 'é')
    expect(await names({ sort: 'name' })).toEqual(['A', 'a 10', 'a-2', 'b', 'Z', 'é', null])
    expect(await names({ sort: 'name', descending: true })).toEqual(['é', 'Z', 'b', 'a-2', 'a 10', 'A', null])
  })

  it('by an instant has keys without it last in either direction, and ties by id', async () => {
    const { context, owner, issue, names, getId } = await openWith('never')
    for (const [name, expiresAt] of [
      ['late', days(9)],
      ['soon', days(1)],
      ['soon too', days(1)],
    ] as const)
      await issue(owner, nothing, { name, expiresAt })
    expect(await names({ sort: 'expires_at' })).toEqual(['soon', 'soon too', 'late', null, 'never'])
    expect(await names({ sort: 'expires_at', descending: true })).toEqual(['late', 'soon too', 'soon', 'never', null])
    await context.store.write((db) =>
      recordUses(db, 'api_keys', [{ id: getId('never'), atMs: startMs, address: null }]),
    )
    expect((await names({ sort: 'last_used_at' }))[0]).toBe('never')
    expect((await names({ sort: 'last_used_at', descending: true }))[0]).toBe('never')
    expect(await names({ sort: 'created_at', descending: true, limit: 2 })).toEqual(['soon too', 'soon'])
  })

  it('by creation is that of the commits, whatever a wall clock said', async () => {
    const world = await createWorld()
    const { names } = makeList(world)
    await world.issue(world.owner, nothing, { name: 'first' })
    world.nowMs -= dayMs
    await world.issue(world.owner, nothing, { name: 'second' })
    expect(await names({ sort: 'created_at', descending: true, limit: 2 })).toEqual(['second', 'first'])
  })

  it('is the same on every page', async () => {
    const { names } = await openWith('same', 'same', 'same', 'same', 'same')
    const whole = await names({ sort: 'name' })
    const pages = []
    for (let offset = 0; offset < 6; offset += 2) pages.push(...(await names({ sort: 'name', limit: 2, offset })))
    expect(pages).toEqual(whole)
  })
})

describe('a status', () => {
  /** A key for each state there is. */
  async function openStates() {
    const world = await createWorld()
    const { context, owner, issue } = world
    const make = async (name: string, more: object = {}) => (await issue(owner, nothing, { name, ...more })).key.id
    await make('plain')
    await make('soon', { expiresAt: days(14) })
    await make('later', { expiresAt: new Date(days(14).getTime() + 1) })
    await make('over', { expiresAt: days(1) })
    await make('off', {})
    await make('off and over', { expiresAt: days(1) })
    await make('not yet', { notBefore: days(2) })
    const { keys } = await makeList(world).page()
    const getId = (name: string) => keys.find((key) => key.name === name)!.id
    await updateKey(context, owner, getId('off'), { disabled: true })
    await updateKey(context, owner, getId('off and over'), { disabled: true })
    return { world, ...makeList(world) }
  }

  it('active is in force now', async () => {
    const { world, names } = await openStates()
    expect(await names({ status: 'active' })).toEqual([null, 'plain', 'soon', 'later', 'over'])
    world.nowMs = days(1).getTime()
    expect(await names({ status: 'active' })).toEqual([null, 'plain', 'soon', 'later'])
    world.nowMs = days(2).getTime()
    expect(await names({ status: 'active' })).toEqual([null, 'plain', 'soon', 'later', 'not yet'])
  })

  it('expiring is over within 14 days, and not over yet', async () => {
    const { world, names } = await openStates()
    expect(await names({ status: 'expiring' })).toEqual(['soon', 'over'])
    world.nowMs = days(1).getTime()
    expect(await names({ status: 'expiring' })).toEqual(['soon', 'later'])
  })

  it('expired and disabled exclude each other', async () => {
    const { world, names } = await openStates()
    expect(await names({ status: 'expired' })).toEqual([])
    world.nowMs = days(1).getTime()
    expect(await names({ status: 'expired' })).toEqual(['over'])
    expect(await names({ status: 'disabled' })).toEqual(['off', 'off and over'])
  })

  it('full is by what the catalog has now, however it is written', async () => {
    const { owner, issue, names } = await openWith('nothing')
    await issue(owner, {}, { name: 'expanded' })
    await issue(owner, { api: { '*': {} } }, { name: 'any' })
    await issue(owner, { api: { '*': {}, instance_read: { constraints: { id: { eq: 1 } } } } }, { name: 'nearly' })
    expect(await names({ status: 'full' })).toEqual([null, 'expanded', 'any'])
  })

  it('full finds nothing where nothing is', async () => {
    const { context, owner, names } = await openWith('a')
    await context.store.write((db) =>
      db
        .updateTable('api_keys')
        .set({ permissions: '{"api":{}}' })
        .where('account_id', '=', owner.principal.account.id)
        .execute(),
    )
    expect(await names({ status: 'full' })).toEqual([])
  })

  it('unused is neither used nor made for so many days', async () => {
    const world = await createWorld()
    const { context, owner, issue } = world
    const { names } = makeList(world)
    await issue(owner, nothing, { name: 'old' })
    const { key } = await issue(owner, nothing, { name: 'used' })
    world.nowMs = days(25).getTime()
    await issue(owner, nothing, { name: 'new' })
    await context.store.write((db) =>
      recordUses(db, 'api_keys', [{ id: key.id, atMs: days(10).getTime(), address: null }]),
    )
    world.nowMs = days(30).getTime()
    expect(await names({ status: 'unused' })).toEqual([])
    world.nowMs += 1
    expect(await names({ status: 'unused' })).toEqual([null, 'old'])
    expect(await names({ status: 'unused', unusedDays: 21 })).toEqual([null, 'old'])
    world.nowMs = days(40).getTime() + 1
    expect(await names({ status: 'unused' })).toEqual([null, 'old', 'used'])
    expect(await names({ status: 'unused', search: 'OLD' })).toEqual(['old'])
  })
})
