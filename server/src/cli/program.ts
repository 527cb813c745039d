/** The frame of the grammar: the program with its global options, and the verbs that commands hang on. */
import { Command } from 'commander'
import type { Output } from './output.js'

const verbs = {
  create: 'create an api-key, an ssh-key or an account',
  show: 'show the user, the catalog, one api-key or all api-keys, the ssh-keys, the denials, the verifiers or the peppers',
  update: 'update an api-key or an ssh-key',
  delete: 'delete an api-key or an ssh-key',
  reset: 'reset an api-key',
  set: 'set the api-key that commands use',
  suspend: 'suspend an account',
  resume: 'resume an account',
} as const

/** The program without commands. Throws `CommanderError` where it would end the process. */
export function openProgram(output: Output, version: string): Command {
  return new Command('keyporter')
    .description('Issues, scopes and revokes API keys, and serves the API behind them.')
    .version(version)
    .option('--url <url>', 'where the server is (KEYPORTER_URL, VAST_URL; http://127.0.0.1:7070)')
    .option(
      '--api-key <key>',
      'key to use; visible to others, so rather KEYPORTER_API_KEY, VAST_API_KEY or set api-key',
    )
    .option('--json', 'for programs: one JSON value on stdout, JSON on stderr')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.help(text),
      writeErr: (text) => output.usage(text),
      // Errors are said once, by whoever catches them.
      outputError: () => {},
    })
}

/** The command of a verb, made when it is first asked for. */
export function addVerb(program: Command, name: keyof typeof verbs): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).description(verbs[name])
}
