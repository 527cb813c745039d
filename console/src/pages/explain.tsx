/**
 * What a key would be answered, and why: the decision, the rule behind it, and the smallest change that would allow it.
 * The question is in the address, so that it can be linked to.
 */
import { useQuery } from '@tanstack/react-query'
import { SearchCheck } from 'lucide-react'
import { useSearch } from 'wouter'
import { client } from '../client.js'
import { Empty } from '../components/empty.js'
import { ErrorNotice } from '../components/notice.js'
import { Page, Panel } from '../components/page.js'
import { Loading } from '../components/spinner.js'
import { ExplainAnswer } from '../explain/answer.js'
import { AskForm } from '../explain/ask-form.js'
import { type Asked, readAsked, readAskedForm } from '../explain/asked.js'
import { useCreator } from '../permissions/creator.js'
import { keyQuery } from '../queries.js'

export function ExplainPage() {
  const search = useSearch()
  const asked = readAsked(new URLSearchParams(search))
  const isAsked = asked !== null && asked.keyId !== null
  return (
    <Page title="Explain" description="Ask what a key would be answered, and why. Nothing is executed.">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,24rem)_minmax(0,1fr)]">
        <AskForm start={readAskedForm(new URLSearchParams(search))} />
        {isAsked ? (
          <Answer asked={asked} keyId={asked.keyId!} search={search} />
        ) : (
          <Panel>
            <Empty icon={SearchCheck} title="Nothing asked yet">
              Pick a key, type a request, and see the decision, the rule, and the smallest change that would allow it.
            </Empty>
          </Panel>
        )}
      </div>
    </Page>
  )
}

function Answer({ asked, keyId, search }: { asked: Asked; keyId: number; search: string }) {
  const { creator, error, retry } = useCreator()
  const key = useQuery(keyQuery(keyId))
  const answer = useQuery({
    queryKey: ['explain', keyId, asked.request],
    queryFn: () => client.explain(keyId, asked.request),
    staleTime: 0,
  })
  const failure = error ?? key.error ?? answer.error
  if (failure) {
    const again = () => (error ? retry() : key.error ? key.refetch() : answer.refetch())
    return <ErrorNotice error={failure} onRetry={again} />
  }
  if (!creator || !key.data || !answer.data) return <Loading label="Asking" />
  return <ExplainAnswer asked={asked} apiKey={key.data} answer={answer.data} creator={creator} search={search} />
}
