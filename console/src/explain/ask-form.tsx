/** The question: which key, which request. */
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Field } from '../components/field.js'
import { ErrorNotice } from '../components/notice.js'
import { Panel } from '../components/page.js'
import { Select } from '../components/select.js'
import { SearchInput, TextArea, TextInput } from '../components/text-input.js'
import { nameKey } from '../keys/key-words.js'
import { keyQuery, keysQueryKey } from '../queries.js'
import { type AskedForm, findAskedProblem, printAskedForm } from './asked.js'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
/** Of more keys than this, one is searched for. */
const mostListed = 100

export function AskForm({ start }: { start: AskedForm }) {
  const [, navigate] = useLocation()
  const [form, setForm] = useState(start)
  const [known, setKnown] = useState(start)
  const [isTried, setTried] = useState(false)
  if (`${printAskedForm(known)}` !== `${printAskedForm(start)}`) {
    // The address has changed, by asking or by other means.
    setKnown(start)
    setForm(start)
    setTried(false)
  }
  const set = (change: Partial<AskedForm>) => setForm({ ...form, ...change })
  const problem = form.path === '' && !isTried ? null : findAskedProblem(form)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (form.key !== '' && !findAskedProblem(form)) navigate(`/explain?${printAskedForm(form)}`)
  }
  const errorOf = (field: string) => (problem?.field === field ? problem.msg : null)
  return (
    <Panel>
      <form onSubmit={submit} className="flex flex-col gap-4 p-5">
        <KeyPicker value={form.key} missing={isTried && form.key === ''} onChange={(key) => set({ key })} />
        <div className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-2">
          <Field label="Method">
            <Select
              value={form.method}
              onChange={(method) => set({ method })}
              options={(methods.includes(form.method) ? methods : [form.method, ...methods]).map((value) => ({
                value,
                label: value,
              }))}
              className="w-full font-mono"
            />
          </Field>
          <Field label="Path" error={errorOf('path')}>
            <TextInput
              value={form.path}
              placeholder="/api/v0/instances/1227/"
              onChange={(event) => set({ path: event.target.value.trim() })}
              autoCapitalize="none"
              spellCheck={false}
              className="font-mono"
            />
          </Field>
        </div>
        <Field label="Body" note="(optional)" hint="JSON, as it would be sent." error={errorOf('body')}>
          <TextArea
            rows={4}
            value={form.body}
            placeholder={'{"state": "stopped"}'}
            onChange={(event) => set({ body: event.target.value })}
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
        <Field
          label="Client address"
          note="(optional)"
          hint="Where the request comes from. Empty: your own address."
          error={errorOf('client')}
        >
          <TextInput
            value={form.client}
            onChange={(event) => set({ client: event.target.value.trim() })}
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
        <div>
          <Button type="submit" variant="primary">
            Explain
          </Button>
        </div>
      </form>
    </Panel>
  )
}

interface KeyPickerProps {
  readonly value: string
  readonly missing: boolean
  readonly onChange: (key: string) => void
}

/** The keys used last; any other by searching. */
function KeyPicker({ value, missing, onChange }: KeyPickerProps) {
  const [search, setSearch] = useState('')
  const query = { limit: mostListed, search, sort: 'lastUsedAt', order: 'desc' } as const
  const { data, error, refetch } = useQuery({
    queryKey: [...keysQueryKey, query],
    queryFn: () => client.listApiKeys(query),
    placeholderData: (previous) => previous,
  })
  const id = /^[0-9]{1,15}$/.test(value) ? Number(value) : null
  const listed = data?.keys ?? []
  const isListed = listed.some((key) => key.id === id)
  const { data: other } = useQuery({ ...keyQuery(id ?? 0), enabled: id !== null && data !== undefined && !isListed })
  const options = [...(other && !isListed ? [other] : []), ...listed].map((key) => ({
    value: String(key.id),
    label: nameKey(key),
    hint: `${key.hint ?? ''} · id ${key.id}`,
  }))
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />
  return (
    <div className="flex flex-col gap-2">
      {(search !== '' || (data && data.total > mostListed)) && (
        <SearchInput label="Search keys" placeholder="Search keys" value={search} onChange={setSearch} />
      )}
      <Field label="Key" error={missing ? 'Pick a key.' : null}>
        <Select
          value={value}
          onChange={onChange}
          options={options}
          placeholder={data ? 'Pick a key' : 'Loading…'}
          className="w-full"
        />
      </Field>
    </div>
  )
}
