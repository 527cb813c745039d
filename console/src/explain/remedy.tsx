/** What would have to change for a refused request to be allowed, and the way to change it. */
import { printPermissions, readStoredPermissions } from '@keyporter/core'
import type { ApiKey, Explanation } from '@keyporter/sdk'
import { ButtonLink } from '../components/button.js'
import { CopyButton } from '../components/copy-button.js'
import type { Creator } from '../permissions/creator.js'
import { printText } from '../permissions/draft.js'
import { findExcessPlace } from '../permissions/limits.js'
import { listDifferences } from '../permissions/words.js'
import type { Asked } from './asked.js'
import { findSmallestChange } from './smallest-change.js'

export interface ExplainedProps {
  readonly asked: Asked
  readonly apiKey: ApiKey
  readonly answer: Explanation
  readonly creator: Creator
  /** The question, to hand on to the page of the key. */
  readonly search: string
}

/** What else than permissions refuses a request, and what to do about it. */
const advice: Readonly<Record<string, string>> = {
  bad_request: 'No key could make it: the request has to be written otherwise.',
  not_in_catalog: 'The endpoint is in no catalog, so only a key with full access reaches it.',
  disabled: 'Enable the key, in the list of keys.',
  expired: 'Give the key a later expiry.',
  not_yet: 'Wait until the key is valid, or give it an earlier beginning.',
  suspended: 'Its account is suspended; the operator can resume it.',
  body: 'Send the body as a JSON object, each member once.',
}

export function Remedy({ asked, apiKey, answer, creator, search }: ExplainedProps) {
  const { catalog, accountId, permissions: held } = creator
  const hand = new URLSearchParams(search)
  hand.delete('key')
  if (answer.reason === 'address') {
    const address = asked.request.clientAddress
    if (!address) return <p>Name the client address in the question, to add it to the key’s list.</p>
    hand.set('add', 'address')
    return (
      <>
        <p>
          Add <span className="font-mono">{address}</span> to the addresses of the key.
        </p>
        <Apply href={`/keys/${apiKey.id}?${hand}`} />
      </>
    )
  }
  const before = readStoredPermissions(apiKey.permissions)
  const change = findSmallestChange(before, asked.request, catalog, accountId)
  if (!change) {
    return (
      <>
        <p>{advice[answer.reason ?? ''] ?? 'No small change of its permissions would.'}</p>
        {(answer.reason === 'expired' || answer.reason === 'not_yet') && <Apply href={`/keys/${apiKey.id}`} />}
      </>
    )
  }
  const isBeyond = findExcessPlace(change, held, catalog) !== null
  return (
    <>
      <ul aria-label="Smallest change" className="flex flex-col gap-1">
        {listDifferences(before, change, catalog).map(({ category, text }) => (
          <li key={category} className="break-words">
            <span className="font-mono font-medium">{category}</span>: {text}
          </li>
        ))}
      </ul>
      {isBeyond ? (
        <p className="text-muted">You do not hold this yourself, so you cannot give it.</p>
      ) : (
        <div className="flex flex-wrap gap-2">
          <Apply href={`/keys/${apiKey.id}?${hand}`} />
          <CopyButton text={printText(printPermissions(change))} label="Copy the document" />
        </div>
      )}
    </>
  )
}

function Apply({ href }: { href: string }) {
  return (
    <div>
      <ButtonLink href={href} variant="primary">
        Apply to this key
      </ButtonLink>
    </div>
  )
}
