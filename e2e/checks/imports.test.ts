// The check of import directions must be able to fail: each rule is broken once here, in sources that exist only in memory.
import { describe, expect, it } from 'vitest'
import { findImportProblems } from '../../scripts/check-imports.js'

const declared = {
  core: [],
  sdk: ['@keyporter/core'],
  server: ['fastify', '@keyporter/core'],
  console: ['react', '@keyporter/sdk'],
}

function judge(files: Record<string, string>): string[] {
  return findImportProblems(new Map(Object.entries(files)), declared)
}

const empty = 'export {}\n'

describe('import directions', () => {
  const allowed: [string, Record<string, string>][] = [
    ['core imports its own files', { 'core/src/a.ts': "import { b } from './b.js'\n", 'core/src/b.ts': empty }],
    ['sdk imports core', { 'sdk/src/a.ts': "import { b } from '@keyporter/core'\n" }],
    [
      'server imports builtins and declared packages',
      { 'server/src/a.ts': "import fs from 'node:fs'\nimport f from 'fastify'\n" },
    ],
    ['actions import store', { 'server/src/actions/a.ts': "import { b } from '../store/b.js'\n" }],
    ['http imports actions', { 'server/src/http/a.ts': "import { b } from '../actions/b.js'\n" }],
    ['a layer imports shared ground', { 'server/src/store/a.ts': "import { b } from '../config/b.js'\n" }],
    ['app.ts imports every layer', { 'server/src/app.ts': "import './http/a.js'\nimport './store/b.js'\n" }],
    ['a command imports app.ts', { 'server/src/cli/a.ts': "import '../app.js'\n" }],
    ['the listener imports authz', { 'server/src/http/listener.ts': "import '../authz/a.js'\n" }],
    [
      'a page of the console imports a component and the sdk',
      {
        'console/src/pages/a.tsx': "import { B } from '../components/b.js'\nimport { c } from '@keyporter/sdk'\n",
        'console/src/components/b.tsx': empty,
      },
    ],
    ['the theme is kept in the browser', { 'console/src/theme.ts': "localStorage.setItem('a', 'b')\n" }],
    ['comments and strings import nothing', { 'core/src/a.ts': "// import 'x'\nconst a = `\nimport 'x'`\n" }],
  ]
  it.each(allowed)('allows: %s', (_name, files) => {
    expect(judge(files)).toEqual([])
  })

  const refused: [string, string, string, string][] = [
    ['core imports a package', 'core/src/a.ts', "import f from 'fastify'", 'core must not import fastify'],
    ['core imports a builtin', 'core/src/a.ts', "import 'node:crypto'", 'core must not import node:crypto'],
    ['core imports sdk', 'core/src/a.ts', "import { b } from '@keyporter/sdk'", 'core must not import @keyporter/sdk'],
    [
      'core imports a type of a package',
      'core/src/a.ts',
      "import type { F } from 'fastify'",
      'core must not import fastify',
    ],
    ['core re-exports a package', 'core/src/a.ts', "export * from 'fastify'", 'core must not import fastify'],
    ['sdk imports a builtin', 'sdk/src/a.ts', "import { b } from 'node:buffer'", 'sdk must not import node:buffer'],
    ['sdk loads a package later', 'sdk/src/a.ts', "const f = await import('fastify')", 'sdk must not import fastify'],
    ['sdk reaches into core', 'sdk/src/a.ts', "import { b } from '../../core/src/b.js'", 'outside sdk/src'],
    ['server imports what it does not declare', 'server/src/a.ts', "import ws from 'ws'", 'server must not import ws'],
    ['server imports node:process', 'server/src/a.ts', "import { env } from 'node:process'", 'imports node:process'],
    [
      'the console reaches into the sdk',
      'console/src/a.tsx',
      "import { b } from '../../sdk/src/b.js'",
      'outside console',
    ],
    [
      'the console imports a builtin',
      'console/src/a.tsx',
      "import fs from 'node:fs'",
      'console must not import node:fs',
    ],
    [
      'the console calls past the sdk',
      'console/src/a.tsx',
      "const a = <a>{fetch('/keys')}</a>",
      'touches the network, which is the business of the sdk',
    ],
    [
      'the console keeps something in the browser',
      'console/src/pages/a.tsx',
      "const a = <p>it</p>; sessionStorage.setItem('a', 'b')",
      'touches what the browser keeps, which is allowed only in console/src/theme.ts',
    ],
    [
      'store imports actions',
      'server/src/store/a.ts',
      "import { b } from '../actions/b.js'",
      'store imports actions upwards',
    ],
    [
      'http imports gateway',
      'server/src/http/a.ts',
      "import { b } from '../gateway/b.js'",
      'http imports gateway sideways',
    ],
    [
      'http imports store',
      'server/src/http/a.ts',
      "import { b } from '../store/b.js'",
      'http imports store past the layer',
    ],
    [
      'cli imports store',
      'server/src/cli/keys.ts',
      "import { b } from '../store/b.js'",
      'cli imports store past the layer',
    ],
    [
      'shared ground imports a layer',
      'server/src/log.ts',
      "import { b } from './store/b.js'",
      'shared ground must not import',
    ],
    [
      'a layer imports app.ts',
      'server/src/http/a.ts',
      "import { b } from '../app.js'",
      'imports server/src/app.ts, which wires',
    ],
    [
      'a command imports main.ts',
      'server/src/cli/a.ts',
      "import '../main.js'",
      'imports server/src/main.ts, which wires',
    ],
    ['the listener imports store', 'server/src/http/listener.ts', "import '../store/a.js'", 'http imports store past'],
    [
      'another http file imports authz',
      'server/src/http/a.ts',
      "import '../authz/a.js'",
      'http imports authz sideways',
    ],
  ]
  it.each(refused)('refuses: %s', (_name, path, source, message) => {
    const problems = judge({ [path]: `${empty}${source}\n` })
    expect(problems).toEqual([expect.stringContaining(message)])
    expect(problems[0]).toContain(`${path}:2: `)
  })

  it('refuses an import over several lines and names its last line', () => {
    expect(judge({ 'core/src/a.ts': "import {\n  b,\n  c,\n} from 'fastify'\n" })).toEqual([
      'core/src/a.ts:4: core must not import fastify',
    ])
  })

  it('allows a cycle that only types close', () => {
    const problems = judge({
      'core/src/a.ts': "import './b.js'\n",
      'core/src/b.ts': "import type { A } from './a.js'\nexport type { B } from './a.js'\n",
    })
    expect(problems).toEqual([])
  })

  it('refuses a cycle of three files', () => {
    const problems = judge({
      'core/src/a.ts': "import './b.js'\n",
      'core/src/b.ts': "import './c.js'\n",
      'core/src/c.ts': "import './a.js'\n",
    })
    expect(problems).toEqual(['import cycle: core/src/a.ts → core/src/b.ts → core/src/c.ts → core/src/a.ts'])
  })
})

describe('what happens in one place', () => {
  const misplaced: [string, string, string, string][] = [
    ['the environment', 'server/src/http/a.ts', 'const a = process.env.HOME', 'server/src/config/load.ts'],
    [
      'the environment in a template',
      'server/src/a.ts',
      ['const a = `x ', '{process.env.HOME} y`'].join('$'),
      'server/src/config/load.ts',
    ],
    [
      'the environment after a regular expression',
      'server/src/a.ts',
      'const a = [/`/, process.env.HOME]',
      'server/src/config/load.ts',
    ],
    ['the exit code', 'server/src/cli/a.ts', 'process.exitCode = 1', 'server/src/main.ts'],
    ['the exit', 'server/src/cli/a.ts', 'process.exit(1)', 'server/src/main.ts'],
    ['stdout', 'server/src/app.ts', "process.stdout.write('x')", 'server/src/cli/output.ts'],
    ['the console', 'server/src/app.ts', "console.log('x')", 'server/src/cli/output.ts'],
    ['the clock in core', 'core/src/a.ts', 'const a = Date.now()', 'nowhere here'],
    ['randomness in core', 'core/src/a.ts', 'const a = Math.random()', 'nowhere here'],
  ]
  it.each(misplaced)('refuses %s anywhere else', (_name, path, source, place) => {
    expect(judge({ [path]: `${empty}${source}\n` })).toEqual([expect.stringMatching(`^${path}:2: touches .*${place}$`)])
  })

  const placed: [string, string, string][] = [
    ['the environment in config/load.ts', 'server/src/config/load.ts', 'const a = process.env'],
    ['the exit code in main.ts', 'server/src/main.ts', 'process.exitCode = 1'],
    ['stdout in cli/output.ts', 'server/src/cli/output.ts', "process.stdout.write('x')"],
    ['a comment or a string that names it', 'server/src/a.ts', "// process.env\nconst a = 'process.env'"],
    ['a template that names it', 'server/src/a.ts', 'const a = `process.env`'],
    ['a regular expression with quotes before it', 'server/src/a.ts', 'const a = /["\'`]/\nconst b = "process.env"'],
    ['a date that was given', 'core/src/a.ts', 'const a = new Date(at)'],
  ]
  it.each(placed)('allows %s', (_name, path, source) => {
    expect(judge({ [path]: `${source}\n` })).toEqual([])
  })
})
