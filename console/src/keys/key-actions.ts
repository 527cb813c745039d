/** What can be done to a key. Each says when it is in force everywhere, which is when the call returns. */
import { type ApiKey, KeyporterError, type ResetApiKey } from '@keyporter/sdk'
import { timeCall } from '../action.js'
import { client } from '../client.js'
import { showToast } from '../components/toast.js'
import { keysQueryKey, queryClient } from '../queries.js'
import { nameKey } from './key-words.js'

export async function setDisabled(key: ApiKey, disabled: boolean): Promise<void> {
  const { ms } = await timeCall(() => client.updateApiKey(key.id, { disabled }))
  const force = disabled ? 'No verifier accepts it any more' : 'Every verifier accepts it again'
  showToast({ title: `${nameKey(key)} is ${disabled ? 'disabled' : 'enabled'}.`, description: `${force} (${ms} ms).` })
  await forgetKeys()
}

export async function deleteKey(key: ApiKey): Promise<void> {
  const { ms } = await timeCall(() => client.deleteApiKey(key.id))
  showToast({ title: `${nameKey(key)} is deleted.`, description: `No verifier accepts it any more (${ms} ms).` })
  await forgetKeys()
}

export interface ResetOutcome {
  readonly secret: string
  readonly description: string
}

/** Where the server cannot tell whether the reset was kept, the secret that holds if it was. */
export async function resetKey(key: ApiKey): Promise<ResetOutcome> {
  try {
    const { result, ms } = await timeCall<ResetApiKey>(() => client.resetApiKey(key.id))
    return { secret: result.secret, description: `The old secret is refused everywhere (${ms} ms).` }
  } catch (error) {
    const secret = error instanceof KeyporterError ? error.findUnconfirmed()?.secret : null
    if (!secret) throw error
    return { secret, description: 'The server could not confirm the reset: try this secret before you rely on it.' }
  } finally {
    await forgetKeys()
  }
}

/** The lists are read again. */
async function forgetKeys(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: keysQueryKey })
}
