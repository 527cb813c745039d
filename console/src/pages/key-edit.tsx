/** A key that exists: what it may do, what a change would change, and since when that holds. */
import { printPermissions, readStoredPermissions } from '@keyporter/core'
import type { ApiKey, ApiKeyChanges } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useSearch } from 'wouter'
import { timeCall, useAction } from '../action.js'
import { client } from '../client.js'
import { Badge } from '../components/badge.js'
import { Button, ButtonLink } from '../components/button.js'
import { LeaveGuard } from '../components/leave-guard.js'
import { ErrorNotice, Notice } from '../components/notice.js'
import { Page } from '../components/page.js'
import { Loading } from '../components/spinner.js'
import { showToast } from '../components/toast.js'
import { readAsked } from '../explain/asked.js'
import { findSmallestChange } from '../explain/smallest-change.js'
import { nameKey } from '../keys/key-words.js'
import { letGo } from '../leaving.js'
import { type BoundsForm, printBounds } from '../permissions/bounds.js'
import { type Creator, useCreator } from '../permissions/creator.js'
import { DifferencePanel } from '../permissions/difference-panel.js'
import { openDraft, startDraft } from '../permissions/draft.js'
import { KeyForm, type KeyFormStart, type KeyFormState, useKeyForm } from '../permissions/key-form.js'
import { findExcessPlace } from '../permissions/limits.js'
import { listMisfits } from '../permissions/misfits.js'
import { MisfitsNotice } from '../permissions/misfits-notice.js'
import { GivenParams } from '../permissions/params-panel.js'
import { keyQuery, keysQueryKey, queryClient } from '../queries.js'

export function KeyEditPage({ id }: { id: number }) {
  const { creator, error, retry } = useCreator()
  // What an earlier visit has read may have been changed since.
  const reading = useQuery({ ...keyQuery(id), refetchOnMount: 'always' })
  const { data: key, isFetchedAfterMount } = reading
  const [round, setRound] = useState(0)
  return (
    <Page
      title={key ? nameKey(key) : 'Key'}
      description={key && <KeyLine apiKey={key} />}
      action={
        key && (
          <>
            <ButtonLink href={`/explain?key=${id}`}>Explain</ButtonLink>
            <ButtonLink href={`/keys/new?from=${id}`}>Duplicate</ButtonLink>
          </>
        )
      }
    >
      {creator && key && isFetchedAfterMount ? (
        <EditKey key={`${id}/${round}`} apiKey={key} creator={creator} onAnew={() => setRound(round + 1)} />
      ) : error || reading.error ? (
        <ErrorNotice error={error ?? reading.error} onRetry={error ? retry : () => reading.refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  )
}

function KeyLine({ apiKey }: { apiKey: ApiKey }) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      {apiKey.name && <span className="font-mono text-sm">{apiKey.hint}</span>}
      <span className="text-sm">id {apiKey.id}</span>
      {apiKey.primary && <Badge>First key</Badge>}
      {apiKey.disabled && <Badge tone="neutral">Disabled</Badge>}
      {apiKey.expired && <Badge tone="danger">Expired</Badge>}
    </span>
  )
}

interface EditKeyProps {
  /** As it was read last. */
  readonly apiKey: ApiKey
  readonly creator: Creator
  /** Begins again with the key as it is. */
  readonly onAnew: () => void
}

function EditKey({ apiKey, creator, onAnew }: EditKeyProps) {
  /** What the form began with, and what a change is a change of. */
  const [saved, setSaved] = useState(apiKey)
  const asked = readAsked(new URLSearchParams(useSearch()))
  const before = useMemo(() => readStoredPermissions(saved.permissions), [saved])
  const misfits = useMemo(() => listMisfits(saved.permissions, creator.catalog), [saved, creator])
  const form = useKeyForm(creator, startFrom(apiKey, creator, asked))
  const changes = findChanges(saved, form)
  const isChanged = Object.keys(changes).length > 0
  // Also what could not be saved as it stands.
  const isUnsaved = isChanged || (form.isTouched && !form.isValid)
  const isBeyond = findExcessPlace(before, creator.permissions, creator.catalog) !== null
  /** The reading that a change made here has overtaken: it is no news. */
  const [overtaken, setOvertaken] = useState<ApiKey | null>(null)
  const isOutdated = apiKey !== overtaken && !isEditedAlike(apiKey, saved)
  useEffect(() => {
    if (isOutdated && !isUnsaved) onAnew()
  }, [isOutdated, isUnsaved, onAnew])
  const {
    start: save,
    busy,
    error,
  } = useAction(async () => {
    // Nobody overwrites what somebody else has changed without having been told.
    const latest = await queryClient.fetchQuery({ ...keyQuery(saved.id), staleTime: 0 })
    if (!isEditedAlike(latest, saved)) return
    const { result, ms } = await timeCall(() => client.updateApiKey(saved.id, changes))
    setOvertaken(queryClient.getQueryData(keyQuery(saved.id).queryKey) ?? null)
    queryClient.setQueryData(keyQuery(saved.id).queryKey, result)
    setSaved(result)
    form.setName(result.name ?? '')
    form.setBounds(readKeyBounds(result))
    showToast({ title: 'Saved.', description: `Every verifier decides by it from now on (${ms} ms).` })
    void queryClient.invalidateQueries({ queryKey: keysQueryKey })
  })
  return (
    <>
      <LeaveGuard
        when={isUnsaved}
        title="Leave without saving?"
        description="The key stays as it was; what you changed here is lost."
      />
      {isBeyond && (
        <div className="mb-5">
          <Notice tone="warn">This key may do more than you may, so you cannot change it.</Notice>
        </div>
      )}
      <div className="mb-5 empty:hidden">
        <MisfitsNotice misfits={misfits} editing={form.editing} />
      </div>
      <KeyForm
        form={form}
        onSubmit={save}
        error={error}
        notice={isOutdated && isUnsaved && <OutdatedNotice onAnew={onAnew} onKeep={() => setSaved(apiKey)} />}
        aside={<DifferencePanel before={before} saved={saved} form={form} />}
        below={<GivenParams keyParams={saved.keyParams} />}
        buttons={
          <>
            <ButtonLink href="/keys" onClick={letGo}>
              {isUnsaved ? 'Cancel' : 'Back'}
            </ButtonLink>
            <Button
              type="submit"
              variant="primary"
              busy={busy}
              disabled={!form.isValid || !isChanged || isBeyond || isOutdated}
            >
              Save
            </Button>
          </>
        }
      />
    </>
  )
}

function OutdatedNotice({ onAnew, onKeep }: { onAnew: () => void; onKeep: () => void }) {
  return (
    <Notice tone="warn">
      <p role="status">Somebody has changed this key since you opened it. What you have here would undo that.</p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button size="sm" onClick={onAnew}>
          Show the key as it is
        </Button>
        <Button size="sm" onClick={onKeep}>
          Keep what I have
        </Button>
      </div>
    </Notice>
  )
}

/** As the key is, or with what a request that it was refused needs. */
function startFrom(key: ApiKey, { catalog, accountId }: Creator, asked: ReturnType<typeof readAsked>): KeyFormStart {
  const permissions = readStoredPermissions(key.permissions)
  const change = asked && findSmallestChange(permissions, asked.request, catalog, accountId)
  const address = asked?.addAddress
  const ipWhitelist = key.ipWhitelist && address ? [...key.ipWhitelist, address] : key.ipWhitelist
  return {
    name: key.name ?? '',
    bounds: readKeyBounds({ ...key, ipWhitelist }),
    draft: () => (change ? startDraft(change, catalog) : openDraft(key.permissions, catalog)),
  }
}

/** What the form has otherwise than the key: only that is sent. */
function findChanges(key: ApiKey, { name, editing, boundsForm, bounds }: KeyFormState): ApiKeyChanges {
  const { permissions } = editing.draft
  const old = readKeyBounds(key)
  const document = permissions && printPermissions(permissions)
  const newName = name.trim() === '' ? null : name.trim()
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  return {
    ...(newName !== key.name && { name: newName }),
    ...(document && !isSame(document, key.permissions) && { permissions: document }),
    ...((boundsForm.expiry !== old.expiry || boundsForm.expiresOn !== old.expiresOn) && {
      expiresAt: bounds.expiresAt,
    }),
    ...(boundsForm.notBefore !== old.notBefore && { notBefore: bounds.notBefore }),
    ...(!isSame(bounds.addresses, key.ipWhitelist) && { ipWhitelist: bounds.addresses }),
  }
}

/** Whether two readings of a key have the same in all that can be edited. */
function isEditedAlike(a: ApiKey, b: ApiKey): boolean {
  const read = ({ name, permissions, expiresAt, notBefore, ipWhitelist }: ApiKey) =>
    JSON.stringify([name, permissions, expiresAt, notBefore, ipWhitelist])
  return read(a) === read(b)
}

function readKeyBounds({ expiresAt, notBefore, ipWhitelist }: ApiKey): BoundsForm {
  return printBounds({ expiresAt, notBefore, addresses: ipWhitelist })
}
