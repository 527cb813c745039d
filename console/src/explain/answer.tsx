/** The answer: the decision, the rule and where it stands in the key's document, and what would have to change. */
import { CircleCheck, CircleX } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Badge } from '../components/badge.js'
import { joinClasses } from '../components/classes.js'
import { Panel } from '../components/page.js'
import { nameKey } from '../keys/key-words.js'
import { printText } from '../permissions/draft.js'
import { JsonField } from '../permissions/json-field.js'
import { findPlace, readPath } from '../permissions/places.js'
import { type ExplainedProps, Remedy } from './remedy.js'

export function ExplainAnswer({ asked, apiKey, answer, creator, search }: ExplainedProps) {
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

function Decision({ asked, apiKey, answer }: Pick<ExplainedProps, 'asked' | 'apiKey' | 'answer'>) {
  const Icon = answer.allowed ? CircleCheck : CircleX
  const section = useRef<HTMLElement>(null)
  // On a phone the answer is below the question.
  useEffect(() => {
    const top = section.current?.getBoundingClientRect().top ?? 0
    if (top > window.innerHeight / 2) section.current?.scrollIntoView({ block: 'start' })
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

function KeyDocument({ apiKey, answer }: Pick<ExplainedProps, 'apiKey' | 'answer'>) {
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
