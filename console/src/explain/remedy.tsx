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
  address: 'Name the client address in the question, to add it to the key’s list.',
  disabled: 'Enable the key, in the list of keys.',
  expired: 'Give the key a later expiry.',
  not_yet: 'Wait until the key is valid, or give it an earlier beginning.',
  suspended: 'Its account is suspended; the operator can resume it.',
  body: 'Send the body as a JSON object, each member once.',
}

/** All that stands in the way: what refused the request, and what its permissions would have refused after that. */
export function Remedy({ asked, apiKey, answer, creator, search }: ExplainedProps) {
  const { catalog, accountId, permissions: held } = creator
  const before = readStoredPermissions(apiKey.permissions)
  const change = findSmallestChange(before, asked.request, catalog, accountId)
  const isBeyond = change !== null && findExcessPlace(change, held, catalog) !== null
  const address = answer.reason === 'address' ? asked.request.clientAddress : undefined
  const said = advice[answer.reason ?? ''] ?? (change ? null : 'No small change of its permissions would.')
  const isEdited = change !== null || address !== undefined || ['expired', 'not_yet'].includes(answer.reason ?? '')
  const hand = new URLSearchParams(search)
  hand.delete('key')
  if (address !== undefined) hand.set('add', 'address')
  return (
    <>
      {address === undefined ? (
        said && <p>{said}</p>
      ) : (
        <p>
          Add <span className="font-mono">{address}</span> to the addresses of the key.
        </p>
      )}
      {change && (
        <ul aria-label="Smallest change" className="flex flex-col gap-1">
          {listDifferences(before, change, catalog).map(({ category, text }) => (
            <li key={category} className="break-words">
              <span className="font-mono font-medium">{category}</span>: {text}
            </li>
          ))}
        </ul>
      )}
      {isBeyond ? (
        <p className="text-muted">You do not hold this yourself, so you cannot give it.</p>
      ) : (
        <div className="flex flex-wrap gap-2 empty:hidden">
          {isEdited && <Apply href={`/keys/${apiKey.id}?${hand}`} />}
          {change && <CopyButton text={printText(printPermissions(change))} label="Copy the document" />}
        </div>
      )}
    </>
  )
}

function Apply({ href }: { href: string }) {
  return (
    <ButtonLink href={href} variant="primary">
      Apply to this key
    </ButtonLink>
  )
}
