// docs/permissions.md: what a key can be allowed to do, from the catalogs. Every document on the page is read by the
// parser that the server uses, and every request by the same decision; a page that would not be true is not written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  builtinCatalog,
  canonicaliseTarget,
  compileGrant,
  decide,
  describeDenial,
  fromPlain,
  loadCatalog,
  parsePermissions,
  reservedCategories,
} from '../../core/dist/index.js'
import { rootDir } from '../workspace.js'
import { code, generatedNote, writeJson, writeTable } from './markdown.js'
import { examples, mistakes } from './permission-examples.js'

const categoryTexts = {
  misc: 'Search offers, benchmarks, serverless endpoints and workergroups, and what fits nowhere else. Reads and writes.',
  user_read: 'Read the account, its API keys, SSH keys, environment variables and templates.',
  user_write: 'Change those. Also create, change, reset and delete API keys, within the powers of the calling key.',
  instance_read: 'Read instances, their logs and their volumes.',
  instance_write: 'Create, start, stop, change and destroy instances and volumes.',
  billing_read: 'Read invoices, charges and earnings.',
  billing_write: 'Transfer credit.',
  machine_read: 'Read the machines that one offers for rent.',
  machine_write: 'Offer them, price them, maintain them.',
  team_read: 'Read teams, members and roles.',
  team_write: 'Invite and remove members, create and change roles.',
  verify: 'Ask whether any key of any account may do something.',
  operate: 'See how the service is running.',
}

const catalog = loadCatalog([
  builtinCatalog,
  { own: false, entries: JSON.parse(readFileSync(join(rootDir, 'server/catalogs/vast.json'), 'utf8')) },
])

// Those that everybody can hold come first.
const categories = [...catalog.categories].sort(([one], [other]) => rank(one) - rank(other))

function rank(category) {
  return reservedCategories.includes(category) ? 1 : 0
}

export function writePermissions() {
  return `${generatedNote}

# Permissions

A key may do what its permissions say, and nothing else. They are one JSON document, given when the key is created.

${writeExample('scoped')}

What is not granted is refused with 403, and the message names the category and the endpoint that are missing.
\`keyporter explain\` and \`POST /keyporter/explain\` tell for any key and any request what would be answered, by which rule,
and the smallest document that would allow it. \`GET /keyporter/catalog\` is this page for programs.

* [The document](#the-document)
* [Constraints](#constraints)
* [Placeholders](#placeholders)
* [Full access, and what is reserved](#full-access-and-what-is-reserved)
* [What a key can give to another](#what-a-key-can-give-to-another)
* [What is refused](#what-is-refused)
* [Endpoints](#endpoints)

## The document

\`\`\`
{"api": {CATEGORY: {ENDPOINT: {"constraints": {PARAMETER: {OPERATOR: VALUE}}}}}}
\`\`\`

An empty object stands for everything below it. A category with \`{}\` is the whole category, an endpoint with \`{}\` is that
endpoint without constraint. A category that lists endpoints grants only those.

${writeExample('endpoint')}

**The exception is the top.** \`{}\` alone, \`null\`, and no document at all give the key everything that the creating key may do,
written out and limited to it. \`{"api": {}}\` grants nothing.

\`"*"\` is any other: as a category, every category that is not listed; as an endpoint, every endpoint of the category that is
not listed. The most specific entry holds, and nothing is merged upwards. Where several endpoints do the same, to one object and
to many, list them all: one that is not listed falls under \`"*"\`.

${writeExample('wildcard')}

${writeExample('rest')}

| category | endpoints | what it is for |
| --- | --- | --- |
${categories.map(([id, list]) => `| [${code(id)}](#${id}) | ${list.length} | ${describeCategory(id)} |`).join('\n')}

## Constraints

A constraint narrows an endpoint by the value of a parameter.

${writeExample('logs')}

| operator | allows | for |
| --- | --- | --- |
| \`eq\` | this value, or any value of a list (up to 1000) | texts, numbers, booleans |
| \`lte\` | at most this number | numbers |
| \`gte\` | at least this number | numbers |

Everything that stands there must hold: all operators of a parameter (\`gte\` with \`lte\` is a range), and all parameters.

${writeExample('range')}

* **Where a parameter is looked for:** in the path, the query and the body. It must occur in a place where the table below
  declares it, and every occurrence must satisfy the constraint, wherever it is. One that is missing or \`null\` is refused.
  So is a name that a server might read as the same one: \`ID\`, \`id[]\`.
* **Types.** Values are compared as the declared type. An integer is written plainly: \`1227\`, not \`01227\`, \`1e3\` or \`1227.0\`.
  Texts are compared exactly, with case. Of a list, every element must satisfy; an empty list does not.
* **Bodies.** Where a key is constrained on an endpoint, the body is read whole before it is forwarded: at most 1 MiB, and one
  JSON object without repeated members, else 400.
* **Members of objects** are named with dots. What is behind the first dot is not declared, and may be of any type.

${writeExample('dotted')}

* **On a category,** a constraint holds for each of its endpoints, beside their own. An endpoint that does not have the
  parameter is refused. Mind that \`id\` may be the id of another thing elsewhere, so name the endpoints.

${writeExample('category')}

* **Aliases.** Some endpoints know a parameter under a second name, which the tables show as \`name (or alias)\`. A constraint
  may use either, and is stored under the first; a request may use either, and both are judged.
* **\`me\`.** Where the tables say so, \`me\` in the path is the caller's own id, and is judged as that number.
* **Siblings.** Endpoints that do the same to many objects are endpoints of their own. A key that is constrained on \`id\` may
  not use them, unless they are listed as well, with a constraint on the list.

${writeExample('bulk')}

## Placeholders

A value that is the text \`"{name}"\` is replaced, when the key is created, by the member \`name\` of \`key_params\`. So one
document makes many keys.

${writeExample('placeholder')}

The stored document holds the values. Every placeholder needs a value and every value a placeholder. In \`eq\`, a value may be a
list. A text that should have braces doubles them: \`"{{name}}"\`. \`key_params\` may also hold \`ip_whitelist\`, a list of
addresses and CIDR blocks from which alone the key works. The console has a field for
them beside the JSON of a new key; a duplicate puts the placeholders back, so that another value makes the next key.

## Full access, and what is reserved

A key is full when it holds every category without constraint, listed or by \`"*"\`. Only a full key may use what no catalog
lists, and change the e-mail of its account.

${reservedCategories.map((id) => code(id)).join(' and ')} reach across accounts. No \`{}\`, no \`"*"\` and no full access contains them; only keys of the
operator's account, the first one, hold them, by name. Public endpoints and those for any valid key need no permission, and
cannot be named in a document.

## What a key can give to another

Never more than it has. A key with \`user_write\` creates, changes, resets and deletes keys only where all that they may do, before
and after, lies within what it may do itself: permissions with their constraints, address list, time of validity. \`lte 50\` lies
within \`lte 100\`; a whole category lies only within the whole category, since it may grow; \`"*"\` lies only within \`"*"\`. From
a creator without \`"*"\`, it is written out as the categories of today.

## What is refused

Nothing is ever dropped silently: a document with a name that does not exist is refused with 400 \`invalid_permissions\`.

${writeTable(['document', 'msg'], mistakes.map(describeMistake))}

See also the [list of errors](errors.md).

## Endpoints

Ids that are not our own are those of the shipped catalog \`vast\`; an operator may load others.

${categories.map(([id, list]) => writeCategory(id, list)).join('\n\n')}

### Without a permission

${writeTable(['endpoint', 'request', 'needs'], listOpen())}
`
}

function describeCategory(id) {
  const text = categoryTexts[id]
  if (!text) throw new Error(`docs: the category ${id} has no description`)
  return reservedCategories.includes(id) ? `${text} Reserved.` : text
}

function writeCategory(id, list) {
  const rows = list.map((endpoint) => [
    code(endpoint.id),
    code(`${endpoint.method} ${endpoint.path}`),
    describeParameters(endpoint),
  ])
  const table = rows.length > 0 ? writeTable(['endpoint', 'request', 'parameters'], rows) : 'Nothing yet.'
  return `### ${id}\n\n${describeCategory(id)}\n\n${table}`
}

// By place: `path: id integer; body: price number`. One that is declared in two places stands under both.
function describeParameters({ parameters, aliases, me }) {
  return ['path', 'query', 'body']
    .map((place) => [place, [...parameters].filter(([, { places }]) => places.includes(place))])
    .filter(([, declared]) => declared.length > 0)
    .map(([place, declared]) => `${place}: ${declared.map((each) => describeParameter(each, aliases, me)).join(', ')}`)
    .join('; ')
}

function describeParameter([name, { type }], aliases, me) {
  const others = [...aliases].filter(([, canonical]) => canonical === name).map(([alias]) => ` (or ${code(alias)})`)
  const own = me.has(name) ? ` (${code('me')} is oneself)` : ''
  return `${code(name)}${others.join('')} ${type.replace(/^array<(.+)>$/, 'list of $1')}${own}`
}

function listOpen() {
  return catalog.endpoints
    .filter(({ access }) => access !== 'scoped')
    .map(({ id, method, path, access }) => [
      code(id),
      code(`${method} ${path}`),
      access === 'public' ? 'nothing' : 'any valid key',
    ])
}

function writeExample(name) {
  const { text, document, keyParams, requests = [] } = examples[name]
  const permissions = parse(name, document, keyParams)
  const rows = requests.map((request) => describeRequest(name, permissions, request))
  return [
    `**${text}**`,
    writeJson(document),
    ...(keyParams ? ['with `key_params`', writeJson(keyParams)] : []),
    ...(rows.length > 0 ? [writeTable(['request', 'is'], rows)] : []),
  ].join('\n\n')
}

function parse(name, document, keyParams) {
  const placeholders = keyParams ? fromPlain(keyParams).value : null
  const result = parsePermissions(document, catalog, placeholders)
  if (!result.ok) throw new Error(`docs: the example ${name} is refused: ${result.problem}`)
  return result.permissions
}

function describeRequest(name, permissions, { method, path, body, allowed }) {
  const canonical = canonicaliseTarget(path)
  if (!canonical.ok) throw new Error(`docs: ${name}: ${canonical.problem}`)
  const request = {
    method,
    target: canonical.target,
    body: body ? Buffer.from(JSON.stringify(body)) : null,
    client: null,
  }
  const decision = decide(catalog, { kind: 'known', principal: makePrincipal(permissions) }, request, 0)
  if (decision.allowed !== allowed) throw new Error(`docs: ${name}: ${method} ${path} is not decided as the page says`)
  const sent = body ? `${method} ${path} ${JSON.stringify(body)}` : `${method} ${path}`
  if (decision.allowed) return [code(sent), 'allowed']
  const { status, msg } = describeDenial(decision.denial)
  return [code(sent), `${status}: ${msg}`]
}

function makePrincipal(permissions) {
  const never = { disabledAt: null, deletedAt: null, expiresAt: null, notBefore: null, addresses: null }
  return {
    kind: 'key',
    key: { ...never, permissions },
    account: { id: 1, operator: false, suspendedAt: null },
    grant: compileGrant(permissions, catalog),
  }
}

function describeMistake(document) {
  const result = parsePermissions(document, catalog)
  if (result.ok) throw new Error(`docs: ${JSON.stringify(document)} is not refused`)
  const msg = result.problem.length > 220 ? `${result.problem.slice(0, 220)}…` : result.problem
  return [code(JSON.stringify(document)), `${msg}.`]
}
