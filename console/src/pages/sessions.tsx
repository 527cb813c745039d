import { Page } from '../components/page.js'

export function SessionsPage() {
  return <Page title="Sessions">{null}</Page>
}
