/** What every surface makes of what it received, before anything is decided (design section 2, ONE PATH). */
import type { Address } from './address.js'
import type { Target } from './canonical.js'
import type { KeyPrincipal } from './key.js'
import type { Principal } from './principal.js'

/** The bytes of a body; null when there is none; undefined when this surface does not see it. */
export type Body = Uint8Array | null | undefined

export interface AccessRequest {
  /** As sent; methods are case-sensitive (RFC 9110 section 9.1). */
  readonly method: string
  readonly target: Target
  readonly body: Body
  /** Content-Type and Content-Encoding as sent, null when absent: how somebody else may read the same bytes. */
  readonly contentType?: string | null
  readonly contentEncoding?: string | null
  /** Null when it cannot be told: then it is in no address list. */
  readonly client: Address | null
}

/** What a request presented to say who it is, after the lookup. */
export type Presented =
  | { readonly kind: 'none' }
  /** Malformed, never issued, or purged. */
  | { readonly kind: 'unknown' }
  /** The secret of a key before its reset. */
  | { readonly kind: 'reset'; readonly principal: KeyPrincipal }
  | { readonly kind: 'known'; readonly principal: Principal }
