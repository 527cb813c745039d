/** The host's side and storage: machines and volumes, both to read only. */
import { type CloudRequest, getId, Refusal, type Route } from '../http.js'
import type { CloudState } from '../state.js'

export const hostingRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v0/machines',
    handle: (_request, state) => ({ success: true, machines: state.machines }),
  },
  { method: 'GET', path: '/api/v0/machines/{machine_id}', handle: showMachine },
  { method: 'GET', path: '/api/v0/volumes', handle: listVolumes },
]

/** A list of one, as the official client expects it. */
function showMachine(request: CloudRequest, state: CloudState): object {
  const id = getId(request, 'machine_id')
  const machine = state.machines.find((row) => row.id === id)
  if (machine === undefined) throw new Refusal(404, 'no_such_machine', `machine ${id} does not exist`)
  return [machine]
}

function listVolumes(request: CloudRequest, state: CloudState): object {
  const type = request.query.get('type') ?? 'all_volume'
  const volumes = type === 'all_volume' ? state.volumes : state.volumes.filter((row) => row.type === type)
  return { success: true, volumes }
}
