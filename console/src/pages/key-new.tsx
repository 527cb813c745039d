/** A new key: from the rights of who is signed in, from a preset, or from another key. Its secret is shown here, once. */
import { expandFull, printPermissions, readStoredPermissions } from '@keyporter/core'
import { type ApiKey, KeyporterError } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { timeCall, useAction } from '../action.js'
import { client } from '../client.js'
import { Button, ButtonLink } from '../components/button.js'
import { LeaveGuard } from '../components/leave-guard.js'
import { ErrorNotice } from '../components/notice.js'
import { Page } from '../components/page.js'
import { SecretDialog } from '../components/secret-dialog.js'
import { Loading } from '../components/spinner.js'
import { letGo } from '../leaving.js'
import { expiryDays, noBounds, printBounds } from '../permissions/bounds.js'
import { type Creator, useCreator } from '../permissions/creator.js'
import { openDraft, startDraft } from '../permissions/draft.js'
import { KeyForm, type KeyFormStart, type KeyFormState, useKeyForm } from '../permissions/key-form.js'
import { printParams, readParams } from '../permissions/params.js'
import { ParamsPanel } from '../permissions/params-panel.js'
import { printUsedParams } from '../permissions/placeholders.js'
import { keyQuery, keysQueryKey, queryClient } from '../queries.js'
import { findMayReadUser } from '../snippets.js'

export function KeyNewPage() {
  const from = readId(new URLSearchParams(useSearch()).get('from'))
  const { creator, error, retry } = useCreator()
  const original = useQuery({ ...keyQuery(from ?? 0), enabled: from !== null, refetchOnMount: 'always' })
  const failure = error ?? original.error
  // What is filled in stays, even where reading again fails; and it begins with nothing that an earlier visit has read.
  const isReady = creator && (from === null || (original.data && original.isFetchedAfterMount))
  return (
    <Page
      title={from === null ? 'New key' : 'Duplicate key'}
      description="It may do what you check here, and nothing else. You can change all of it later."
    >
      {isReady ? (
        <NewKey key={from} creator={creator} start={startFrom(creator, original.data ?? null)} />
      ) : failure ? (
        <ErrorNotice error={failure} onRetry={error ? retry : () => original.refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  )
}

/** The secret and what is said about it; in this component alone, until the dialog closes. */
interface Issued {
  readonly secret: string
  readonly title: string
  readonly description: string
}

function NewKey({ creator, start }: { creator: Creator; start: KeyFormStart }) {
  const [, navigate] = useLocation()
  const [issued, setIssued] = useState<Issued | null>(null)
  const form = useKeyForm(creator, start)
  const { start: create, busy, error } = useAction(async () => setIssued(await createKey(form)))
  return (
    <>
      {/* Once the key is made, it is its secret that could be lost. */}
      <LeaveGuard
        when={form.isTouched && issued === null}
        title="Leave without creating the key?"
        description="What you chose for it is lost."
      />
      <KeyForm
        form={form}
        onSubmit={create}
        error={error}
        below={<ParamsPanel problem={form.paramsProblem} />}
        buttons={
          <>
            <ButtonLink href="/keys" onClick={letGo}>
              Cancel
            </ButtonLink>
            <Button type="submit" variant="primary" busy={busy} disabled={!form.isValid}>
              Create key
            </Button>
          </>
        }
      />
      {issued && (
        <SecretDialog
          {...issued}
          mayReadUser={findMayReadUser(form.editing.draft.permissions!, creator.catalog)}
          onClose={() => {
            setIssued(null)
            navigate('/keys')
          }}
        />
      )}
    </>
  )
}

/** Where the server cannot tell whether the key was kept, the secret that holds if it was. */
async function createKey({ name, editing, boundsForm: { expiry }, bounds }: KeyFormState): Promise<Issued> {
  const input = {
    name: name.trim() === '' ? null : name.trim(),
    // As it was written: placeholders and their values are the server's to read.
    ...(editing.params.placeholders
      ? { permissions: JSON.parse(editing.draft.text), keyParams: printParams(editing.params) }
      : { permissions: printPermissions(editing.draft.permissions!) }),
    notBefore: bounds.notBefore,
    ipWhitelist: bounds.addresses,
    // Days are counted by the server's clock.
    ...(expiry === 'month' || expiry === 'quarter'
      ? { expiresInSeconds: expiryDays[expiry] * 86_400 }
      : { expiresAt: bounds.expiresAt }),
  }
  try {
    const { result, ms } = await timeCall(() => client.createApiKey(input))
    const title = `Key ${result.name ? `“${result.name}”` : result.id} is created`
    return { secret: result.secret, title, description: `Every verifier accepts it from now on (${ms} ms).` }
  } catch (error) {
    const secret = error instanceof KeyporterError ? error.findUnconfirmed()?.secret : null
    if (!secret) throw error
    return {
      secret,
      title: 'The key may have been created',
      description:
        'The server could not confirm it: try this secret, and look into the list of keys, before you rely on it.',
    }
  } finally {
    void queryClient.invalidateQueries({ queryKey: keysQueryKey })
  }
}

function startFrom({ catalog, permissions }: Creator, original: ApiKey | null): KeyFormStart {
  if (!original)
    return { name: '', bounds: noBounds, draft: () => startDraft(expandFull(permissions, catalog), catalog) }
  const params = printUsedParams(original.keyParams, printPermissions(readStoredPermissions(original.permissions)))
  const isOver = original.expiresAt !== null && original.expired
  return {
    name: original.name ? `${original.name} copy` : '',
    bounds: printBounds({
      expiresAt: isOver ? null : original.expiresAt,
      notBefore: original.notBefore,
      addresses: original.ipWhitelist,
    }),
    draft: () => openDraft(original.permissions, catalog, readParams(params).placeholders),
    params,
  }
}

function readId(text: string | null): number | null {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null
}
