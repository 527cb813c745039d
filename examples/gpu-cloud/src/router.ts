/** Finds the route of a request. Literal segments beat `{name}`, one trailing slash is ignored, nothing redirects. */
import { Refusal, type Route } from './http.js'
import { billingRoutes } from './routes/billing.js'
import { hostingRoutes } from './routes/hosting.js'
import { instanceRoutes } from './routes/instances.js'
import { offerRoutes } from './routes/offers.js'
import { resultRoutes } from './routes/results.js'

const routes: readonly Route[] = [
  ...instanceRoutes,
  ...offerRoutes,
  ...billingRoutes,
  ...hostingRoutes,
  ...resultRoutes,
]

export interface Match {
  readonly route: Route
  readonly params: Record<string, string>
}

/** Throws Refusal 404 `not_found`, or 405 `method_not_allowed` where the path exists under another method. */
export function getMatch(method: string, path: string): Match {
  const matches = routes
    .map((route) => ({ route, params: matchPath(route.path, path) }))
    .filter((match): match is Match => match.params !== null)
    .sort((left, right) => Object.keys(left.params).length - Object.keys(right.params).length)
  const match = matches.find(({ route }) => route.method === method)
  if (match !== undefined) return match
  if (matches.length === 0) throw new Refusal(404, 'not_found', `nothing here: ${path}`)
  const methods = matches.map(({ route }) => route.method).join(', ')
  throw new Refusal(405, 'method_not_allowed', `${method}: use ${methods}`)
}

function matchPath(template: string, path: string): Record<string, string> | null {
  const wanted = template.split('/')
  const given = path.replace(/\/$/, '').split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = value
    else if (segment !== value) return null
  }
  return params
}
