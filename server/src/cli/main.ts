/** The command line from its words to its exit code. Server and database are loaded only by commands that need them. */
import { readFileSync } from 'node:fs'
import { loadConfig, readCliEnvironment } from '../config/load.js'
import { addAccountCommands } from './accounts.js'
import { addCatalogCommands } from './catalog.js'
import { addDenialCommands } from './denials.js'
import { addExplainCommand } from './explain.js'
import { describeFailure, type ExitCode } from './failure.js'
import { addIdentityCommands } from './identities.js'
import { addKeyCommands } from './keys.js'
import { openOutput } from './output.js'
import { addPepperCommands } from './peppers.js'
import { openProgram } from './program.js'
import { addServeCommand } from './serve.js'
import { type GlobalOptions, openSession, type Parts } from './session.js'
import { addSshKeyCommands } from './ssh-keys.js'
import { addUserCommands } from './users.js'
import { addVerifierCommands } from './verifiers.js'

/** Runs one command. `argv` is without the names of Node and of the program. */
export async function runCommand(argv: readonly string[]): Promise<ExitCode> {
  const output = openOutput({ json: argv.includes('--json') })
  const version = readVersion()
  const program = openProgram(output, version)
  const parts: Parts = {
    environment: readCliEnvironment(),
    loadConfig,
    openApp: async (config) => (await import('../app.js')).openApp(config),
    openCluster: async (config) => (await import('../app.js')).openCluster(config),
    openLocalContext: async (config, options) => (await import('../app.js')).openLocalContext(config, options),
  }
  const session = openSession(parts, output, version, () => program.opts<GlobalOptions>())
  try {
    addServeCommand(program, session)
    addKeyCommands(program, session)
    addSshKeyCommands(program, session)
    addDenialCommands(program, session)
    addIdentityCommands(program, session)
    addUserCommands(program, session)
    addCatalogCommands(program, session)
    addExplainCommand(program, session)
    addAccountCommands(program, session)
    addVerifierCommands(program, session)
    addPepperCommands(program, session)
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (thrown) {
    const failure = describeFailure(thrown, session.findKeySource())
    if (!failure) return 0
    output.fail(failure)
    return failure.exitCode
  }
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
