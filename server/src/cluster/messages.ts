/** What the primary process and its workers say to each other. */
import type { Samples } from '../metrics.js'

export type ToWorker =
  /** Say what you have counted, under this number. */
  | { readonly kind: 'collect'; readonly id: number }
  /** Another worker has made the change `seq`. */
  | { readonly kind: 'changed'; readonly seq: number }
  /** The answer to `gather`: what every worker has counted. */
  | { readonly kind: 'gathered'; readonly id: number; readonly samples: readonly Samples[] }

export type ToPrimary =
  /** It cannot serve, and ends. `code` is that of a system error, for a hint. */
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | null }
  /** Tell the others of the change `seq`. */
  | { readonly kind: 'changed'; readonly seq: number }
  /** Ask every worker, this one included, what it has counted. */
  | { readonly kind: 'gather'; readonly id: number }
  /** The answer to `collect`. */
  | { readonly kind: 'collected'; readonly id: number; readonly samples: Samples }
