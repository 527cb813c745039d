import { readFileSync } from 'node:fs'
import { builtinCatalog, loadCatalog } from '@keyporter/core'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogEndpoint } from '../../../src/http/endpoints/catalog.js'
import { endpoints } from '../../../src/http/endpoints/index.js'
import { catalog } from '../../actions/world.js'
import { type Front, openFront } from '../front.js'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

describe('the catalog', () => {
  it('lists every endpoint and every category that permissions can name', async () => {
    const { body } = await front.call('GET', '/keyporter/catalog')
    expect(body.endpoints.map(({ id }: { id: string }) => id)).toEqual(catalog.endpoints.map(({ id }) => id))
    expect(body.categories.map(({ id }: { id: string }) => id).sort()).toEqual([...catalog.categories.keys()].sort())
    expect(
      body.categories.filter(({ reserved }: { reserved: boolean }) => reserved).map(({ id }: { id: string }) => id),
    ).toEqual(['verify', 'operate'])
  })

  it('describes endpoints so that a catalog can be loaded from it', async () => {
    const { context } = front.world
    const entries = JSON.parse(readFileSync(new URL('../../../catalogs/vast.json', import.meta.url), 'utf8'))
    const shipped = loadCatalog([{ own: false, entries }])
    const printed = catalogEndpoint.build({ ...context, catalog: shipped }, endpoints) as { endpoints: unknown }
    expect(shipped.endpoints.some(({ aliases }) => aliases.size > 0)).toBe(true)
    expect(shipped.endpoints.some(({ me }) => me.size > 0)).toBe(true)
    expect(loadCatalog([{ own: false, entries: printed.endpoints }]).endpoints).toEqual(shipped.endpoints)
  })
})

describe('the OpenAPI document', () => {
  // biome-ignore lint/suspicious/noExplicitAny: it is looked into as a reader of it would
  let document: any
  beforeAll(async () => {
    document = (await front.call('GET', '/keyporter/openapi.json')).body
  })

  it('has one operation for each endpoint, under its id', () => {
    expect(document.openapi).toBe('3.1.0')
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const operations = Object.values<any>(document.paths).flatMap((item) => Object.values<any>(item))
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      loadCatalog([builtinCatalog])
        .endpoints.map(({ id }) => id)
        .sort(),
    )
  })

  it.each(endpoints)(
    'describes $id as it is served',
    ({ id, method, path, body, response, redirects = false, mediaType = 'application/json' }) => {
      const operation = document.paths[path][method.toLowerCase()]
      expect(operation.operationId).toBe(id)
      expect(Object.keys(operation.responses)).toEqual([redirects ? '302' : '200', 'default'])
      expect(operation.responses[200]?.content[mediaType].schema).toEqual(
        redirects ? undefined : JSON.parse(JSON.stringify(response)),
      )
      const inPath = (operation.parameters ?? []).filter(({ in: place }: { in: string }) => place === 'path')
      expect(inPath.map(({ name }: { name: string }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
      expect(operation.security.length === 0).toBe(loadCatalog([builtinCatalog]).byId.get(id)!.access === 'public')
      if (operation.requestBody)
        expect(operation.requestBody.content['application/json'].schema).toEqual(JSON.parse(JSON.stringify(body)))
    },
  )

  it('has schemas that can be compiled, and no reference into nothing', () => {
    const schemas: object[] = []
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [name, child] of Object.entries(node)) {
        if (name === 'schema') schemas.push(child)
        if (name === '$ref')
          expect(
            child
              .split('/')
              .slice(1)
              .reduce((at: Record<string, unknown>, step: string) => at[step] as never, document),
          ).toBeDefined()
        else visit(child)
      }
    }
    visit(document)
    expect(schemas.length).toBeGreaterThan(2 * endpoints.length)
    for (const schema of schemas) expect(() => Compile(schema).Check({})).not.toThrow()
  })
})

describe('whoami', () => {
  it('tells any key about itself, and nothing that takes a permission', async () => {
    const secret = await front.issue({ api: {} })
    const { status, body } = await front.call('GET', '/keyporter/whoami', { secret })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      key: { key: null, permissions: { api: {} }, rights: 'scoped' },
      session: null,
      account: { operator: false },
      user: { id: body.account.id, email: null, username: null },
      permissions: { api: {} },
    })
    expect(JSON.stringify(body)).not.toMatch(/owner@example\.com|kp_\w{49}/)
  })
})

describe('what the official client asks for before it has a key', () => {
  it('is answered with empty lists', async () => {
    expect((await front.call('GET', '/api/v0/gpu_names/unique/')).body).toEqual({ gpu_names: [] })
    expect((await front.call('GET', '/api/v0/gpu_types/')).body).toEqual({ gpu_types: [] })
    expect((await front.call('GET', '/keyporter/healthz')).body).toEqual({ status: 'ok' })
  })
})
