/** Offers: searching what can be rented, and renting it. An offer can be rented once. */
import { type CloudRequest, getId, Refusal, type Route } from '../http.js'
import { filterRows, type OrderKey, sortRows } from '../rows.js'
import { type CloudState, type Row, rentOffer, toRow } from '../state.js'

/** Members of a search that are not columns to filter by. */
const SEARCH_OPTIONS = new Set(['order', 'type', 'limit', 'allocated_storage', 'disable_bundling', 'select_cols'])

export const offerRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/v0/bundles', handle: (r, s) => searchOffers(s, r.body) },
  { method: 'PUT', path: '/api/v0/search/asks', handle: (r, s) => searchOffers(s, toRow(r.body.q)) },
  { method: 'PUT', path: '/api/v0/asks/{id}', handle: acceptOffer },
  { method: 'GET', path: '/api/v0/gpu_names/unique', handle: listGpuNames },
]

function searchOffers(state: CloudState, search: Row): object {
  const filters = Object.fromEntries(Object.entries(search).filter(([name]) => !SEARCH_OPTIONS.has(name)))
  const sorted = sortRows(filterRows(state.offers, filters), parseOrder(search.order))
  const { limit } = search
  return { success: true, offers: typeof limit === 'number' && limit > 0 ? sorted.slice(0, limit) : sorted }
}

function acceptOffer(request: CloudRequest, state: CloudState): object {
  const id = getId(request, 'id')
  const offer = state.offers.find((row) => row.id === id)
  if (offer === undefined) throw new Refusal(404, 'no_such_ask', `offer ${id} does not exist or is already rented`)
  const order = request.body
  if (typeof order.image !== 'string' && typeof order.template_hash_id !== 'string') {
    throw new Refusal(400, 'invalid_args', 'image: needed unless template_hash_id is given')
  }
  const instance = rentOffer(state, offer, order, request.nowSeconds)
  return { success: true, new_contract: instance.id }
}

function listGpuNames(_request: CloudRequest, state: CloudState): object {
  return { gpu_names: [...new Set(state.offers.map((offer) => offer.gpu_name))] }
}

function parseOrder(value: unknown): OrderKey[] {
  if (!Array.isArray(value)) return []
  return value
    .filter((entry): entry is unknown[] => Array.isArray(entry))
    .map(([column, direction]) => ({ column: String(column), descending: direction === 'desc' }))
}
