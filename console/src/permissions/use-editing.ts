/** The state of an editor: a draft, its changes, and the first thing that is wrong with it. */

import { type Catalog, wildcard } from '@keyporter/core'
import { useMemo, useState } from 'react'
import type { Creator } from './creator.js'
import { type Draft, editForm, editText } from './draft.js'
import type { Editing, PlacedProblem } from './editing.js'
import { findRows } from './edits.js'
import { findExcessPlace } from './limits.js'
import { readParams } from './params.js'

/** `open` makes the first draft, and `paramsText` are the values of its placeholders; later ones come from changes alone. */
export function useEditing(
  creator: Creator,
  open: () => Draft,
  paramsText: string,
): Editing & { readonly replace: (draft: Draft) => void } {
  const [draft, setDraft] = useState(open)
  const [params, setParams] = useState(() => readParams(paramsText))
  const { catalog, permissions } = creator
  const { placeholders } = params
  const problem = useMemo((): PlacedProblem | null => {
    if (draft.problem) return describeEmptyRow(draft, catalog) ?? draft.problem
    return draft.permissions && findExcessPlace(draft.permissions, permissions, catalog)
  }, [draft, permissions, catalog])
  return {
    catalog,
    creator: permissions,
    draft,
    problem,
    changeForm: (change) => setDraft((current) => editForm(change(current.form), catalog, placeholders)),
    changeText: (text) => setDraft((current) => editText(current, text, catalog, permissions, placeholders)),
    params,
    changeParams: (text) => {
      const next = readParams(text)
      setParams(next)
      setDraft((current) => editText(current, current.text, catalog, permissions, next.placeholders))
    },
    replace: (next) => setDraft(placeholders ? editText(next, next.text, catalog, permissions, placeholders) : next),
  }
}

/** A row that has no value yet is no mistake: said so, in the place of what the grammar says about it. */
function describeEmptyRow({ form, problem, isFormBehind }: Draft, catalog: Catalog): PlacedProblem | null {
  if (!problem || isFormBehind) return null
  const { path } = problem
  const [operator, parameter] = [path.at(-1), path.at(-2)]
  const endpointId = path.length === 6 ? path[2]! : null
  const rows = path.length < 5 ? [] : findRows(form, { category: path[1]!, endpointId })
  const row = rows.find((each) => each.parameter === parameter && each.operator === operator)
  if (row?.text.trim() !== '') return null
  const what =
    endpointId === null || endpointId === wildcard ? path[1]! : (catalog.byId.get(endpointId)?.title ?? endpointId)
  return { path, msg: `The constraint on ${parameter} of “${what}” has no value yet.` }
}
