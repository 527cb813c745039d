// Checks who may import whom, and that what must happen in one place happens in one place.
// The direction of imports is the architecture: core ← sdk ← server and console, and inside the server
// store ← actions ← http, gateway, authz, cli, revocation, wired by app.ts alone.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { blankSource, lineAt, listImports } from './source-text.js'
import { isMain, reportProblems, rootDir } from './workspace.js'

const workspaces = ['core', 'sdk', 'server', 'console']

// `packages`: what may be imported besides the workspace's own files ('declared' = what its package.json lists).
const outsideRules = {
  core: { packages: [], builtins: [] },
  sdk: { packages: ['@keyporter/core'], builtins: [] },
  server: { packages: 'declared', builtins: 'any' },
  console: { packages: 'declared', builtins: [] },
}

// Folders of server/src from the bottom up. A file imports its own folder and the folder one step below;
// files and folders that are not listed are shared ground: anyone imports them, they import no layer.
const serverLayers = [['store'], ['actions'], ['http', 'gateway', 'authz', 'cli', 'revocation']]

// The files that wire import every layer; `importers` are the only ones that may import them.
const wiringFiles = {
  'server/src/app.ts': { importers: /^server\/src\/(?:main\.ts$|cli\/)/ },
  'server/src/main.ts': { importers: null },
}

// Where layers meet on purpose: [from, what it may import besides].
const meetingPoints = [
  // The listener and its two parts have each request authorised and hand it to the management API or to the gateway.
  [/^server\/src\/http\/(?:listener|arrival|admission)\.ts$/, /^server\/src\/(?:authz|gateway)\//],
  // The protocol passes renewals, changes and fills straight to the store.
  [/^server\/src\/revocation\//, /^server\/src\/store\//],
  // The one reader of the environment also reads the settings that the command line declares.
  [/^server\/src\/config\/load\.ts$/, /^server\/src\/cli\/environment\.ts$/],
]

// What is forbidden in code (comments and strings aside) everywhere in `scope`, except in the files of `allowed`.
const placeRules = [
  {
    scope: 'server/src/',
    pattern: /\bprocess\s*\.\s*env\b/,
    allowed: ['server/src/config/load.ts'],
    what: 'process.env',
  },
  {
    scope: 'server/src/',
    pattern: /\bprocess\s*\.\s*(?:exitCode|exit)\b/,
    allowed: ['server/src/main.ts'],
    what: 'the exit code',
  },
  {
    scope: 'server/src/',
    pattern: /\bprocess\s*\.\s*stdout\b|\bconsole\s*\.\s*(?:log|info|debug|table|dir)\b/,
    allowed: ['server/src/cli/output.ts'],
    what: 'stdout',
  },
  {
    scope: 'core/src/',
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bMath\s*\.\s*random\b|\bperformance\b/,
    allowed: [],
    what: 'clock or randomness',
  },
  {
    scope: 'console/src/',
    pattern: /\bfetch\s*\(|\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b/,
    allowed: [],
    what: 'the network, which is the business of the sdk',
  },
  {
    scope: 'console/src/',
    pattern: /\b(?:localStorage|sessionStorage|indexedDB|caches)\b|\bdocument\s*\.\s*cookie\b/,
    allowed: ['console/src/theme.ts'],
    what: 'what the browser keeps',
  },
]

/**
 * The problems of a set of source files, one line each. `sources` maps repository paths (`server/src/app.ts`) to text;
 * `declared` maps a workspace to the names of its runtime dependencies.
 */
export function findImportProblems(sources, declared) {
  const problems = []
  const graph = new Map()
  for (const [path, source] of sources) {
    const edges = []
    for (const found of listImports(source)) {
      const problem = judgeImport(path, found, declared)
      if (problem) problems.push(`${path}:${found.line}: ${problem}`)
      // What imports types alone is erased, so it closes no cycle.
      const target = found.isType ? null : resolveRelative(path, found.specifier, sources)
      if (target && sources.has(target)) edges.push(target)
    }
    graph.set(path, edges)
    problems.push(...findMisplaced(path, source))
  }
  for (const cycle of findCycles(graph)) problems.push(`import cycle: ${cycle.join(' → ')}`)
  return problems
}

function judgeImport(path, { specifier }, declared) {
  const workspace = path.split('/')[0]
  if (specifier.startsWith('.')) return judgeRelative(path, specifier, workspace)
  const rule = outsideRules[workspace]
  if (specifier.startsWith('node:')) {
    if (specifier === 'node:process') return 'imports node:process; use the global, so that its use can be checked'
    if (rule.builtins === 'any' || rule.builtins.includes(specifier)) return null
    return `${workspace} must not import ${specifier}`
  }
  const allowed = rule.packages === 'declared' ? declared[workspace] : rule.packages
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return allowed.includes(name) ? null : `${workspace} must not import ${specifier}`
}

function judgeRelative(path, specifier, workspace) {
  const target = resolveRelative(path, specifier)
  if (!target.startsWith(`${workspace}/src/`)) return `imports ${specifier}, which is outside ${workspace}/src`
  if (workspace !== 'server') return null
  const wiring = wiringFiles[target]
  if (wiring) return wiring.importers?.test(path) ? null : `imports ${target}, which wires`
  if (path in wiringFiles || meetingPoints.some(([from, to]) => from.test(path) && to.test(target))) return null
  const from = findLayer(path)
  const to = findLayer(target)
  if (to === null || (from !== null && from.folder === to.folder)) return null
  if (from === null) return `shared ground must not import the layer ${to.folder}`
  if (to.height === from.height - 1) return null
  const relation =
    to.height === from.height ? 'sideways' : to.height > from.height ? 'upwards' : 'past the layer between'
  return `${from.folder} imports ${to.folder} ${relation}`
}

function findLayer(path) {
  const folder = path.split('/')[2]
  const height = serverLayers.findIndex((folders) => folders.includes(folder))
  return height === -1 ? null : { folder, height }
}

function resolveRelative(path, specifier, sources) {
  if (!specifier.startsWith('.')) return null
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
  return sources?.has(`${target}x`) ? `${target}x` : target
}

function findMisplaced(path, source) {
  const code = blankSource(source)
  return placeRules
    .filter(({ scope, allowed }) => path.startsWith(scope) && !allowed.includes(path))
    .flatMap(({ pattern, allowed, what }) => {
      const found = pattern.exec(code)
      if (!found) return []
      const place = allowed.length === 0 ? 'nowhere here' : `only in ${allowed.join(', ')}`
      return [`${path}:${lineAt(code, found.index)}: touches ${what}, which is allowed ${place}`]
    })
}

// One cycle for each edge that closes one, found by walking depth first.
function findCycles(graph) {
  const cycles = []
  const done = new Set()
  const trail = []
  const visit = (node) => {
    const seenAt = trail.indexOf(node)
    if (seenAt !== -1) {
      cycles.push([...trail.slice(seenAt), node])
      return
    }
    if (done.has(node)) return
    trail.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    trail.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}

function readSources() {
  const sources = new Map()
  for (const workspace of workspaces) {
    for (const name of readdirSync(join(rootDir, workspace, 'src'), { recursive: true })) {
      const path = `${workspace}/src/${name.split('\\').join('/')}`
      if (/\.tsx?$/.test(path)) sources.set(path, readFileSync(join(rootDir, path), 'utf8'))
    }
  }
  return sources
}

function readDeclared() {
  return Object.fromEntries(
    workspaces.map((workspace) => {
      const manifest = JSON.parse(readFileSync(join(rootDir, workspace, 'package.json'), 'utf8'))
      return [workspace, Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })]
    }),
  )
}

if (isMain(import.meta.url)) reportProblems('imports', findImportProblems(readSources(), readDeclared()))
