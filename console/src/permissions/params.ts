/** key_params as a form has them: a JSON text, empty for none; read by the same code as in the server. */

import type { KeyParams } from '@keyporter/core'
import { parseKeyParams } from '@keyporter/core'

export interface ParamsForm extends KeyParams {
  readonly text: string
  /** What is wrong with the text; then the rest says nothing. */
  readonly problem: string | null
}

export function readParams(text: string): ParamsForm {
  const read = parseKeyParams(text.trim())
  if (read.ok) return { text, problem: null, placeholders: read.placeholders, addresses: read.addresses }
  return { text, problem: `${read.problem}.`, placeholders: null, addresses: null }
}

/** What to send; undefined for nothing. */
export function printParams({ text }: ParamsForm): unknown {
  return text.trim() === '' ? undefined : JSON.parse(text)
}
