/**
 * The catalog of what Keyporter itself serves, always loaded beside the operator's (decision A27). Where the shipped
 * `vast` catalog describes the same route, id, method and path agree with it.
 */
import type { CatalogSource } from './catalog.js'

const keySettings = {
  name: 'string',
  permissions: 'object',
  disabled: 'boolean',
  expires_at: 'number',
  not_before: 'number',
  ip_whitelist: 'array<string>',
}

export const builtinCatalog: CatalogSource = {
  own: true,
  entries: [
    entry('api.apikey.list', 'Show API keys', 'GET', '/api/v0/auth/apikeys/', 'user_read', {
      query: {
        limit: 'integer',
        offset: 'integer',
        search: 'string',
        status: 'string',
        unused_days: 'integer',
        sort: 'string',
        order: 'string',
      },
    }),
    entry('api.apikey.create', 'Create API key', 'POST', '/api/v0/auth/apikeys/', 'user_write', {
      body: { ...keySettings, key_params: 'object', expires_in: 'number' },
    }),
    entry('api.apikey.show', 'Show API key', 'GET', '/api/v0/auth/apikeys/{id}/', 'user_read', {
      path: { id: 'integer' },
    }),
    entry('api.apikey.update', 'Update API key', 'PUT', '/api/v0/auth/apikeys/{id}/', 'user_write', {
      path: { id: 'integer' },
      body: keySettings,
    }),
    entry('api.apikey.delete', 'Delete API key', 'DELETE', '/api/v0/auth/apikeys/{id}/', 'user_write', {
      path: { id: 'integer' },
    }),
    entry('api.apikey.reset_one', 'Reset API key', 'PUT', '/api/v0/auth/apikeys/{id}/reset/', 'user_write', {
      path: { id: 'integer' },
    }),
    entry('api.apikey.reset', 'Reset the presenting API key', 'PUT', '/api/v0/commands/reset_apikey/', 'user_write', {
      body: { client_id: 'string' },
    }),
    entry('api.session.list', 'Show sessions', 'GET', '/api/v0/auth/sessions/', 'user_read'),
    entry('api.session.revoke_others', 'Revoke all other sessions', 'DELETE', '/api/v0/auth/sessions/', 'user_write'),
    entry('api.session.revoke', 'Revoke session', 'DELETE', '/api/v0/auth/sessions/{id}/', 'user_write', {
      path: { id: 'integer' },
    }),
    entry('api.user.current', 'Show user', 'GET', '/api/v0/users/current/', 'user_read'),
    entry('api.user.update', 'Update user', 'PUT', '/api/v0/users/', 'user_write', {
      body: { email: 'string', normalized_email: 'string', username: 'string', fullname: 'string', ssh_key: 'string' },
    }),
    entry('api.ssh_key.list', 'Show SSH keys', 'GET', '/api/v0/ssh/', 'user_read'),
    entry('api.ssh_key.create', 'Create SSH key', 'POST', '/api/v0/ssh/', 'user_write', {
      body: { ssh_key: 'string' },
    }),
    entry('api.ssh_key.update', 'Update SSH key', 'PUT', '/api/v0/ssh/{id}/', 'user_write', {
      path: { id: 'integer' },
      body: { id: 'integer', ssh_key: 'string' },
    }),
    entry('api.ssh_key.delete', 'Delete SSH key', 'DELETE', '/api/v0/ssh/{id}/', 'user_write', {
      path: { id: 'integer' },
    }),
    entry('api.public.gpu_names', 'List GPU names', 'GET', '/api/v0/gpu_names/unique/', 'public'),
    entry('api.public.gpu_types', 'List GPU types', 'GET', '/api/v0/gpu_types/', 'public'),
    entry('api.apikey.explain', 'Explain a decision', 'POST', '/keyporter/explain', 'user_read', {
      body: { key_id: 'integer', request: 'object' },
    }),
    entry('api.keyporter.denials', 'Show denials', 'GET', '/keyporter/denials', 'user_read', {
      query: { limit: 'integer' },
    }),
    entry('api.keyporter.verify', 'Check requests of keys', 'POST', '/keyporter/verify', 'verify'),
    ...['register', 'renew', 'changes', 'report', 'deregister', 'load', 'load_confirmed'].map((step) =>
      entry(`api.verifier.${step}`, `Verifier feed: ${step}`, 'POST', `/keyporter/verifier/${step}`, 'verify'),
    ),
    entry('api.verifier.wait', 'Verifier feed: wait', 'GET', '/keyporter/verifier/wait', 'verify', {
      query: { since: 'integer' },
    }),
    entry('api.keyporter.whoami', 'Show who is calling', 'GET', '/keyporter/whoami', 'any_key'),
    entry('api.sign_in.methods', 'Show the ways to sign in', 'GET', '/keyporter/sign-in', 'public'),
    entry('api.sign_in.password', 'Sign in by password', 'POST', '/keyporter/sign-in', 'public'),
    entry('api.sign_in.link', 'Sign in by link', 'POST', '/keyporter/sign-in/link', 'public'),
    entry('api.sign_in.end', 'Sign out', 'POST', '/keyporter/sign-out', 'public'),
    entry('api.identity.list', 'Show identities', 'GET', '/keyporter/identities', 'user_read'),
    entry('api.identity.link', 'Link an identity', 'POST', '/keyporter/identities', 'any_key'),
    entry('api.identity.unlink', 'Unlink identity', 'DELETE', '/keyporter/identities/{id}', 'user_write', {
      path: { id: 'integer' },
    }),
    entry('api.oidc.start', 'Sign in by OpenID Connect', 'GET', '/keyporter/oidc/start', 'public'),
    entry('api.oidc.callback', 'Come back from the OpenID provider', 'GET', '/keyporter/oidc/callback', 'public'),
    entry('api.sign_in.change_password', 'Change password', 'PUT', '/keyporter/password', 'any_key'),
    entry('api.sign_in.change_email', 'Change the email to sign in by', 'PUT', '/keyporter/email', 'any_key'),
    entry('api.keyporter.catalog', 'Show the catalog', 'GET', '/keyporter/catalog', 'public'),
    entry('api.keyporter.openapi', 'OpenAPI document', 'GET', '/keyporter/openapi.json', 'public'),
    entry('api.keyporter.healthz', 'Liveness', 'GET', '/keyporter/healthz', 'public'),
    entry('api.keyporter.readyz', 'Readiness', 'GET', '/keyporter/readyz', 'public'),
    entry('api.keyporter.metrics', 'Metrics', 'GET', '/keyporter/metrics', 'operate'),
    entry('api.keyporter.verifiers', 'List verifiers', 'GET', '/keyporter/verifiers', 'operate'),
  ],
}

function entry(
  id: string,
  title: string,
  method: string,
  path: string,
  category: string,
  params: Record<string, Record<string, string>> = {},
): Record<string, unknown> {
  return { id, title, method, path, category, params }
}
