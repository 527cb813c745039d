/** Public SSH keys over HTTP (wire contract section 5). */
import { type Static, Type } from 'typebox'
import { createSshKey, deleteSshKey, listSshKeys, type SshKey, updateSshKey } from '../../actions/ssh-keys.js'
import { defineAction } from './endpoint.js'
import { ignoredField, printInstant, textField } from './fields.js'

const sshKeyObject = Type.Object(
  {
    id: Type.Integer(),
    user_id: Type.Integer({ description: 'the account' }),
    key: Type.String({ description: 'the public key, on one line as in authorized_keys' }),
    public_key: Type.String({ description: 'the same as key' }),
    fingerprint: Type.String({ description: 'as ssh-keygen -l prints it' }),
    created_at: Type.Integer({ description: 'seconds since 1970, UTC' }),
    deleted_at: Type.Null({ description: 'deleted ones are not shown' }),
  },
  { additionalProperties: false },
)

const sshKey = textField(4_096, 'a public SSH key on one line')
const keptKey = Type.Object({ success: Type.Literal(true), key: sshKeyObject }, { additionalProperties: false })

const done = { success: true } as const
const listPath = '/api/v0/ssh/'
const itemPath = '/api/v0/ssh/{id}/'

export const sshKeyEndpoints = [
  defineAction({
    id: 'api.ssh_key.list',
    method: 'GET',
    path: listPath,
    // A bare list, as old clients have it.
    response: Type.Array(sshKeyObject),
    handle: async (context, caller) => (await listSshKeys(context, caller)).map(printSshKey),
  }),
  defineAction({
    id: 'api.ssh_key.create',
    method: 'POST',
    path: listPath,
    body: Type.Object({ ssh_key: sshKey }),
    response: keptKey,
    handle: async (context, caller, { body }) => ({
      ...done,
      key: printSshKey(await createSshKey(context, caller, body.ssh_key)),
    }),
  }),
  defineAction({
    id: 'api.ssh_key.update',
    method: 'PUT',
    path: itemPath,
    // The official client repeats the id here; the one in the path counts.
    body: Type.Object({ ssh_key: sshKey, id: Type.Optional(ignoredField()) }),
    response: keptKey,
    handle: async (context, caller, { params, body }) => ({
      ...done,
      key: printSshKey(await updateSshKey(context, caller, params.id, body.ssh_key)),
    }),
  }),
  defineAction({
    id: 'api.ssh_key.delete',
    method: 'DELETE',
    path: itemPath,
    response: Type.Object({ success: Type.Literal(true) }, { additionalProperties: false }),
    async handle(context, caller, { params }) {
      await deleteSshKey(context, caller, params.id)
      return done
    },
  }),
]

function printSshKey({ id, accountId, publicKey, fingerprint, createdAt }: SshKey): Static<typeof sshKeyObject> {
  return {
    id,
    user_id: accountId,
    key: publicKey,
    public_key: publicKey,
    fingerprint,
    created_at: printInstant(createdAt),
    deleted_at: null,
  }
}
