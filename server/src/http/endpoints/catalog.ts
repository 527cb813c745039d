/** What permissions can name: the endpoints of all loaded catalogs, and their categories. */
import { type Catalog, type Endpoint, type ParameterPlace, reservedCategories } from '@keyporter/core'
import { type Static, Type } from 'typebox'
import { defineDocument } from './endpoint.js'

const parameterTypes = Type.Record(Type.String(), Type.String())

const endpointObject = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    method: Type.String(),
    path: Type.String(),
    category: Type.String(),
    params: Type.Object(
      {
        path: Type.Optional(parameterTypes),
        query: Type.Optional(parameterTypes),
        body: Type.Optional(parameterTypes),
      },
      { description: 'types of the parameters that constraints can name, by place and name' },
    ),
    param_aliases: Type.Record(Type.String(), Type.String(), { description: 'other names of parameters' }),
    me: Type.Array(Type.String(), { description: "parameters in which me stands for the caller's own id" }),
  },
  { additionalProperties: false },
)

const categoryObject = Type.Object(
  {
    id: Type.String(),
    endpoints: Type.Array(Type.String()),
    reserved: Type.Boolean({ description: "only keys of the operator's account can hold it, and only by name" }),
  },
  { additionalProperties: false },
)

export const catalogEndpoint = defineDocument({
  id: 'api.keyporter.catalog',
  method: 'GET',
  path: '/keyporter/catalog',
  response: Type.Object({ categories: Type.Array(categoryObject), endpoints: Type.Array(endpointObject) }),
  build: ({ catalog }) => printCatalog(catalog),
})

/** The catalog as it is served; loading its endpoints again gives an equal one. */
export function printCatalog(catalog: Catalog) {
  return {
    categories: [...catalog.categories].map(([id, endpoints]) => ({
      id,
      endpoints: endpoints.map((endpoint) => endpoint.id),
      reserved: reservedCategories.includes(id),
    })),
    endpoints: catalog.endpoints.map(printEndpoint),
  }
}

function printEndpoint(endpoint: Endpoint): Static<typeof endpointObject> {
  return {
    id: endpoint.id,
    title: endpoint.title,
    method: endpoint.method,
    path: endpoint.path,
    category: endpoint.category,
    params: printParameters(endpoint),
    param_aliases: Object.fromEntries(endpoint.aliases),
    me: [...endpoint.me],
  }
}

function printParameters({ parameters }: Endpoint): Static<typeof endpointObject>['params'] {
  const places: Partial<Record<ParameterPlace, Record<string, string>>> = {}
  for (const [name, { type, places: declared }] of parameters) {
    for (const place of declared) {
      places[place] ??= {}
      places[place][name] = type
    }
  }
  return places
}
