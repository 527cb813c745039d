// Creates and deletes keys until it is killed. Says on stdout what it is about to do and what was confirmed, one line each,
// written at once. Arguments: data folder.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { builtinCatalog, canonicaliseTarget, loadCatalog } from '@keyporter/core'
import { ensureFirstAccount, issueAdminKey } from '../../dist/actions/accounts.js'
import { createKey, deleteKey } from '../../dist/actions/keys.js'
import { openKeySource } from '../../dist/actions/verify-source.js'
import { digestSecret, openPeppers } from '../../dist/secrets.js'
import { initialiseLease } from '../../dist/store/settings.js'
import { openStore } from '../../dist/store/store.js'

const dataDir = process.argv[2]
const say = (line) => writeSync(1, `${line}\n`)

const store = await openStore({ dataDir })
const context = {
  store,
  catalog: loadCatalog([builtinCatalog]),
  peppers: openPeppers({ dataDir, hasKeys: await store.hasKeys() }),
  revoker: { settle: async () => {} },
  now: Date.now,
  random: (bytes) => randomBytes(bytes),
  keyPrefix: 'kp_',
  strictPermissions: false,
}
await store.write((db) => initialiseLease(db, 2_000))
await ensureFirstAccount(context, 'admin@localhost')
const { secret } = await issueAdminKey(context)
const { principal } = await openKeySource(context).find(digestSecret(secret))
const { target } = canonicaliseTarget('/api/v0/auth/apikeys/')
const caller = { principal, request: { method: 'POST', target, body: null, client: null } }
const input = { permissions: {}, keyParams: undefined, expiresAt: null, notBefore: null, addresses: null }

const alive = []
for (let i = 0; ; i++) {
  if (alive.length > 3 && randomBytes(1)[0] < 100) {
    const id = alive.splice(randomBytes(1)[0] % alive.length, 1)[0]
    say(`deleting ${id}`)
    await deleteKey(context, caller, id)
    say(`deleted ${id}`)
  } else {
    const name = `${process.pid}-${i}`
    say(`creating ${name}`)
    const { key, secret } = await createKey(context, caller, { ...input, name })
    alive.push(key.id)
    say(`created ${name} ${key.id} ${digestSecret(secret)}`)
  }
}
