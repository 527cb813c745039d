// Writes the documents that are made from code: run it after a build. With --check it writes nothing and fails when one
// of them is not what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { endpoints } from '../server/dist/http/endpoints/index.js'
import { buildOpenApi } from '../server/dist/http/openapi.js'
import { writeConfiguration } from './pages/configuration.js'
import { writeErrors } from './pages/errors.js'
import { writePermissions } from './pages/permissions.js'
import { reportProblems, rootDir } from './workspace.js'

const documents = {
  'docs/permissions.md': writePermissions(),
  'docs/errors.md': writeErrors(),
  'docs/configuration.md': writeConfiguration(),
  'docs/openapi.json': `${JSON.stringify(buildOpenApi(endpoints), null, 2)}\n`,
}

const stale = Object.entries(documents).filter(([path, text]) => read(path) !== text)

if (process.argv.includes('--check')) {
  reportProblems(
    'generated documents',
    stale.map(([path]) => `${path} is not up to date: run \`npm run generate\``),
  )
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(rootDir, path)), { recursive: true })
    writeFileSync(join(rootDir, path), text)
    console.log(`wrote ${path}`)
  }
}

function read(path) {
  const file = join(rootDir, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
