/**
 * Instances: list, show, start, stop, label, reboot, destroy, logs and commands; one at a time or several at once.
 * A call that names several touches none of them unless all exist.
 */
import { type CloudRequest, getId, Refusal, type Route, readJsonQuery } from '../http.js'
import { cutPage, filterRows, type OrderKey, sortRows } from '../rows.js'
import { type CloudState, type Instance, type Row, storeResult, toRow } from '../state.js'

const MAX_PAGE = 25

export const instanceRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/instances', handle: listInstances },
  { method: 'GET', path: '/api/v0/instances/filters', handle: listFilters },
  { method: 'GET', path: '/api/v0/instances/{id}', handle: showInstance },
  { method: 'PUT', path: '/api/v0/instances/{id}', handle: (r, s) => manage([getInstance(s, getId(r, 'id'))], r.body) },
  { method: 'PUT', path: '/api/v0/instances', handle: (r, s) => manage(getInstances(s, r.body, 'ids'), r.body) },
  { method: 'DELETE', path: '/api/v0/instances/{id}', handle: (r, s) => destroy(s, [getInstance(s, getId(r, 'id'))]) },
  {
    method: 'DELETE',
    path: '/api/v0/instances',
    handle: (r, s) => destroy(s, getInstances(s, r.body, 'instance_ids')),
  },
  { method: 'PUT', path: '/api/v0/instances/reboot/{id}', handle: rebootInstance },
  { method: 'PUT', path: '/api/v0/instances/request_logs/{id}', handle: requestLogs },
  { method: 'PUT', path: '/api/v0/instances/command/{id}', handle: runCommand },
]

function listInstances(request: CloudRequest, state: CloudState): object {
  const wantedLimit = Number(request.query.get('limit') ?? MAX_PAGE)
  if (!Number.isInteger(wantedLimit) || wantedLimit < 1) {
    throw new Refusal(400, 'invalid_args', `limit: must be a whole number from 1 to ${MAX_PAGE}`)
  }
  const filters = toRow(readJsonQuery(request, 'select_filters', {}))
  const found = filterRows([...state.instances.values()], filters)
  const sorted = sortRows(found, parseOrder(readJsonQuery(request, 'order_by', [])))
  const page = cutPage(sorted, Math.min(wantedLimit, MAX_PAGE), request.query.get('after_token'))
  const columns = readJsonQuery(request, 'select_cols', null)
  return {
    success: true,
    instances: page.rows.map((row) => describe(row as Instance, Array.isArray(columns) ? columns : null)),
    next_token: page.nextToken,
    total_instances: found.length,
    label_counts: countLabels(found as Instance[]),
  }
}

function listFilters(_request: CloudRequest, state: CloudState): object {
  const combinations = [...state.instances.values()].map((instance) => ({
    actual_status: instance.actual_status,
    verification: instance.verification,
    gpu_name: instance.gpu_name,
  }))
  return { success: true, filters: combinations }
}

/** Also tells which key the door-keeper in front let through, so that a demonstration can show it. */
function showInstance(request: CloudRequest, state: CloudState): object {
  const instance = getInstance(state, getId(request, 'id'))
  const seen = { seen_account_id: request.who.accountId, seen_key_id: request.who.keyId }
  return { success: true, instances: { ...describe(instance, null), ...seen } }
}

function manage(instances: Instance[], change: Row): object {
  const { state, label } = change
  if (state === undefined && label === undefined) throw new Refusal(400, 'invalid_args', 'body: needs state or label')
  if (state !== undefined && state !== 'running' && state !== 'stopped') {
    throw new Refusal(400, 'invalid_args', 'state: must be running or stopped')
  }
  if (label !== undefined && label !== null && typeof label !== 'string') {
    throw new Refusal(400, 'invalid_args', 'label: must be a string')
  }
  for (const instance of instances) {
    if (label !== undefined) instance.label = label
    if (state === undefined) continue
    instance.intended_status = state
    instance.actual_status = state === 'running' ? 'running' : 'exited'
    instance.logs.push(`instance ${instance.id}: ${state}`)
  }
  return { success: true }
}

function destroy(state: CloudState, instances: Instance[]): object {
  for (const instance of instances) state.instances.delete(instance.id)
  return { success: true }
}

function rebootInstance(request: CloudRequest, state: CloudState): object {
  const instance = getInstance(state, getId(request, 'id'))
  instance.logs.push(`instance ${instance.id}: rebooted`)
  return { success: true }
}

/** Answers where the text can be fetched. The client fetches it without credentials, hence the unguessable name. */
function requestLogs(request: CloudRequest, state: CloudState): object {
  const instance = getInstance(state, getId(request, 'id'))
  const { tail, filter } = request.body
  const lines = typeof filter === 'string' ? instance.logs.filter((line) => line.includes(filter)) : instance.logs
  const wanted = tail === undefined ? 1_000 : Number(tail)
  if (!Number.isInteger(wanted) || wanted < 1)
    throw new Refusal(400, 'invalid_args', 'tail: must be a whole number above 0')
  const text = lines.slice(-wanted).join('\n')
  return { success: true, result_url: request.origin + storeResult(state, text), msg: 'Log request queued' }
}

/** Runs nothing: `ls` is answered with a fixed listing, `du` and `rm` with nothing, everything else is refused. */
function runCommand(request: CloudRequest, state: CloudState): object {
  getInstance(state, getId(request, 'id'))
  const { command } = request.body
  const program = typeof command === 'string' ? (command.trim().split(/\s+/)[0] ?? '') : ''
  if (!['ls', 'du', 'rm'].includes(program)) {
    throw new Refusal(400, 'invalid_args', 'command: only ls, du and rm are possible')
  }
  const output = program === 'ls' ? 'onstart.sh\nworkspace\n' : ''
  return { success: true, result_url: request.origin + storeResult(state, output), writeable_path: '/var/lib/instance' }
}

function getInstance(state: CloudState, id: number): Instance {
  const instance = state.instances.get(id)
  if (instance === undefined) throw new Refusal(404, 'no_such_instance', `instance ${id} does not exist`)
  return instance
}

function getInstances(state: CloudState, body: Row, member: string): Instance[] {
  const ids = body[member]
  if (!Array.isArray(ids) || ids.length === 0) {
    throw new Refusal(400, 'invalid_args', `${member}: must be a list of instance ids`)
  }
  return ids.map((id) => getInstance(state, Number(id)))
}

function describe(instance: Instance, columns: unknown[] | null): Row {
  const { logs: _kept, ...row } = instance
  if (columns === null || columns.includes('*')) return row
  return Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name)))
}

function countLabels(instances: Instance[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { label } of instances) counts[label ?? ''] = (counts[label ?? ''] ?? 0) + 1
  return counts
}

function parseOrder(value: unknown): OrderKey[] {
  if (!Array.isArray(value)) throw new Refusal(400, 'invalid_args', 'order_by: must be a list of {col, dir}')
  return value.map((entry) => {
    const { col, dir } = toRow(entry)
    return { column: String(col), descending: dir === 'desc' }
  })
}
