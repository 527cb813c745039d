import { Page } from '../components/page.js'

export function KeyEditPage({ id }: { id: number }) {
  return <Page title={`Key ${id}`}>{null}</Page>
}
