/** How keys look to people. */
import type { ApiKey } from '@keyporter/sdk'
import { printMinute, printSecond, renderJson, renderRecord, renderTable } from './table.js'

/** One line for each key. */
export function renderKeys(keys: readonly ApiKey[], now: Date): string[] {
  const heading = ['ID', 'NAME', 'KEY', 'RIGHTS', 'STATE', 'EXPIRES', 'LAST USED']
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.hint,
    key.rights,
    describeState(key, now),
    printMinute(key.expiresAt) ?? 'never',
    printMinute(key.lastUsedAt) ?? 'never',
  ])
  return renderTable(heading, rows)
}

/** All of one key, its permissions last. */
export function renderKey(key: ApiKey, now: Date): string[] {
  const lines = renderRecord([
    ['id', key.id],
    ['name', key.name],
    ['key', key.hint],
    ['state', describeState(key, now)],
    ['rights', [key.rights, key.primary ? 'primary' : null].filter(Boolean).join(', ')],
    ['account', key.userId],
    ['created', printSecond(key.createdAt)],
    ['created by key', key.createdByKeyId],
    ['not before', printSecond(key.notBefore)],
    ['expires', printSecond(key.expiresAt) ?? 'never'],
    ['addresses', key.ipWhitelist?.join(', ') ?? 'any'],
    ['reset', printSecond(key.resetAt)],
    ['last used', key.lastUsedAt ? `${printSecond(key.lastUsedAt)} from ${key.lastUsedAddress ?? '?'}` : 'never'],
  ])
  const params = key.keyParams === undefined ? [] : ['key_params', ...renderJson(key.keyParams)]
  return [...lines, ...params, 'permissions', ...renderJson(key.permissions)]
}

function describeState(key: ApiKey, now: Date): string {
  if (key.disabled) return 'disabled'
  if (key.expired) return 'expired'
  return key.notBefore && key.notBefore > now ? 'not yet' : 'active'
}
