/** Identities at an OpenID provider by which the user signs in. */
import {
  integer,
  isoInstant,
  nullable,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  text,
} from './shape.js'

export interface LinkedIdentity {
  readonly id: number
  /** The provider. */
  readonly issuer: string
  /** What the provider knows the person by. */
  readonly subject: string
  /** As the provider told it; it proves nothing here. */
  readonly email: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

const identityShape: Shape<LinkedIdentity> = {
  id: integer('id'),
  issuer: text('issuer'),
  subject: text('subject'),
  email: nullable(text('email')),
  createdAt: isoInstant('created_at'),
  lastUsedAt: nullable(isoInstant('last_used_at')),
}

export function readIdentityList(json: unknown): LinkedIdentity[] {
  return readMemberList(json, 'identities', (identity) => readShape(identityShape, identity))
}

/** Where to send the browser. */
export function readDeparture(json: unknown): { readonly url: string } {
  return { url: readMember(readObject(json), 'url', text('url').read) }
}
