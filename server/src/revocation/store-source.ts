/** The store as a verifier's source: each method is one transaction of the revocation protocol, or one statement. */
import { randomUUID } from 'node:crypto'
import type { Presented, Principal } from '@keyporter/core'
import type { Loaded, Source, Touch } from '@keyporter/sdk'
import type { StoredKeySource } from '../actions/verify-source.js'
import { Fault } from '../fault.js'
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
}

/** Most changes read at once; a verifier that is further behind starts again with empty memory. */
const maxChanges = 10_000
const confirmationRows = 8

export function openStoreSource({ store, keys, host }: StoreSourceOptions): Omit<Source<Presented>, 'onWake'> {
  let confirmedReads = 0
  return {
    // Under the writers' lock: nobody commits between the position that is read and the row that claims it.
    register: () =>
      store.write(async (db) => {
        const [position, leaseMs] = [await getNewestPosition(db), await getLease(db)]
        const id = randomUUID()
        const storeNowMs = await store.now(db)
        await insertRegistration(db, { id, host, position, leaseMs, at: new Date(storeNowMs) })
        return { verifierId: id, position, leaseMs, storeNowMs }
      }),

    async renew(renewal) {
      const run = async (db: Db, locked: boolean) => {
        const settingMs = await getLease(db)
        // Every revoking call waits for the largest lease of any row: nobody has one longer than the setting asks for.
        const mayRaise = locked && renewal.leaseMs <= settingMs
        const storeNowMs = await renewRegistration(db, renewal, store.clock(), mayRaise)
        if (storeNowMs !== null) return { gone: false, settingMs, storeNowMs } as const
        const row = await findRegistration(db, renewal.verifierId)
        if (!row || !(await hasChange(db, renewal.position))) return { gone: true } as const
        if (renewal.leaseMs > row.lease_ms && !mayRaise) return locked ? ({ gone: true } as const) : null
        throw new Error('a later renewal came first')
      }
      const renewed = await store.beat((db) => run(db, false))
      if (renewed) return renewed
      // A lease is raised under the writers' lock, so that a revoker has read either the row before, and its change is
      // read by this cycle, or the row after.
      return (await store.write((db) => run(db, true)))!
    },

    async readChanges(standing) {
      const changes = await store.look((db) => listChangesAfter(db, standing, maxChanges))
      if (changes === null) {
        const row = await store.look((db) => findRegistration(db, standing.verifierId))
        if (row && row.cycle < standing.cycle) throw describeBehind()
      }
      return changes === null || changes.length === maxChanges ? { gone: true } : { gone: false, changes }
    },

    // One that is lost in a crash makes revokers wait longer; one that was seen was true, whatever becomes of it.
    report: (verifierId, position) => store.note((db) => reportPosition(db, verifierId, position, store.clock())),

    async deregister(verifierId) {
      await store.beat((db) => deleteRegistration(db, verifierId))
    },

    load: async (digest) => describeLoaded(await keys.find(digest)),

    // A deposed primary still answers reads, but confirms no commit: what was read counts only with one.
    loadConfirmed: (digest) =>
      store.readConfirmed(async (db) => {
        // Rows enough that those who read at once seldom wait for each other.
        const name = `${host}/${confirmedReads++ % confirmationRows}`
        await confirmPrimary(db, name, new Date(await store.now(db)))
        return describeLoaded(await keys.findIn(db, digest))
      }),
  }
}

/** The fault of a store that was asked for what is newer than all it has. */
export function describeBehind(): Fault {
  return new Fault('busy', 'The store that was asked is behind another; try again.')
}

export function describeLoaded(presented: Presented): Loaded<Presented> {
  if (presented.kind !== 'known' && presented.kind !== 'reset') return { value: null, dependsOn: [] }
  return { value: presented, dependsOn: listTouches(presented.principal) }
}

function listTouches(principal: Principal): Touch[] {
  const account: Touch = { kind: 'account', id: principal.account.id }
  if (principal.kind === 'key') return [{ kind: 'key', id: principal.key.id }, account]
  const { id, userId } = principal.session
  return [{ kind: 'session', id }, { kind: 'user', id: userId }, account]
}
