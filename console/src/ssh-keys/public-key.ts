/** A public SSH key in parts: type, the key itself, and the comment that usually tells whose it is. */

export interface PublicKeyParts {
  readonly type: string
  /** The end of it, which is what differs. */
  readonly tail: string
  readonly comment: string | null
}

export function splitPublicKey(publicKey: string): PublicKeyParts {
  const [type = '', body = '', ...comment] = publicKey.trim().split(/\s+/)
  return { type, tail: body.length > 16 ? `…${body.slice(-16)}` : body, comment: comment.join(' ') || null }
}
