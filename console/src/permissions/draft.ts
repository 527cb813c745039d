/**
 * What is being edited: a form and a JSON text of one document, always in step. A change of the form prints the text anew;
 * a change of the text is read into the form. A text that is not valid keeps the form at its last valid state, and nothing
 * can be saved until it is.
 */
import {
  type Catalog,
  expandFull,
  type Json,
  type Permissions,
  type PlaceholderValues,
  parseJson,
  parsePermissions,
  readStoredPermissions,
  toPlain,
} from '@keyporter/core'
import { type Form, printForm, readForm } from './form.js'
import { putPlaceholders } from './placeholders.js'
import { findPlace, findProblemPlace, type Place } from './places.js'

export interface Draft {
  readonly form: Form
  readonly text: string
  /** What the text says; null while it is not valid. */
  readonly permissions: Permissions | null
  readonly problem: DraftProblem | null
  /** Whether the form is behind the text, since the text is not valid. */
  readonly isFormBehind: boolean
}

export interface DraftProblem {
  readonly msg: string
  /** Of the document, to its member; empty for the document as a whole, and for a text that is no JSON. */
  readonly path: readonly string[]
  readonly place: Place
}

/** Opens a stored document. One that this catalog does not understand is kept as it is, with its problem. */
export function openDraft(document: unknown, catalog: Catalog, values: PlaceholderValues = null): Draft {
  const read = parsePermissions(document, catalog)
  const permissions = read.ok ? read.permissions : readStoredPermissions(document)
  return editForm(readForm(permissions, catalog), catalog, values)
}

/** A draft of permissions that are known to be valid. */
export function startDraft(permissions: Permissions, catalog: Catalog): Draft {
  return editForm(readForm(permissions, catalog), catalog)
}

/** The form shows values; where they are those of placeholders, the text goes on to name these. */
export function editForm(form: Form, catalog: Catalog, values: PlaceholderValues = null): Draft {
  const document = putPlaceholders(printForm(form, catalog), values)
  const text = printText(document)
  return { form, text, isFormBehind: false, ...check(document, text, catalog, values) }
}

/** `{}` stands for all that the creator may do, as it does everywhere (decision A1). */
export function editText(
  draft: Draft,
  text: string,
  catalog: Catalog,
  creator: Permissions,
  values: PlaceholderValues = null,
): Draft {
  const parsed = parseJson(text)
  if (!parsed.ok) {
    const msg = `This is not JSON: ${parsed.problem.replace(/ at offset [0-9]+$/, '')}.`
    const place = findProblemPlace(text, parsed.problem)
    return { ...draft, text, permissions: null, problem: { msg, path: [], place }, isFormBehind: true }
  }
  const checked =
    isEmptyObject(parsed.value) && !values?.size
      ? { permissions: expandFull(creator, catalog), problem: null }
      : check(toPlain(parsed.value), text, catalog, values)
  if (!checked.permissions) return { ...draft, text, ...checked, isFormBehind: true }
  return { form: readForm(checked.permissions, catalog), text, ...checked, isFormBehind: false }
}

/** The text with the usual indentation; a list of values in one line while it is short. */
export function printText(document: unknown): string {
  return JSON.stringify(document, null, 2).replace(/\[\n\s+([^[\]{}]{1,100}?)\n\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/,\n\s+/g, ', ')}]`
  })
}

function check(
  document: unknown,
  text: string,
  catalog: Catalog,
  values: PlaceholderValues,
): Pick<Draft, 'permissions' | 'problem'> {
  const read = parsePermissions(document, catalog, values)
  if (read.ok) return { permissions: read.permissions, problem: null }
  const { problem, path } = read
  return { permissions: null, problem: { msg: `${problem}.`, path, place: findPlace(text, path) } }
}

function isEmptyObject(json: Json): boolean {
  return json instanceof Map && json.size === 0
}
