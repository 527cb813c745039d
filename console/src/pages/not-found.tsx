/** An address that leads nowhere. */
import { Compass } from 'lucide-react'
import { ButtonLink } from '../components/button.js'
import { Empty } from '../components/empty.js'
import { Page } from '../components/page.js'

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty icon={Compass} title="There is no such page" action={<ButtonLink href="/keys">To the keys</ButtonLink>}>
        The address may be mistyped, or what it led to is gone.
      </Empty>
    </Page>
  )
}
