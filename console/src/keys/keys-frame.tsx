/** What the three tabs of the keys page have in common. */
import type { ReactNode } from 'react'
import { LinkTabs } from '../components/link-tabs.js'
import { Page, Panel } from '../components/page.js'

const tabs = [
  { href: '/keys', label: 'API keys' },
  { href: '/keys/ssh', label: 'SSH keys' },
  { href: '/keys/sessions', label: 'Sessions' },
]

export function KeysFrame({ action, children }: { action?: ReactNode; children: ReactNode }) {
  return (
    <Page title="Keys" description="Who may call the API, and what with." action={action}>
      <div className="mb-4">
        <LinkTabs label="Kinds of keys" tabs={tabs} />
      </div>
      <Panel>{children}</Panel>
    </Page>
  )
}
