/** Why somebody came back from a provider for nothing: to the sign-in page, or to the account page from linking. */

const texts: Readonly<Record<string, string>> = {
  not_linked: 'Nobody here has that identity. Sign in with your password, then link it on the account page.',
  taken: 'Somebody else here has that identity. It can be linked to one account only.',
  full: 'You have as many identities as one can have. Unlink one first.',
  signed_out: 'You were signed out before the identity was linked. Sign in, then link it on the account page.',
  denied: 'The provider did not sign you in.',
  expired: 'That took too long, or was begun in another browser. Try again.',
  failed: 'What the provider sent back could not be verified. Try again.',
  unavailable: 'The provider does not answer. Try again later, or sign in with your password.',
  suspended: 'This account is suspended.',
  rate_limited: 'There were too many attempts from your address. Wait a moment, then try again.',
  busy: 'The server is busy. Try again in a moment.',
  not_configured: 'This server has no identity provider.',
}

/** Null without a code. Codes that are not known are quoted as far as they can be a code at all. */
export function describeProviderError(code: string | null): string | null {
  if (code === null) return null
  const known = Object.hasOwn(texts, code) ? texts[code] : undefined
  if (known !== undefined) return known
  return `The provider could not sign you in${/^[a-z_]{1,40}$/.test(code) ? ` (${code})` : ''}. Try again.`
}
