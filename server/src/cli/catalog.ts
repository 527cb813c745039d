/** `show catalog`: what permissions can name. */
import { type CatalogEndpoint, printCatalogCategory, printCatalogEndpoint } from '@keyporter/sdk'
import type { Command } from 'commander'
import { UsageError } from './failure.js'
import { addVerb } from './program.js'
import type { Session } from './session.js'
import { renderTable } from './table.js'

export function addCatalogCommands(program: Command, session: Session): void {
  addVerb(program, 'show')
    .command('catalog')
    .description('list the endpoints that permissions can name')
    .option('--category <category>', 'only those of one category')
    .action((options: { category?: string }) => showCatalog(session, options.category))
}

async function showCatalog({ openPublicClient, output }: Session, category: string | undefined): Promise<void> {
  const { endpoints, categories } = await openPublicClient().showCatalog()
  const chosen = endpoints.filter((endpoint) => category === undefined || endpoint.category === category)
  if (category !== undefined && chosen.length === 0) {
    const names = categories.map(({ id }) => id)
    throw new UsageError(`there is no category "${category}"`, `categories: ${names.join(', ')}`)
  }
  const value = { endpoints: chosen.map(printCatalogEndpoint), categories: categories.map(printCatalogCategory) }
  output.result(value, renderTable(['CATEGORY', 'ENDPOINT', 'METHOD', 'PATH', 'PARAMETERS'], chosen.map(printRow)))
}

function printRow({ category, id, method, path, params }: CatalogEndpoint): string[] {
  const names = new Set(Object.values(params).flatMap(Object.keys))
  return [category, id, method, path, [...names].join(' ')]
}
