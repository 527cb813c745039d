/** A request to explain, as the address of a page has it: never a secret, and nothing of it is executed. */
import { parseAddress } from '@keyporter/core'
import type { ExplainedRequest } from '@keyporter/sdk'

export interface Asked {
  readonly keyId: number | null
  readonly request: ExplainedRequest
  /** The address to add to the key's list; null to leave it. */
  readonly addAddress: string | null
}

/** Texts as inputs hold them. */
export interface AskedForm {
  readonly key: string
  readonly method: string
  readonly path: string
  readonly body: string
  /** Empty: that of the browser. */
  readonly client: string
}

export function readAskedForm(search: URLSearchParams): AskedForm {
  const read = (name: keyof AskedForm, none = '') => search.get(name) ?? none
  return {
    key: read('key'),
    method: read('method', 'GET').toUpperCase(),
    path: read('path'),
    body: read('body'),
    client: read('client'),
  }
}

export function printAskedForm(form: AskedForm): URLSearchParams {
  return new URLSearchParams(Object.entries(form).filter(([, text]) => text !== ''))
}

/** Null where no request is asked about. */
export function readAsked(search: URLSearchParams): Asked | null {
  const form = readAskedForm(search)
  const body = readBody(form.body)
  if (form.path === '' || findAskedProblem(form) || !body.ok) return null
  return {
    keyId: /^[0-9]{1,15}$/.test(form.key) ? Number(form.key) : null,
    request: {
      method: form.method,
      path: form.path,
      body: body.value,
      ...(form.client !== '' && { clientAddress: form.client }),
    },
    addAddress: search.get('add') === 'address' && form.client !== '' ? form.client : null,
  }
}

export interface AskedProblem {
  readonly field: 'path' | 'body' | 'client'
  readonly msg: string
}

/** The first thing that keeps a request from being asked about. */
export function findAskedProblem({ path, body, client }: AskedForm): AskedProblem | null {
  if (!path.startsWith('/')) return { field: 'path', msg: 'A path begins with /.' }
  const read = readBody(body)
  if (!read.ok) return { field: 'body', msg: `This is not JSON: ${read.problem}` }
  if (client !== '' && !parseAddress(client)) return { field: 'client', msg: 'This is not an IPv4 or IPv6 address.' }
  return null
}

function readBody(text: string): { ok: true; value: unknown } | { ok: false; problem: string } {
  if (text.trim() === '') return { ok: true, value: null }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}
