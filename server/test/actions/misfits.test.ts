import { builtinCatalog, loadCatalog } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { deleteKey } from '../../src/actions/keys.js'
import { listMisfits } from '../../src/actions/misfits.js'
import { createWorld } from './world.js'

/** The catalog of after an upgrade: the upstream's endpoints are gone. */
const smaller = loadCatalog([builtinCatalog])

describe('listMisfits', () => {
  it('finds nothing under the catalog that the keys were made for', async () => {
    const { context, operator, owner, issue } = await createWorld()
    await issue(operator, { api: { '*': {}, verify: {} } })
    await issue(owner, { api: {} })
    await issue(
      owner,
      { api: { instance_read: { constraints: { id: { eq: ['{id}'], gte: 1 } }, 'api.instance.show': {} } } },
      { keyParams: { id: 7 } },
    )
    expect(await listMisfits(context)).toEqual([])
  })

  it('names what is no longer understood, with the keys that hold it', async () => {
    const { context, owner, issue } = await createWorld()
    const document = { api: { user_read: {}, billing_read: {} } }
    const ids = []
    for (let i = 0; i < 12; i++) ids.push((await issue(owner, document)).key.id)
    await deleteKey(context, owner, ids[0]!)
    const misfits = await listMisfits({ ...context, catalog: smaller })
    expect(misfits).toEqual([
      { problem: expect.stringContaining('is not a category'), keyCount: 1, keyIds: [owner.principal.key.id] },
      {
        problem: expect.stringMatching(/^"billing_read" is not a category; the categories are /),
        keyCount: 11,
        keyIds: ids.slice(1, 11),
      },
    ])
  })

  it('reads more keys than fit on a page', async () => {
    const { context, owner, issue } = await createWorld()
    for (let i = 0; i < 1_003; i++) await issue(owner, { api: { billing_read: {} } })
    const misfits = await listMisfits({ ...context, catalog: smaller })
    expect(misfits.map(({ keyCount }) => keyCount)).toEqual([1, 1_003])
  })
})
