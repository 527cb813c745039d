/** Documents to begin with. Each is limited to what its creator holds; one that this catalog has no use for is not offered. */
import {
  type Catalog,
  type CategoryNode,
  type Constraints,
  type Endpoint,
  expandFull,
  findParameter,
  isFull,
  isWithin,
  type Permissions,
  wildcard,
} from '@keyporter/core'

export interface Preset {
  readonly id: 'same' | 'deploy' | 'monitoring' | 'instance' | 'full'
  readonly title: string
  readonly description: string
  /** Whether it takes the id of an instance. */
  readonly takesId: boolean
  /** Null where nothing would be left of it, or the creator may not give it. */
  build(catalog: Catalog, creator: Permissions, id: number): Permissions | null
}

const whole: CategoryNode = { constraints: new Map(), endpoints: null }

export const presets: readonly Preset[] = [
  {
    id: 'same',
    title: 'Same as you',
    description: 'All that you may do today, written out.',
    takesId: false,
    build: (catalog, creator) => expandFull(creator, catalog),
  },
  {
    id: 'deploy',
    title: 'CI deploy',
    description: 'Search offers, create, change and destroy instances. No billing, no team, no other keys.',
    takesId: false,
    build: (catalog, creator) => {
      const categories = ['misc', 'instance_read', 'instance_write'].filter((name) => catalog.categories.has(name))
      return categories.includes('instance_write') ? grantHeld(categories, creator) : null
    },
  },
  {
    id: 'monitoring',
    title: 'Read-only monitoring',
    description: 'Reads every area and changes nothing.',
    takesId: false,
    build: (catalog, creator) =>
      grantHeld(
        [...catalog.categories.keys()].filter((name) => name.endsWith('_read')),
        creator,
      ),
  },
  {
    id: 'instance',
    title: 'One instance only',
    description: 'Everything that can be done to one instance, and nothing else.',
    takesId: true,
    build: grantInstance,
  },
  {
    id: 'full',
    title: 'Full access',
    description: 'Everything, also what later catalogs add.',
    takesId: false,
    build: (catalog, creator) => {
      if (!isFull(creator, catalog)) return null
      return creator.has(wildcard) ? new Map([[wildcard, whole]]) : expandFull(creator, catalog)
    },
  },
]

function grantHeld(categories: readonly string[], creator: Permissions): Permissions | null {
  const held = categories.filter((category) => isWithin(new Map([[category, whole]]), creator))
  return held.length > 0 ? new Map(held.map((category) => [category, whole])) : null
}

/** The endpoints under `/instances/` that name one instance in their path, each held to that id. */
function grantInstance(catalog: Catalog, creator: Permissions, id: number): Permissions | null {
  const permissions = new Map<string, CategoryNode>()
  for (const endpoint of catalog.endpoints) {
    const parameter = findInstanceParameter(endpoint)
    if (!parameter) continue
    const constraints: Constraints = new Map([[parameter, { eq: [id] }]])
    const alone: CategoryNode = { constraints: new Map(), endpoints: new Map([[endpoint.id, constraints]]) }
    if (!isWithin(new Map([[endpoint.category, alone]]), creator)) continue
    const known = permissions.get(endpoint.category)?.endpoints ?? []
    permissions.set(endpoint.category, { ...alone, endpoints: new Map([...known, ...alone.endpoints!]) })
  }
  return permissions.size > 0 ? permissions : null
}

function findInstanceParameter(endpoint: Endpoint): string | null {
  const isOfInstance = endpoint.access === 'scoped' && endpoint.path.split('/').includes('instances')
  const found = isOfInstance ? (findParameter(endpoint, 'id') ?? findParameter(endpoint, 'instance_id')) : null
  return found?.parameter.type === 'integer' && found.parameter.places.includes('path') ? found.name : null
}
