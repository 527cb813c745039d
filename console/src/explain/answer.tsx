/** The answer: the decision, the rule and where it stands in the key's document, and what would have to change. */
import { printPermissions, readStoredPermissions } from '@keyporter/core'
import type { ApiKey, Explanation } from '@keyporter/sdk'
import { CircleCheck, CircleX } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Badge } from '../components/badge.js'
import { ButtonLink } from '../components/button.js'
import { joinClasses } from '../components/classes.js'
import { CopyButton } from '../components/copy-button.js'
import { Panel } from '../components/page.js'
import { nameKey } from '../keys/key-words.js'
import type { Creator } from '../permissions/creator.js'
import { printText } from '../permissions/draft.js'
import { JsonField } from '../permissions/json-field.js'
import { findExcessPlace } from '../permissions/limits.js'
import { findPlace, readPath } from '../permissions/places.js'
import { listDifferences } from '../permissions/words.js'
import type { Asked } from './asked.js'
import { findSmallestChange } from './smallest-change.js'

interface ExplainAnswerProps {
  readonly asked: Asked
  readonly apiKey: ApiKey
  readonly answer: Explanation
  readonly creator: Creator
  /** The question, to hand on to the page of the key. */
  readonly search: string
}

export function ExplainAnswer({ asked, apiKey, answer, creator, search }: ExplainAnswerProps) {
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <Decision asked={asked} apiKey={apiKey} answer={answer} />
      {!answer.allowed && (
        <Panel title="What would allow it">
          <div className="flex flex-col gap-3 p-5">
            <Remedy asked={asked} apiKey={apiKey} answer={answer} creator={creator} search={search} />
          </div>
        </Panel>
      )}
      <KeyDocument apiKey={apiKey} answer={answer} />
    </div>
  )
}

function Decision({ asked, apiKey, answer }: Pick<ExplainAnswerProps, 'asked' | 'apiKey' | 'answer'>) {
  const Icon = answer.allowed ? CircleCheck : CircleX
  const section = useRef<HTMLElement>(null)
  // On a phone the answer is below the question.
  useEffect(() => {
    section.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <section
      ref={section}
      aria-label="Decision"
      className={joinClasses(
        'scroll-my-20 rounded-xl border p-5',
        answer.allowed ? 'border-ok/30 bg-ok-soft' : 'border-danger/30 bg-danger-soft',
      )}
    >
      <div role="status" className="flex gap-3">
        <Icon
          aria-hidden="true"
          className={joinClasses('mt-0.5 size-6 shrink-0', answer.allowed ? 'text-ok' : 'text-danger')}
        />
        <div className="min-w-0">
          <h2 className="text-lg font-semibold">{answer.allowed ? 'Allowed' : `Refused with ${answer.status}`}</h2>
          <p className="break-words">{answer.allowed ? printRule(answer.rule) : answer.msg}</p>
        </div>
      </div>
      <dl className="mt-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        <Fact name="Request">
          <span className="font-mono break-all">
            {asked.request.method} {asked.request.path}
          </span>
        </Fact>
        <Fact name="Key">{nameKey(apiKey)}</Fact>
        {!answer.allowed && <Fact name="Rule">{printRule(answer.rule)}</Fact>}
        {answer.endpoint && (
          <Fact name="Endpoint">
            <span className="font-mono break-all">{answer.endpoint}</span>
            {answer.category && (
              <>
                {' '}
                in <span className="font-mono">{answer.category}</span>
              </>
            )}
          </Fact>
        )}
        {answer.place && (
          <Fact name="Place">
            <span className="font-mono break-all">{answer.place}</span>
          </Fact>
        )}
        {answer.error && (
          <Fact name="Error code">
            <span className="font-mono">{answer.error}</span>
          </Fact>
        )}
      </dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
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

function Remedy({ asked, apiKey, answer, creator, search }: ExplainAnswerProps) {
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

function KeyDocument({ apiKey, answer }: Pick<ExplainAnswerProps, 'apiKey' | 'answer'>) {
  const text = printText(apiKey.permissions)
  const path = answer.place ? readPath(answer.place) : null
  const mark = path && {
    place: findPlace(text, path),
    msg: answer.allowed ? 'this grants it.' : 'this decides.',
    path: answer.place!,
  }
  return (
    <Panel
      title="The key’s permissions"
      description={path ? 'With the line that decides.' : 'Nothing in it speaks of this request.'}
    >
      <div className="flex flex-col gap-2 p-3">
        {apiKey.rights === 'full' && (
          <div>
            <Badge tone="warn">Full access</Badge>
          </div>
        )}
        <JsonField
          label="Permissions of the key"
          value={text}
          mark={mark}
          tone={answer.allowed ? 'accent' : 'danger'}
        />
      </div>
    </Panel>
  )
}

/** A rule as a sentence; one that begins with a place of the document keeps its spelling. */
function printRule(rule: string | null): string {
  if (!rule) return ''
  return `${rule.startsWith('api.') ? rule : rule.charAt(0).toUpperCase() + rule.slice(1)}.`
}
