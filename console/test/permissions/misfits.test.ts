import { loadCatalog, printPermissions } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { editForm, openDraft } from '../../src/permissions/draft.js'
import { dropMisfits, listMisfits } from '../../src/permissions/misfits.js'
import { printPath } from '../../src/permissions/places.js'

const entry = (id: string, path: string, category: string) => ({
  id,
  method: 'GET',
  path,
  category,
  params: { path: { id: 'integer' } },
})
/** After an endpoint and a category were taken away. */
const catalog = loadCatalog([
  {
    own: false,
    entries: [
      entry('api.book.show', '/books/{id}/', 'book_read'),
      entry('api.page.show', '/pages/{id}/', 'book_read'),
      entry('api.shelf.show', '/shelves/{id}/', 'shelf_read'),
    ],
  },
])

const cases: [what: string, document: object, paths: string[], left: object][] = [
  ['nothing, where all is known', { api: { book_read: {} } }, [], { book_read: {} }],
  ['a category', { api: { gone_read: {}, book_read: {} } }, ['api.gone_read'], { book_read: {} }],
  [
    'an endpoint beside others',
    { api: { book_read: { 'api.book.show': {}, 'api.gone.show': {} } } },
    ['api.book_read."api.gone.show"'],
    { book_read: { 'api.book.show': {} } },
  ],
  [
    'the only endpoint of a category, which is not all of it then',
    { api: { shelf_read: {}, book_read: { 'api.gone.show': {} } } },
    ['api.book_read."api.gone.show"'],
    { shelf_read: {} },
  ],
  [
    'the only endpoint of a category beside *, which does not take its place then',
    { api: { '*': {}, book_read: { 'api.gone.show': {} } } },
    ['api.book_read."api.gone.show"'],
    { shelf_read: {} },
  ],
  [
    'a constraint that its endpoint does not know: not the constraint alone',
    { api: { book_read: { 'api.book.show': { constraints: { gone: { eq: 1 } } }, 'api.page.show': {} } } },
    ['api.book_read."api.book.show".constraints.gone'],
    { book_read: { 'api.page.show': {} } },
  ],
  [
    'several at once',
    { api: { a_gone: {}, book_read: { 'api.gone.a': {}, 'api.gone.b': {}, 'api.book.show': {} }, z_gone: {} } },
    ['api.a_gone', 'api.book_read."api.gone.a"', 'api.book_read."api.gone.b"', 'api.z_gone'],
    { book_read: { 'api.book.show': {} } },
  ],
]

describe('what the catalog no longer has', () => {
  it.each(cases)('is found, and taken out: %s', (_what, document, paths, left) => {
    const misfits = listMisfits(document, catalog)
    expect(misfits.map(({ path }) => printPath(path))).toEqual(paths)
    const opened = openDraft(document, catalog)
    expect(opened.permissions === null).toBe(paths.length > 0)
    const { permissions } = editForm(dropMisfits(opened.form, misfits, catalog), catalog)
    expect(permissions && printPermissions(permissions)).toEqual({ api: left })
  })
})
