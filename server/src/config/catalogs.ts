/** The catalog that requests are read by: Keyporter's own endpoints, and those of the upstream. */
import { readFileSync } from 'node:fs'
import { builtinCatalog, type Catalog, CatalogError, type CatalogSource, loadCatalog } from '@keyporter/core'
import { type Config, ConfigError } from './load.js'

/** Shipped catalogs by name, others by path. Throws `ConfigError`, which names the file. */
export function loadCatalogs(config: Config): Catalog {
  const sources = config.catalog.map((name) => ({ own: false, entries: readCatalog(name) }))
  try {
    return loadCatalog([describeOwn(config), ...sources])
  } catch (error) {
    if (error instanceof CatalogError) throw new ConfigError(`KEYPORTER_CATALOG: ${error.message}`, { cause: error })
    throw error
  }
}

/** What Keyporter itself serves; who may read the metrics is for the operator to say. */
function describeOwn({ metrics }: Config): CatalogSource {
  if (metrics !== 'public') return builtinCatalog
  const entries = builtinCatalog.entries as readonly { readonly id: string }[]
  const open = entries.map((entry) => (entry.id === 'api.keyporter.metrics' ? { ...entry, category: 'public' } : entry))
  return { ...builtinCatalog, entries: open }
}

function readCatalog(name: string): unknown {
  const shipped = /^[a-z0-9-]+$/.test(name)
  const file = shipped ? new URL(`../../catalogs/${name}.json`, import.meta.url) : name
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const problem = shipped
      ? 'is not a shipped catalog; for a file of your own give its path, ending in .json'
      : 'cannot be read as JSON'
    throw new ConfigError(`KEYPORTER_CATALOG: ${name} ${problem}`, { cause: error })
  }
}
