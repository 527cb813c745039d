/** The store as a verifier's source: each method is one transaction of the revocation protocol. */
import { randomUUID } from 'node:crypto'
import type { Presented } from '@keyporter/core'
import type { Loaded, Source } from '@keyporter/sdk'
import type { StoredKeySource } from '../actions/verify-source.js'
import { getNewestPosition, hasChange, listChangesAfter } from '../store/changes.js'
import {
  confirmPrimary,
  deleteRegistration,
  findRegistration,
  insertRegistration,
  renewRegistration,
  reportPosition,
} from '../store/registry.js'
import { getLease } from '../store/settings.js'
import type { Store } from '../store/store.js'
import type { Db } from '../store/tables.js'

export interface StoreSourceOptions {
  readonly store: Store
  /** Reads from the store, without any memory of its own. */
  readonly keys: StoredKeySource
  /** Where this verifier runs, for people. */
  readonly host: string
  /** Milliseconds of the store's clock. */
  readonly now: () => number
}

/** Most changes read at once; a verifier that is further behind starts again with empty memory. */
const maxChanges = 10_000

export function openStoreSource({ store, keys, host, now }: StoreSourceOptions): Omit<Source<Presented>, 'onWake'> {
  return {
    // Under the writers' lock: nobody commits between the position that is read and the row that claims it.
    register: () =>
      store.write(async (db) => {
        const [position, leaseMs] = [await getNewestPosition(db), await getLease(db)]
        const id = randomUUID()
        await insertRegistration(db, { id, host, position, leaseMs, at: new Date(now()) })
        return { verifierId: id, position, leaseMs, storeNowMs: now() }
      }),

    async renew(renewal) {
      const run = async (db: Db) => {
        const row = await findRegistration(db, renewal.verifierId)
        if (!row || !(await hasChange(db, renewal.position))) return { gone: true } as const
        if (row.cycle >= renewal.cycle) throw new Error('a later renewal came first')
        if (renewal.leaseMs > row.lease_ms) return null
        await renewRegistration(db, renewal, new Date(now()))
        return { gone: false, settingMs: await getLease(db), storeNowMs: now() } as const
      }
      const renewed = await store.beat(run)
      if (renewed) return renewed
      // A lease is raised under the writers' lock, so that a revoker has read either the row before, and its change is
      // read by this cycle, or the row after.
      return store.write(async (db) => {
        await renewRegistration(db, renewal, new Date(now()))
        return (await findRegistration(db, renewal.verifierId))
          ? { gone: false, settingMs: await getLease(db), storeNowMs: now() }
          : { gone: true }
      })
    },

    readChanges: (verifierId, position) =>
      store.beat(async (db) => {
        if (!(await findRegistration(db, verifierId))) return { gone: true }
        const changes = await listChangesAfter(db, position.seq, maxChanges)
        return changes.length === maxChanges ? { gone: true } : { gone: false, changes }
      }),

    async report(verifierId, position) {
      await store.beat(async (db) => {
        if (await hasChange(db, position)) await reportPosition(db, verifierId, position, new Date(now()))
      })
    },

    async deregister(verifierId) {
      await store.beat((db) => deleteRegistration(db, verifierId))
    },

    load: async (digest) => describeLoaded(await keys.find(digest)),

    // A deposed primary still answers reads, but confirms no commit: what was read counts only with one.
    loadConfirmed: (digest) =>
      store.beat(async (db) => {
        await confirmPrimary(db, host, new Date(now()))
        return describeLoaded(await keys.findIn(db, digest))
      }),
  }
}

function describeLoaded(presented: Presented): Loaded<Presented> {
  if (presented.kind !== 'known' && presented.kind !== 'reset') return { value: null, dependsOn: [] }
  const { key, account } = presented.principal
  return {
    value: presented,
    dependsOn: [
      { kind: 'key', id: key.id },
      { kind: 'account', id: account.id },
    ],
  }
}
