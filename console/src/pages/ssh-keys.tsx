/** Public SSH keys of the account. */
import type { SshKey } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Pencil, Plus, Terminal, Trash2 } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { useAction } from '../action.js'
import { client } from '../client.js'
import { Button } from '../components/button.js'
import { Confirm } from '../components/confirm.js'
import { Dialog } from '../components/dialog.js'
import { Empty } from '../components/empty.js'
import { Field } from '../components/field.js'
import { Menu, MenuItem } from '../components/menu.js'
import { ErrorNotice } from '../components/notice.js'
import { Cell, HeadCell, Row, Table, TableBody, TableHead, TableSkeleton } from '../components/table.js'
import { TextArea } from '../components/text-input.js'
import { Time } from '../components/time.js'
import { showToast } from '../components/toast.js'
import { describeError } from '../failure.js'
import { KeysFrame } from '../keys/keys-frame.js'
import { queryClient, sshKeysQuery } from '../queries.js'
import { splitPublicKey } from '../ssh-keys/public-key.js'

type Open = { readonly kind: 'edit'; readonly key: SshKey | null } | { readonly kind: 'delete'; readonly key: SshKey }

export function SshKeysPage() {
  const { data, error, refetch } = useQuery(sshKeysQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const add = (
    <Button variant="primary" icon={Plus} onClick={() => setOpen({ kind: 'edit', key: null })}>
      Add key
    </Button>
  )
  const close = () => setOpen(null)
  return (
    <KeysFrame action={add}>
      {error ? (
        <div className="p-4">
          <ErrorNotice error={error} onRetry={() => refetch()} />
        </div>
      ) : data?.length === 0 ? (
        <Empty icon={Terminal} title="No SSH keys yet">
          Public keys that are added here are put on the machines you rent.
        </Empty>
      ) : (
        <Table label="SSH keys" busy={!data}>
          <TableHead>
            <HeadCell>Key</HeadCell>
            <HeadCell className="w-44">Added</HeadCell>
            <HeadCell className="w-14">
              <span className="sr-only">Actions</span>
            </HeadCell>
          </TableHead>
          {data ? (
            <TableBody>
              {data.map((key) => (
                <SshKeyRow key={key.id} sshKey={key} onOpen={setOpen} />
              ))}
            </TableBody>
          ) : (
            <TableSkeleton columns={3} rows={3} />
          )}
        </Table>
      )}
      {open?.kind === 'edit' && <EditSshKey sshKey={open.key} onClose={close} />}
      {open?.kind === 'delete' && <DeleteSshKey sshKey={open.key} onClose={close} />}
    </KeysFrame>
  )
}

function SshKeyRow({ sshKey, onOpen }: { sshKey: SshKey; onOpen: (open: Open) => void }) {
  const { type, comment } = splitPublicKey(sshKey.publicKey)
  return (
    <Row>
      <Cell heading className="row-start-1">
        <span className="font-medium wrap-anywhere">{comment ?? `SSH key ${sshKey.id}`}</span>
        <div className="font-mono text-xs break-all text-muted" title={sshKey.publicKey}>
          {type} {sshKey.fingerprint}
        </div>
      </Cell>
      <Cell label="Added">
        <Time at={sshKey.createdAt} />
      </Cell>
      <Cell className="col-start-2 row-start-1 lg:py-1.5!">
        <Menu
          trigger={
            <button
              type="button"
              aria-label={`Actions for ${comment ?? `SSH key ${sshKey.id}`}`}
              className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text data-[state=open]:bg-hover"
            >
              <Ellipsis aria-hidden="true" className="size-4" />
            </button>
          }
        >
          <MenuItem icon={Pencil} onSelect={() => onOpen({ kind: 'edit', key: sshKey })}>
            Replace…
          </MenuItem>
          <MenuItem icon={Trash2} danger onSelect={() => onOpen({ kind: 'delete', key: sshKey })}>
            Delete…
          </MenuItem>
        </Menu>
      </Cell>
    </Row>
  )
}

/** Adds one, or puts another in the place of one. */
function EditSshKey({ sshKey, onClose }: { sshKey: SshKey | null; onClose: () => void }) {
  const formId = useId()
  const [text, setText] = useState(sshKey?.publicKey ?? '')
  const { start, busy, error } = useAction(async () => {
    if (sshKey === null) await client.createSshKey(text.trim())
    else await client.updateSshKey(sshKey.id, text.trim())
    showToast({ title: sshKey === null ? 'The SSH key is added.' : 'The SSH key is replaced.' })
    await queryClient.invalidateQueries(sshKeysQuery)
    onClose()
  })
  const looksPrivate = text.includes('PRIVATE KEY')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!looksPrivate) start()
  }
  const problem = looksPrivate
    ? 'This is the private half, which belongs to nobody but you. Paste the file that ends in .pub.'
    : error
      ? describeError(error)
      : null
  return (
    <Dialog
      open
      onClose={onClose}
      locked={busy}
      title={sshKey === null ? 'Add an SSH key' : 'Replace the SSH key'}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" form={formId} variant="primary" busy={busy} disabled={text.trim() === ''}>
            {sshKey === null ? 'Add key' : 'Replace key'}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit}>
        <Field label="Public key" hint="The whole line of a .pub file: ssh-ed25519 AAAA… you@laptop" error={problem}>
          <TextArea
            rows={5}
            autoFocus
            spellCheck={false}
            autoCapitalize="none"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="font-mono break-all"
          />
        </Field>
      </form>
    </Dialog>
  )
}

function DeleteSshKey({ sshKey, onClose }: { sshKey: SshKey; onClose: () => void }) {
  const { comment } = splitPublicKey(sshKey.publicKey)
  const remove = async () => {
    await client.deleteSshKey(sshKey.id)
    showToast({ title: 'The SSH key is deleted.' })
    await queryClient.invalidateQueries(sshKeysQuery)
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete ${comment ?? 'this SSH key'}?`}
      action="Delete key"
      danger
      onConfirm={remove}
    >
      <p>Machines that are set up from now on do not get it. Where it already is, it stays.</p>
    </Confirm>
  )
}
