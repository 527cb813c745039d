import { Page } from '../components/page.js'

export function SshKeysPage() {
  return <Page title="SSH keys">{null}</Page>
}
