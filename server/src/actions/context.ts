/** What every action is given. Actions know no HTTP, no clock and no randomness but these. */
import type { AccessRequest, Catalog, Principal } from '@keyporter/core'
import type { Peppers } from '../secrets.js'
import type { Store } from '../store/store.js'

/** Waits, after a confirmed commit, until no verifier decides by what was before. Never rejects; bounded by the lease. */
export interface Revoker {
  settle(logged: { readonly seq: number; readonly leaseMs: number }): Promise<void>
}

export interface Context {
  readonly store: Store
  readonly catalog: Catalog
  readonly peppers: Peppers
  readonly revoker: Revoker
  /** Milliseconds of the store's clock (decision A15). */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  /** What new secrets begin with. */
  readonly keyPrefix: string
  /** Refuse to create a key without a permission document (decision A2). */
  readonly strictPermissions: boolean
}

/** Who calls a management action: as admitted by `decide`, with the request that was judged. */
export interface Caller {
  readonly principal: Principal
  readonly request: AccessRequest
}
