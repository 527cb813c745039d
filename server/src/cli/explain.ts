/** `explain`: what a key would be answered, and why. */
import { type Explanation, printExplanation } from '@keyporter/sdk'
import type { Command } from 'commander'
import { parseId, readJsonArgument } from './arguments.js'
import type { Session } from './session.js'
import { renderJson, renderRecord } from './table.js'

interface ExplainOptions {
  body?: string
  clientAddress?: string
}

export function addExplainCommand(program: Command, session: Session): void {
  program
    .command('explain')
    .description('tell what a key would be answered, and why; nothing is executed')
    .argument('<key-id>', 'id of a key of the account', parseId)
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'path with query, as a client would send it')
    .option('--body <json>', 'JSON body, or @file')
    .option('--client-address <address>', 'address that the request would come from')
    .action((id: number, method: string, path: string, options: ExplainOptions) =>
      explain(session, id, method, path, options),
    )
}

async function explain(
  session: Session,
  id: number,
  method: string,
  path: string,
  options: ExplainOptions,
): Promise<void> {
  const request = {
    method,
    path,
    ...(options.body !== undefined && { body: readJsonArgument(options.body, '--body') }),
    ...(options.clientAddress !== undefined && { clientAddress: options.clientAddress }),
  }
  const explanation = await session.openClient().explain(id, request)
  session.output.result(printExplanation(explanation), render(explanation))
}

function render(explanation: Explanation): string[] {
  const { allowed, status, error, msg, reason, endpoint, category, place, rule, smallest } = explanation
  const lines = renderRecord([
    ['answer', allowed ? 'allowed' : `${status} ${error}`],
    ['message', msg],
    ['reason', reason],
    ['endpoint', endpoint],
    ['category', category],
    ['place', place],
    ['rule', rule],
  ])
  return smallest === null ? lines : [...lines, 'smallest permissions that allow it', ...renderJson(smallest)]
}
