/** Says that a key names what the catalog no longer has, and takes it out at one press. */
import { Button } from '../components/button.js'
import { Notice } from '../components/notice.js'
import type { Editing } from './editing.js'
import { dropMisfits, type Misfit } from './misfits.js'
import { printPath } from './places.js'

export function MisfitsNotice({ misfits, editing }: { misfits: readonly Misfit[]; editing: Editing }) {
  const { draft, catalog, changeForm } = editing
  const left = misfits.filter(({ category, endpointId }) => {
    const node = draft.form.get(category)
    return node && (endpointId === null || node.endpoints?.has(endpointId))
  })
  if (draft.permissions || left.length === 0) return null
  return (
    <Notice tone="warn">
      <p>
        This key names what the catalog no longer has, so it grants less than it says. It goes on working; to save a
        change, take this out:
      </p>
      <ul aria-label="Not in the catalog" className="mt-1 list-disc pl-5 text-sm">
        {left.map(({ path, msg }) => (
          <li key={printPath(path)}>
            <span className="font-mono text-xs break-all">{printPath(path)}</span>
            <details>
              <summary className="cursor-pointer text-muted">Why</summary>
              {msg}
            </details>
          </li>
        ))}
      </ul>
      <Button size="sm" className="mt-2" onClick={() => changeForm((form) => dropMisfits(form, left, catalog))}>
        Take it out
      </Button>
    </Notice>
  )
}
