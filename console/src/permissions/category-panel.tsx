/** One category: none of it, all of it or chosen endpoints, and what constrains the whole. */
import { wildcard } from '@keyporter/core'
import { Segments } from '../components/choice.js'
import { AddConstraint, ConstraintRows } from './constraint-rows.js'
import { useEditor } from './editing.js'
import { chooseAllEndpoints, chooseEndpoints, findNode, grantCategory, withdrawCategory } from './edits.js'
import { EndpointList } from './endpoint-list.js'

type Mode = 'none' | 'all' | 'chosen'

export function CategoryPanel({ category }: { category: string }) {
  const { catalog, draft, changeForm } = useEditor()
  const node = findNode(draft.form, category)
  const mode: Mode = !node ? 'none' : node.endpoints === null || node.endpoints.has(wildcard) ? 'all' : 'chosen'
  const isAny = category === wildcard
  const choose = (next: Mode) =>
    changeForm((form) => {
      if (next === 'none') return withdrawCategory(form, category, catalog)
      if (next === 'chosen') return chooseEndpoints(form, category, catalog)
      return findNode(form, category) ? chooseAllEndpoints(form, category) : grantCategory(form, category)
    })
  const scope = { category, endpointId: null }
  return (
    <section aria-label={category} className="flex flex-col gap-3 rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 className="font-mono text-sm font-medium">{category}</h4>
        <Segments
          label={`Endpoints of ${category}`}
          value={mode}
          onChange={choose}
          options={[
            { value: 'none', label: 'None' },
            ...(isAny ? [] : [{ value: 'chosen' as const, label: 'Chosen' }]),
            { value: 'all', label: 'All' },
          ]}
        />
      </div>
      {node && (
        <>
          <ConstraintRows scope={scope} what={category} />
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p className="min-w-0 flex-1 text-sm text-muted">{describeMode(mode, node.rows.length > 0)}</p>
            <AddConstraint scope={scope} what={`all of ${category}`} />
          </div>
          {!isAny && <EndpointList category={category} isChosen={mode === 'chosen'} />}
        </>
      )}
    </section>
  )
}

function describeMode(mode: Mode, isConstrained: boolean): string {
  if (isConstrained) return 'A constraint here holds for every endpoint; one without that parameter is refused.'
  return mode === 'all' ? 'Every endpoint, also those that a later catalog adds.' : 'Only what is checked below.'
}
