// docs/configuration.md: every setting, from the table that the program reads.
import { settings } from '../../server/dist/config/settings.js'
import { code, generatedNote, writeTable } from './markdown.js'

export function writeConfiguration() {
  const rows = Object.values(settings).map(({ env, type, default: preset, description, secret }) => [
    code(env),
    type,
    preset === null ? '' : code(preset),
    secret ? `${description} Secret: never shown, never logged.` : description,
  ])
  return `${generatedNote}

# Configuration

Settings are environment variables. An empty one counts as not given; one that cannot be used stops the start, with a
message that names it and what is allowed. Lists are separated by commas.

${writeTable(['variable', 'type', 'default', 'what it is'], rows)}
`
}
