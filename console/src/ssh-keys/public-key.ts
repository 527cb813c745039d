/** A public SSH key in parts: its type, and the comment that usually tells whose it is. */

export interface PublicKeyParts {
  readonly type: string
  readonly comment: string | null
}

export function splitPublicKey(publicKey: string): PublicKeyParts {
  const [type = '', , ...comment] = publicKey.trim().split(/\s+/)
  return { type, comment: comment.join(' ') || null }
}
