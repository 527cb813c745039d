/** Texts that an earlier answer linked to. Whoever knows the name may read: the client sends no credentials here. */
import { type CloudRequest, Refusal, type Route } from '../http.js'
import type { CloudState } from '../state.js'

export const resultRoutes: readonly Route[] = [{ method: 'GET', path: '/results/{name}', handle: showResult }]

function showResult(request: CloudRequest, state: CloudState): string {
  const text = state.results.get((request.params.name ?? '').replace(/\.txt$/, ''))
  if (text === undefined) throw new Refusal(404, 'not_found', 'no such result')
  return text
}
