/** The endpoints of a category, each with its constraints. */
import { type Endpoint, wildcard } from '@keyporter/core'
import { useState } from 'react'
import { Button } from '../components/button.js'
import { Checkbox } from '../components/choice.js'
import { FieldError } from '../components/field.js'
import { SearchInput } from '../components/text-input.js'
import { AddConstraint, ConstraintRows } from './constraint-rows.js'
import { findProblemAt, useEditor } from './editing.js'
import { clearEndpoints, findNode, grantEndpoint, withdrawEndpoint } from './edits.js'
import type { FormNode } from './form.js'
import { findEndpointLimit } from './limits.js'
import { listMembers } from './parameters.js'

/** From so many on, they can be filtered. */
const filterFrom = 12

interface EndpointListProps {
  readonly category: string
  /** Whether they are named one by one; else all are granted. */
  readonly isChosen: boolean
}

export function EndpointList({ category, isChosen }: EndpointListProps) {
  const { catalog, creator, draft, changeForm } = useEditor()
  const [filter, setFilter] = useState('')
  const [isAllShown, setAllShown] = useState(false)
  const members = listMembers(catalog, category)
  const shown = members.filter(({ id, title, path }) =>
    `${id} ${title} ${path}`.toLowerCase().includes(filter.trim().toLowerCase()),
  )
  const node = findNode(draft.form, category)
  const isOutOfReach = ({ id }: Endpoint) =>
    !isGranted(node, id) && findEndpointLimit(category, id, creator)?.isHeld === false
  const hidden = isAllShown ? [] : shown.filter(isOutOfReach)
  const unknown = [...(node?.endpoints?.keys() ?? [])].filter(
    (id) => id !== wildcard && members.every((member) => member.id !== id),
  )
  const rest = node?.endpoints?.get(wildcard)
  const checkShown = () => changeForm((form) => shown.reduce((next, { id }) => grantEndpoint(next, category, id), form))
  return (
    <div className="flex flex-col gap-2">
      {(members.length >= filterFrom || isChosen) && (
        <div className="flex flex-wrap items-center gap-2">
          {members.length >= filterFrom && (
            <div className="min-w-40 flex-1">
              <SearchInput
                label={`Filter endpoints of ${category}`}
                value={filter}
                onChange={setFilter}
                placeholder="Filter"
              />
            </div>
          )}
          {isChosen && (
            <>
              <Button size="sm" onClick={checkShown}>
                Check {filter.trim() ? 'shown' : 'all'}
              </Button>
              <Button size="sm" onClick={() => changeForm((form) => clearEndpoints(form, category, catalog))}>
                Uncheck all
              </Button>
            </>
          )}
        </div>
      )}
      <ul aria-label={`Endpoints of ${category}`} className="flex flex-col divide-y divide-line">
        {shown
          .filter((endpoint) => !hidden.includes(endpoint))
          .map((endpoint) => (
            <EndpointItem key={endpoint.id} category={category} id={endpoint.id} endpoint={endpoint} />
          ))}
        {unknown.map((id) => (
          <EndpointItem key={id} category={category} id={id} endpoint={null} />
        ))}
        {rest && rest.length > 0 && <EndpointItem category={category} id={wildcard} endpoint={null} />}
      </ul>
      {hidden.length > 0 && (
        <div>
          <Button size="sm" variant="quiet" onClick={() => setAllShown(true)}>
            Show {hidden.length} more that you do not hold yourself
          </Button>
        </div>
      )}
      {shown.length === 0 && <p className="text-sm text-muted">No endpoint matches the filter.</p>}
    </div>
  )
}

/** Whether an endpoint is granted, with constraints or without. */
function isGranted(node: FormNode | null, id: string): boolean {
  return node !== null && (node.endpoints === null || node.endpoints.has(id) || node.endpoints.has(wildcard))
}

interface EndpointItemProps {
  readonly category: string
  readonly id: string
  /** Null for `*`, and for one that the catalog does not know. */
  readonly endpoint: Endpoint | null
}

function EndpointItem({ category, id, endpoint }: EndpointItemProps) {
  const { catalog, creator, draft, problem, changeForm } = useEditor()
  const endpoints = findNode(draft.form, category)?.endpoints ?? null
  const isChecked = isGranted(findNode(draft.form, category), id)
  const limit = findEndpointLimit(category, id, creator)
  const scope = { category, endpointId: id }
  const isOwn = endpoints?.has(id) ?? false
  const path = ['api', category, id]
  const own = findProblemAt(problem, path)
  const isAbove = own && (own.path.length === path.length || own.path.length === path.length + 1)
  const toggle = (checked: boolean) =>
    changeForm((form) => (checked ? grantEndpoint(form, category, id) : withdrawEndpoint(form, category, id, catalog)))
  return (
    <li className="flex flex-col gap-2 py-2">
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0 flex-1">
          <Checkbox
            label={<EndpointLabel id={id} endpoint={endpoint} />}
            hint={limit?.msg}
            checked={isChecked}
            disabled={!isChecked && limit !== null && !limit.isHeld}
            onChange={toggle}
          />
        </div>
        {isChecked && <AddConstraint scope={scope} what={id} />}
      </div>
      {isOwn && (
        <div className="sm:pl-6.5">
          <ConstraintRows scope={scope} what={id} />
        </div>
      )}
      {isAbove && <FieldError>{own.msg}</FieldError>}
    </li>
  )
}

function EndpointLabel({ id, endpoint }: { id: string; endpoint: Endpoint | null }) {
  if (id === wildcard) return <>Every other endpoint, also later ones</>
  if (!endpoint) {
    return (
      <>
        <span className="font-mono text-sm">{id}</span>{' '}
        <span className="text-muted">is not in the catalog, and grants nothing</span>
      </>
    )
  }
  return (
    <span className="flex flex-col">
      <span>{endpoint.title}</span>
      <span className="flex flex-wrap gap-x-2 font-mono text-xs break-all text-muted">
        <span>{endpoint.id}</span>
        <span>
          {endpoint.method} {endpoint.path}
        </span>
      </span>
    </span>
  )
}
