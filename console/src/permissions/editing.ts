/** What every part of the editor shares: the draft, how to change it, and what its creator may give. */
import type { Catalog, Permissions } from '@keyporter/core'
import { createContext, useContext } from 'react'
import type { Draft } from './draft.js'
import type { Form } from './form.js'
import type { ParamsForm } from './params.js'

/** Something that is wrong with the document, at its place. */
export interface PlacedProblem {
  readonly path: readonly string[]
  readonly msg: string
}

export interface Editing {
  readonly catalog: Catalog
  /** What the signed-in principal holds, and can give at most. */
  readonly creator: Permissions
  readonly draft: Draft
  readonly problem: PlacedProblem | null
  readonly changeForm: (change: (form: Form) => Form) => void
  readonly changeText: (text: string) => void
  readonly params: ParamsForm
  readonly changeParams: (text: string) => void
}

const EditingContext = createContext<Editing | null>(null)
export const EditingProvider = EditingContext.Provider

export function useEditor(): Editing {
  const editing = useContext(EditingContext)
  if (!editing) throw new Error('a part of the permission editor stands outside of it')
  return editing
}

/** The problem, if it is at this place of the document or below. */
export function findProblemAt(problem: PlacedProblem | null, path: readonly string[]): PlacedProblem | null {
  return problem && path.length <= problem.path.length && path.every((step, at) => step === problem.path[at])
    ? problem
    : null
}
