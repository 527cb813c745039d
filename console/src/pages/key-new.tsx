import { Page } from '../components/page.js'

export function KeyNewPage() {
  return <Page title="New key">{null}</Page>
}
