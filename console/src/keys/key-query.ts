/** What the list of keys shows, as the address has it: what is searched, filtered, sorted, and which page. */
import type { ApiKeyQuery } from '@keyporter/sdk'

const statuses = ['active', 'unused', 'expiring', 'expired', 'disabled', 'full'] as const
export const sorts = ['name', 'createdAt', 'lastUsedAt', 'expiresAt'] as const
export const unusedDayChoices = [7, 30, 90, 365] as const

export type KeyStatusFilter = (typeof statuses)[number]
export type KeySort = (typeof sorts)[number]

export interface KeyView {
  readonly search: string
  readonly status: KeyStatusFilter | null
  /** Counts with the status `unused` alone. */
  readonly unusedDays: number
  readonly sort: KeySort
  readonly order: 'asc' | 'desc'
  /** From 1. */
  readonly page: number
}

export const defaultView: KeyView = {
  search: '',
  status: null,
  unusedDays: 30,
  sort: 'createdAt',
  order: 'desc',
  page: 1,
}

export const keysPerPage = 50

/** Whatever cannot be read counts as not given. */
export function readKeyView(params: URLSearchParams): KeyView {
  const sort = sorts.find((name) => name === params.get('sort')) ?? defaultView.sort
  const order = params.get('order')
  return {
    search: params.get('q') ?? '',
    status: statuses.find((name) => name === params.get('status')) ?? null,
    unusedDays: readCount(params.get('days')) ?? defaultView.unusedDays,
    sort,
    order: order === 'asc' || order === 'desc' ? order : firstOrder(sort),
    page: readCount(params.get('page')) ?? 1,
  }
}

/** Only what differs from the default, so that the plain list has the plain address. */
export function printKeyView(view: KeyView): URLSearchParams {
  const params = new URLSearchParams()
  if (view.search !== '') params.set('q', view.search)
  if (view.status !== null) params.set('status', view.status)
  if (view.status === 'unused' && view.unusedDays !== defaultView.unusedDays) params.set('days', `${view.unusedDays}`)
  if (view.sort !== defaultView.sort) params.set('sort', view.sort)
  if (view.order !== firstOrder(view.sort)) params.set('order', view.order)
  if (view.page > 1) params.set('page', `${view.page}`)
  return params
}

export function toListQuery(view: KeyView): ApiKeyQuery {
  const search = view.search.trim()
  return {
    limit: keysPerPage,
    offset: (view.page - 1) * keysPerPage,
    sort: view.sort,
    order: view.order,
    ...(search !== '' && { search }),
    ...(view.status !== null && { status: view.status }),
    ...(view.status === 'unused' && { unusedDays: view.unusedDays }),
  }
}

/** The same column turns round; another one begins with its usual order. */
export function sortBy(view: KeyView, sort: KeySort): KeyView {
  const order = view.sort === sort ? (view.order === 'asc' ? 'desc' : 'asc') : firstOrder(sort)
  return { ...view, sort, order, page: 1 }
}

export function isFiltered(view: KeyView): boolean {
  return view.search.trim() !== '' || view.status !== null
}

/** Names from A, what is next to expire first, the rest from the newest. */
function firstOrder(sort: KeySort): 'asc' | 'desc' {
  return sort === 'name' || sort === 'expiresAt' ? 'asc' : 'desc'
}

function readCount(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null
}
