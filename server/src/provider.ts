/**
 * An OpenID provider (OpenID Connect Core 1.0, code flow with PKCE). It is asked for its metadata when it is first needed,
 * and again when it was away: nothing here waits for it at the start.
 */
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  None,
  ResponseBodyError,
  type ServerMetadata,
} from 'openid-client'
import { isInsecureLoopback } from './config/loopback.js'

export interface ProviderOptions {
  /** Its issuer identifier. */
  readonly issuer: string
  readonly clientId: string
  /** Null for a public client. */
  readonly clientSecret: string | null
  /** What people call it. */
  readonly name: string
  /** Where it sends browsers back to. */
  readonly redirectUri: string
}

/** What binds an answer to its question. */
export interface Challenge {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who somebody is there. */
export interface ProvenIdentity {
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
}

export interface Provider {
  readonly name: string
  /** Where to send a browser. Throws `ProviderError`. */
  buildUrl(challenge: Challenge): Promise<string>
  /** What the query of a browser that came back proves. Throws `ProviderError`. */
  redeem(query: URLSearchParams, challenge: Challenge): Promise<ProvenIdentity>
}

/** `unavailable`: it does not answer. `denied`: it said no. `failed`: what came back proves nothing. */
export type ProviderProblem = 'unavailable' | 'denied' | 'failed'

export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly problem: ProviderProblem

  constructor(problem: ProviderProblem, options: ErrorOptions) {
    super(`the OpenID provider: ${problem}`, options)
    this.problem = problem
  }
}

const timeoutSeconds = 5
const maxEmailLength = 254
/** Keys and endpoints of a provider change; rarely. */
const metadataMs = 3_600_000

/** `onProblem` is told in words why the provider is away, or what was wrong with its answer; nothing that it sent is secret there. */
export function openProvider(
  { issuer, clientId, clientSecret, name, redirectUri }: ProviderOptions,
  onProblem: (problem: ProviderProblem, why: string) => void = () => {},
): Provider {
  let known: { readonly until: number; readonly configuration: Promise<Configuration> } | null = null
  const configure = (): Promise<Configuration> => {
    if (known && performance.now() < known.until) return known.configuration
    const asked = { until: performance.now() + metadataMs, configuration: discover() }
    known = asked
    asked.configuration.catch(() => {
      if (known === asked) known = null
    })
    return asked.configuration
  }
  const discover = async () => {
    const insecure = isInsecureLoopback(issuer) ? [allowInsecureRequests] : []
    const found = await discovery(new URL(issuer), clientId, undefined, None(), {
      execute: insecure,
      timeout: timeoutSeconds,
    })
    const metadata = found.serverMetadata()
    const configuration = new Configuration(metadata, clientId, undefined, chooseAuth(metadata, clientSecret))
    configuration.timeout = timeoutSeconds
    for (const allow of insecure) allow(configuration)
    // The signature of the ID token too, not only the connection that it came by.
    enableNonRepudiationChecks(configuration)
    return configuration
  }

  return {
    name,
    buildUrl: ({ state, nonce, verifier }) =>
      orProblem(onProblem, async () => {
        const parameters = {
          redirect_uri: redirectUri,
          scope: 'openid email',
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }
        return buildAuthorizationUrl(await configure(), parameters).href
      }),
    redeem: (query, { state, nonce, verifier }) =>
      orProblem(onProblem, async () => {
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
        const tokens = await authorizationCodeGrant(await configure(), new URL(`${redirectUri}?${query}`), checks)
        const { iss: issuer, sub: subject, email } = tokens.claims()!
        if (!isSubject(subject)) throw new Error('the subject is not 1 to 255 printable ASCII characters')
        return { issuer, subject, email: isShowable(email) ? email : null }
      }),
  }
}

/** OpenID Connect Core 1.0, section 2: at most 255 ASCII characters. */
function isSubject(sub: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(sub)
}

/** It is for people alone: what no list can show, or no store keep, is left out. */
function isShowable(email: unknown): email is string {
  return typeof email === 'string' && email.length <= maxEmailLength && /^[^\p{C}\p{Z}]+$/u.test(email)
}

/** As the provider prefers; `client_secret_basic` where it does not say (OpenID Connect Discovery 1.0, section 3). */
function chooseAuth(metadata: Readonly<ServerMetadata>, clientSecret: string | null): ClientAuth {
  if (clientSecret === null) return None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic') ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret)
}

async function orProblem<T>(
  onProblem: (problem: ProviderProblem, why: string) => void,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    const problem = findProblem(cause)
    onProblem(problem, describe(cause))
    throw new ProviderError(problem, { cause })
  }
}

/** Messages and codes alone: what else the errors hold came from the provider, tokens among it. */
function describe(error: unknown): string {
  const words: string[] = []
  for (let each = error; each instanceof Error && words.length < 4; each = each.cause) {
    const code = 'code' in each && typeof each.code === 'string' ? ` (${each.code})` : ''
    const said = each instanceof ResponseBodyError || each instanceof AuthorizationResponseError ? ` ${each.error}` : ''
    words.push(`${each.message}${code}${said}`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200))
  }
  return words.join(': ')
}

function findProblem(error: unknown): ProviderProblem {
  if (error instanceof AuthorizationResponseError) return 'denied'
  if (error instanceof ResponseBodyError) return error.status >= 500 ? 'unavailable' : 'failed'
  // What `fetch` throws where nobody answers comes as a cause, or as it is.
  if (error instanceof TypeError || (error instanceof ClientError && error.cause instanceof TypeError))
    return 'unavailable'
  return error instanceof ClientError && unavailableCodes.has(error.code ?? '') ? 'unavailable' : 'failed'
}

/** Codes of openid-client for a provider that is there and does not answer as one. */
const unavailableCodes = new Set(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'])
