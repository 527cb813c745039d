/**
 * What each error means and what to do about it, as data: docs/errors.md is generated from it. Does not compile while an
 * error or a reason is missing.
 */
import type { Denial, DenyReason } from '@keyporter/core'
import type { FaultCode } from '../fault.js'

export interface ErrorGuide {
  readonly meaning: string
  readonly remedy: string
}

/** A denial as it could occur, for its status, its code and its message. */
export type DenialGuide<R extends DenyReason> = ErrorGuide & { readonly example: Extract<Denial, { reason: R }> }

export const denialGuide: { readonly [R in DenyReason]: DenialGuide<R> } = {
  bad_request: {
    example: { reason: 'bad_request', problem: 'the path has a . or .. segment' },
    meaning: 'The request line or the credentials can be read in more than one way, so nothing was decided.',
    remedy: 'Send one Authorization header, and a path in its plain form: decoded once, without dot segments.',
  },
  forbidden_origin: {
    example: { reason: 'forbidden_origin' },
    meaning:
      'The request carries the cookie of a console session, and does not say that a page of the console sent it.',
    remedy:
      'Programs use keys. Behind a proxy that changes the Host header, the operator sets `KEYPORTER_CONSOLE_URL`; a console sends `X-Keyporter-Console: 1`.',
  },
  no_credentials: {
    example: { reason: 'no_credentials' },
    meaning: 'The request carries no key.',
    remedy: 'Send `Authorization: Bearer` and the secret. An empty environment variable is the usual cause.',
  },
  unknown_key: {
    example: { reason: 'unknown_key' },
    meaning: 'There is no key with this secret: a typo, another server, or something that is no secret at all.',
    remedy: 'Compare the last four characters with the hint in the list of keys. Create a new key if it is lost.',
  },
  reset: {
    example: { reason: 'reset' },
    meaning: 'The key has a newer secret.',
    remedy: 'Use the secret that the reset answered with, or reset the key again.',
  },
  deleted: {
    example: { reason: 'deleted' },
    meaning: 'The key was deleted. It does not come back.',
    remedy: 'Create another one.',
  },
  disabled: {
    example: { reason: 'disabled' },
    meaning: 'The key is switched off.',
    remedy: 'Update it with `"disabled": false`, with another key.',
  },
  revoked: {
    example: { reason: 'revoked' },
    meaning: 'The console session was signed out, or revoked, or ended by a new password.',
    remedy: 'Sign in again.',
  },
  expired: {
    example: { reason: 'expired' },
    meaning: 'The key has reached its `expires_at`, or the console session its end.',
    remedy: 'Update the key with a later `expires_at`, with another key, or create a new one; sign in again.',
  },
  not_yet: {
    example: { reason: 'not_yet' },
    meaning: 'The key has not reached its `not_before`.',
    remedy: 'Wait, or update it with an earlier `not_before`, with another key.',
  },
  suspended: {
    example: { reason: 'suspended' },
    meaning: 'The account that owns the key is suspended; all its keys are.',
    remedy: 'The operator resumes it with `keyporter resume account`.',
  },
  address: {
    example: { reason: 'address' },
    meaning: 'The client address is not in the address list of the key, or cannot be told.',
    remedy: 'Update the `ip_whitelist` of the key. Behind a proxy, the operator sets `KEYPORTER_TRUSTED_PROXIES`.',
  },
  not_in_catalog: {
    example: { reason: 'not_in_catalog' },
    meaning: 'No catalog knows this method and path, so no permission can name it.',
    remedy:
      'Check method and path. The operator may add the endpoint to a catalog; a full-access key may use it as it is.',
  },
  permission: {
    example: { reason: 'permission', category: 'instance_read', endpointId: 'api.instance.show' },
    meaning: 'The key is good, and its permissions do not contain the endpoint.',
    remedy:
      'Add the category, or the endpoint alone, to the permissions of the key. `keyporter explain` shows the smallest document.',
  },
  constraint: {
    example: { reason: 'constraint', endpointId: 'api.instance.show', parameter: 'id', problem: 'value' },
    meaning: 'The permissions contain the endpoint, but not with this value of the parameter, or not without it.',
    remedy: 'Send the parameter where it belongs, with a value that the key is meant for, or change the constraint.',
  },
  body: {
    example: { reason: 'body', endpointId: 'api.instance.manage', problem: 'it is not an object' },
    meaning: 'A constraint has to look into the body, and the body cannot be judged.',
    remedy: 'Send one JSON object in UTF-8, without repeated members, without Content-Encoding.',
  },
}

export const faultGuide: { readonly [C in FaultCode]: ErrorGuide } = {
  bad_request: {
    meaning: 'The request is malformed, or a member has a value that is not allowed. The message names it.',
    remedy: 'Correct what the message names. Nothing was changed.',
  },
  invalid_permissions: {
    meaning: 'The permission document names something that does not exist, or is not of the right form.',
    remedy: 'See the [permissions](permissions.md) page. Pass the JSON object itself, not a file name.',
  },
  missing_permissions: {
    meaning: 'This server wants every new key to say what it may do (`KEYPORTER_STRICT_PERMISSIONS`).',
    remedy: 'Give `permissions`.',
  },
  invalid_key_params: {
    meaning: '`key_params` is not an object, or its `ip_whitelist` is not a list of addresses.',
    remedy: 'Give an object, the JSON text of one, or null.',
  },
  auth_error: {
    meaning: 'Signing in failed: the e-mail, the password or the sign-in link is wrong, or the link was used already.',
    remedy: 'Check what was typed. Whoever holds the server makes another link with `keyporter sign-in-link`.',
  },
  not_authorized: {
    meaning: 'The calling key reaches for more than it has itself: to give, to change, to reset or to delete.',
    remedy: 'Ask for less, or use a key with the powers that the message names.',
  },
  not_found: {
    meaning: 'There is no such endpoint, or no such key in your account. Keys of others are not found either.',
    remedy: 'Check the path and the id.',
  },
  no_ssh_key: {
    meaning: 'Your account has no SSH key with this id.',
    remedy: 'Look up the id in the list of SSH keys.',
  },
  conflict: {
    meaning: 'Something that must be unique exists already: the e-mail of an account, or an SSH key within one.',
    remedy: 'Choose another value.',
  },
  timeout: { meaning: 'The body did not arrive in time.', remedy: 'Send it again, faster.' },
  too_large: {
    meaning: 'The body is larger than 1 MiB where it has to be read whole: for Keyporter itself, or for a constraint.',
    remedy: 'Send less, or use a key without a constraint on this endpoint.',
  },
  unsupported_media_type: {
    meaning: 'The body is not declared as JSON, or is compressed.',
    remedy: 'Send `Content-Type: application/json` and no `Content-Encoding`.',
  },
  headers_too_large: { meaning: 'Request line and headers are too large.', remedy: 'Send fewer or shorter headers.' },
  rate_limited: {
    meaning:
      'Too many unknown secrets came from your address, or too many attempts to sign in, most of all failed ones.',
    remedy: 'Wait as many seconds as `Retry-After` says. A good key is answered all the while.',
  },
  internal: {
    meaning: 'A mistake in Keyporter.',
    remedy: 'Report it with the request id; the log has the cause under the same id.',
  },
  outcome_unknown: {
    meaning:
      'The store did not confirm a change: it may or may not be in force. `id`, and `secret` where one was made, come along.',
    remedy: 'Look what holds before you repeat it. Keep the secret: it is shown nowhere else.',
  },
  not_implemented: {
    meaning: 'The request is permitted, but there is no upstream to forward it to.',
    remedy: 'The operator sets `KEYPORTER_UPSTREAM`.',
  },
  upstream_failed: {
    meaning: 'The upstream refused the connection, or broke it before its answer.',
    remedy: 'Try again; if it stays, the operator looks after the upstream.',
  },
  busy: {
    meaning: 'The store is busy. Nothing was changed.',
    remedy: 'Try again after as many seconds as `Retry-After` says.',
  },
  upstream_timeout: {
    meaning: 'The upstream did not answer in time. It may have done what was asked all the same.',
    remedy: 'Look before you repeat what is not safe to repeat.',
  },
}
