/** What the gateway is given: one request that was allowed, with the very request that was judged. */
import type { IncomingMessage } from 'node:http'
import type { AccessRequest, Allow } from '@keyporter/core'
import type { Denied, Fault } from '../fault.js'

export interface Exchange {
  /** Read for its headers, its socket and, unless the body was buffered, its body. Method and target come from `request`. */
  readonly req: IncomingMessage
  readonly requestId: string
  /** As judged. A body that is bytes or null goes up as it is; undefined means that nobody has read it yet. */
  readonly request: AccessRequest
  readonly decision: Allow
  /** The client's address in canonical text; null when it cannot be told. */
  readonly clientText: string | null
  /** SHA-256 of the secret; null where none was looked up. What the exchange is decided again by. */
  readonly digest: string | null
  /** How many changes the verifier had applied when the request came in. */
  readonly epoch: number
}

/** An exchange or a tunnel between decision and end. */
export interface Running {
  readonly exchange: Exchange
  /** Ends it now on both sides. Where the client has seen nothing yet, it is answered with this. Needs no receiver. */
  readonly abort: (reason: Fault | Denied) => void
}
