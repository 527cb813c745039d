/** The questions that the actions of a row ask, and the new secret after a reset. */
import { readStoredPermissions } from '@keyporter/core'
import type { ApiKey } from '@keyporter/sdk'
import { useState } from 'react'
import { Confirm } from '../components/confirm.js'
import { SecretDialog } from '../components/secret-dialog.js'
import { useCatalog } from '../permissions/creator.js'
import { findMayReadUser } from '../snippets.js'
import { deleteKey, type ResetOutcome, resetKey } from './key-actions.js'
import { nameKey } from './key-words.js'

export type KeyAction = 'enable' | 'disable' | 'reset' | 'delete'

interface KeyDialogsProps {
  readonly action: 'reset' | 'delete'
  readonly apiKey: ApiKey
  readonly onClose: () => void
}

export function KeyDialogs({ action, apiKey, onClose }: KeyDialogsProps) {
  return action === 'delete' ? (
    <DeleteKey apiKey={apiKey} onClose={onClose} />
  ) : (
    <ResetKey apiKey={apiKey} onClose={onClose} />
  )
}

function DeleteKey({ apiKey, onClose }: Omit<KeyDialogsProps, 'action'>) {
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete ${nameKey(apiKey)}?`}
      action="Delete key"
      danger
      phrase={nameKey(apiKey)}
      onConfirm={() => deleteKey(apiKey)}
    >
      <p>It stops at once, everywhere, and running exchanges under it are cut. It cannot be brought back.</p>
    </Confirm>
  )
}

function ResetKey({ apiKey, onClose }: Omit<KeyDialogsProps, 'action'>) {
  const [outcome, setOutcome] = useState<ResetOutcome | null>(null)
  const catalog = useCatalog()
  if (outcome) {
    return (
      <SecretDialog
        title={`New secret of ${nameKey(apiKey)}`}
        description={outcome.description}
        secret={outcome.secret}
        mayReadUser={catalog !== null && findMayReadUser(readStoredPermissions(apiKey.permissions), catalog)}
        onClose={onClose}
      />
    )
  }
  return (
    <Confirm
      open
      onClose={onClose}
      staysOpen
      title={`Reset the secret of ${nameKey(apiKey)}?`}
      action="Reset secret"
      danger
      onConfirm={async () => setOutcome(await resetKey(apiKey))}
    >
      <p>The old secret stops at once, everywhere. What uses it is refused until it has the new one.</p>
      <p>Name, permissions, expiry and addresses stay.</p>
    </Confirm>
  )
}
