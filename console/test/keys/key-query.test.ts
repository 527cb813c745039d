import { describe, expect, it } from 'vitest'
import { defaultView, type KeyView, printKeyView, readKeyView, sortBy, toListQuery } from '../../src/keys/key-query.js'

const read = (text: string) => readKeyView(new URLSearchParams(text))

describe('the list of keys in the address', () => {
  it('has nothing in it for the plain list', () => {
    expect(`${printKeyView(defaultView)}`).toBe('')
    expect(read('')).toEqual(defaultView)
  })

  const views: [string, Partial<KeyView>][] = [
    ['a search', { search: 'CI & more', page: 3 }],
    ['a filter with its days', { status: 'unused', unusedDays: 90 }],
    ['a filter', { status: 'full' }],
    ['a column in its usual order', { sort: 'name', order: 'asc' }],
    ['a column turned round', { sort: 'expiresAt', order: 'desc' }],
    ['the default column turned round', { order: 'asc' }],
  ]
  it.each(views)('comes back as it was: %s', (_name, change) => {
    const view = { ...defaultView, ...change }
    expect(read(`${printKeyView(view)}`)).toEqual(view)
  })

  it('takes what it cannot read as not given', () => {
    expect(read('status=odd&days=-1&sort=secret&order=up&page=0')).toEqual(defaultView)
    expect(read('page=1e9').page).toBe(1)
  })

  it('turns the same column round and begins another in its usual order', () => {
    const byName = sortBy({ ...defaultView, page: 4 }, 'name')
    expect(byName).toMatchObject({ sort: 'name', order: 'asc', page: 1 })
    expect(sortBy(byName, 'name')).toMatchObject({ sort: 'name', order: 'desc' })
  })

  it('asks the server for one page, and for days only where they count', () => {
    expect(toListQuery({ ...defaultView, search: ' ci ', page: 3 })).toEqual({
      limit: 50,
      offset: 100,
      sort: 'createdAt',
      order: 'desc',
      search: 'ci',
    })
    expect(toListQuery({ ...defaultView, status: 'unused' })).toMatchObject({ status: 'unused', unusedDays: 30 })
    expect(toListQuery({ ...defaultView, status: 'full' })).not.toHaveProperty('unusedDays')
  })
})
