/** What can be done to a key, as the menu of its row. */
import type { ApiKey } from '@keyporter/sdk'
import { Ban, CircleCheck, Copy, Pencil, RotateCcwKey, ScanSearch, Trash2 } from 'lucide-react'
import type { ReactElement } from 'react'
import { Menu, MenuItem, MenuSeparator } from '../components/menu.js'
import type { KeyAction } from './key-dialogs.js'

interface KeyMenuProps {
  readonly trigger: ReactElement
  readonly apiKey: ApiKey
  readonly onAction: (action: KeyAction, key: ApiKey) => void
}

export function KeyMenu({ trigger, apiKey, onAction }: KeyMenuProps) {
  const toggle = apiKey.disabled ? 'enable' : 'disable'
  return (
    <Menu trigger={trigger} defaultOpen>
      <MenuItem icon={Pencil} href={`/keys/${apiKey.id}`}>
        Edit
      </MenuItem>
      <MenuItem icon={Copy} href={`/keys/new?from=${apiKey.id}`}>
        Duplicate
      </MenuItem>
      <MenuItem icon={ScanSearch} href={`/explain?key=${apiKey.id}`}>
        Explain a request
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={apiKey.disabled ? CircleCheck : Ban} onSelect={() => onAction(toggle, apiKey)}>
        {apiKey.disabled ? 'Enable' : 'Disable'}
      </MenuItem>
      <MenuItem icon={RotateCcwKey} onSelect={() => onAction('reset', apiKey)}>
        Reset secret…
      </MenuItem>
      <MenuItem icon={Trash2} danger disabled={apiKey.primary} onSelect={() => onAction('delete', apiKey)}>
        {apiKey.primary ? 'The first key can only be reset' : 'Delete…'}
      </MenuItem>
    </Menu>
  )
}
