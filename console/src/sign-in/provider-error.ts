/** Why a sign-in by a provider came back without a session. */

const texts: Readonly<Record<string, string>> = {
  not_linked:
    'No account here is linked to that identity. Sign in with your password, then link it on the account page.',
  denied: 'The provider did not sign you in.',
  expired: 'That took too long, or was begun in another browser. Try again.',
  failed: 'What the provider sent back could not be trusted. Try again.',
  unavailable: 'The provider does not answer. Try again later.',
  taken: 'That identity is linked to another account.',
  rate_limited: 'Too many attempts. Wait a minute, then try again.',
  not_configured: 'No identity provider is configured here.',
  suspended: 'This account is suspended.',
}

/** Null without a code. Codes that are not known are quoted as far as they can be a code at all. */
export function describeProviderError(code: string | null): string | null {
  if (code === null) return null
  const known = Object.hasOwn(texts, code) ? texts[code] : undefined
  if (known !== undefined) return known
  return `The provider could not sign you in${/^[a-z_]{1,40}$/.test(code) ? ` (${code})` : ''}. Try again.`
}
