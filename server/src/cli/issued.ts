/** How a fresh secret reaches its owner: alone on stdout, once, also when the write behind it could not be confirmed. */
import { KeyporterError } from '@keyporter/sdk'
import { Fault } from '../fault.js'
import type { Output } from './output.js'

interface Issued {
  readonly id: number
  readonly secret: string
}

/** Hands over a secret; `value` is what programs get beside it, `more` what people get below it. */
export function handOver(
  output: Output,
  { id, secret }: Issued,
  words: string,
  value: Record<string, unknown>,
  more: readonly string[] = [],
): void {
  output.hide(secret)
  output.note(`${words}; the secret is shown this once`)
  output.result({ success: true, ...value, id, key: secret, api_key: secret }, [secret, ...more])
}

/** Does what issues a secret. Whoever could not confirm its write sends the secret along with the error: it is kept. */
export async function orHandOver<T>(output: Output, issue: () => Promise<T>): Promise<T> {
  try {
    return await issue()
  } catch (error) {
    const { id, secret } = findUnconfirmed(error)
    if (secret !== null) {
      output.hide(secret)
      output.note(`if key ${id ?? ''} was kept, this is its secret`)
      output.result({ success: false, error: 'outcome_unknown', id, key: secret, api_key: secret }, [secret])
    }
    throw error
  }
}

function findUnconfirmed(error: unknown): { id: number | null; secret: string | null } {
  const none = { id: null, secret: null }
  if (error instanceof KeyporterError) return error.findUnconfirmed() ?? none
  if (!(error instanceof Fault) || error.code !== 'outcome_unknown') return none
  const { id, secret } = error.details
  return { id: typeof id === 'number' ? id : null, secret: typeof secret === 'string' ? secret : null }
}
