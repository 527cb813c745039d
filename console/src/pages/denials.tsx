import { Page } from '../components/page.js'

export function DenialsPage() {
  return <Page title="Denials">{null}</Page>
}
