/**
 * What is run, in order; later rows use what earlier ones made. Each row is one run of the `vastai` command (`argv`) or
 * of the SDK (`sdk`, an expression on `v`) with the key of that name, and what it must print. The client exits with 0
 * even after an HTTP error, so a row without `stderr` demands that nothing is there.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

export const adminEmail = 'owner@example.test'

/** The seed's example: manage instances, and nothing else. */
const scoped = { api: { misc: {}, user_read: {}, instance_read: {}, instance_write: {} } }
const logsOf1227 = { api: { instance_read: { 'api.instance.request_logs': { constraints: { id: { eq: 1227 } } } } } }
const logsOfPlaceholder = {
  api: { instance_read: { 'api.instance.request_logs': { constraints: { id: { eq: '{instance}' } } } } },
}
const keyMaker = { api: { user_read: {}, user_write: {}, instance_read: {} } }
const narrow = { api: { instance_read: {} } }

/** Files in the working directory of every run. */
export const files = {
  'scoped.json': scoped,
  'logs.json': logsOf1227,
  'placeholder.json': logsOfPlaceholder,
  'key-maker.json': keyMaker,
  'narrow.json': narrow,
  'string.json': 'scoped.json',
  'old-format.json': { read: true, write: false },
  'unknown-category.json': { api: { instance_reed: {} } },
  'unknown-endpoint.json': { api: { instance_read: { 'api.instance.shaw': {} } } },
  'user.json': { fullname: 'Ada Example', username: 'ada' },
}

const created = { stdout: /^api-key created \{.*'key': 'kp_\w{49}'/ }
const invalidKey = { stderr: ['Failed with error 401: Invalid user key', 'Sent key from $VAST_API_KEY'] }

export const rows = [
  ...buildUserRows(),
  ...buildCreateRows(),
  ...buildListRows(),
  ...buildDeleteRows(),
  ...buildResetRows(),
  ...buildSshKeyRows(),
  ...buildInstanceRows(),
  ...buildMarketRows(),
  ...buildScopedRows(),
  ...buildConstrainedRows(),
  ...buildNarrowingRows(),
  ...buildKeySourceRows(),
  ...buildDestroyRows(),
  ...buildSecretRows(),
]

function cli(key, argv, expect, more = {}) {
  const words = typeof argv === 'function' ? '' : argv.join(' ')
  return { name: `[${key ?? 'no key'}] vastai ${more.words ?? words}`, key, argv, expect, ...more }
}

function sdk(key, expression, expect, more = {}) {
  const words = typeof expression === 'function' ? '' : expression
  return { name: `[${key ?? 'no key'}] VastAI: ${more.words ?? words}`, key, sdk: expression, expect, ...more }
}

function refused(status, pattern) {
  return { stderr: [`Failed with error ${status}: `, pattern] }
}

function refusedBody(status, error, msg) {
  return { json: { status, body: { success: false, error, msg } } }
}

/** The user of the key, and the first contact: a client with no caches of its own. */
function buildUserRows() {
  const user = { id: Number.isInteger, email: adminEmail, credit: (n) => n === null || typeof n === 'number' }
  return [
    cli('admin', ['show', 'user', '--raw'], { json: user }, { home: 'first-contact', after: checkFirstContact }),
    cli('admin', ['show', 'user'], { stdout: [adminEmail, 'Credit'] }),
    sdk('admin', 'v.show_user()', { json: { ...user, ssh_key: (key) => key === null || typeof key === 'string' } }),
    cli('admin', ['set', 'user', '--file', 'user.json'], { stdout: /'fullname': 'Ada Example'/ }),
    sdk('admin', 'v.show_user()', { json: { ...user, fullname: 'Ada Example', username: 'ada' } }),
    sdk('admin', 'v.set_user({"fullname": "Ada E.", "api_key": "ignored"})', { json: { fullname: 'Ada E.' } }),
    cli('admin', ['show', 'user', '--raw'], { json: { ...user, fullname: 'Ada E.' } }),
  ]
}

/** A client without caches asks for GPU names without a key, and keeps any list that it is given. */
function checkFirstContact({ dir }) {
  assert.ok(existsSync(path.join(dir, 'first-contact/cache/vastai/gpu_names_cache.json')), 'gpu names were not served')
}

function buildCreateRows() {
  const create = (name, file, ...more) => ['create', 'api-key', '--name', name, '--permission_file', file, ...more]
  const keep = (name) => ({ after: (context, found) => context.keepKey(name, found.stdout) })
  const keepNothing = { before: rememberKeyCount, after: checkKeyCount }
  const params = JSON.stringify({ instance: 1228 })
  const addresses = JSON.stringify({ ip_whitelist: ['127.0.0.1'] })
  return [
    cli('admin', create('scoped', 'scoped.json'), created, keep('scoped')),
    cli('admin', create('logs', 'logs.json'), created, keep('logs')),
    cli('admin', create('key-maker', 'key-maker.json'), created, keep('key-maker')),
    cli('admin', create('turning', 'key-maker.json'), created, keep('turning')),
    cli('admin', create('x', 'placeholder.json', '--key_params', params), created, keep('placeholder')),
    cli('admin', create('x', 'narrow.json', '--key_params', addresses), created, keep('local')),
    cli('admin', ['create', 'api-key', '--permission_file', 'narrow.json'], created, keep('nameless')),
    cli('admin', create('x', 'narrow.json', '--raw'), created, keep('raw')),
    cli('admin', create('x', 'missing.json'), { stdout: "'missing.json' not found" }, keepNothing),
    cli('admin', ['create', 'api-key', '--name', 'x'], { exit: 1, stderr: 'TypeError' }, keepNothing),
    cli('admin', ['create', 'api-key', '--permissions', '{}'], { exit: 2, stderr: 'usage' }, keepNothing),
    cli('admin', create('x', 'string.json'), refused(400, /JSON object/i), keepNothing),
    cli('admin', create('x', 'old-format.json'), refused(400, /api/), keepNothing),
    cli('admin', create('x', 'unknown-category.json'), refused(400, /instance_reed.*instance_read/), keepNothing),
    cli('admin', create('x', 'unknown-endpoint.json'), refused(400, /api\.instance\.shaw/), keepNothing),
    cli('admin', create('x', 'narrow.json', '--key_params', '{"a":1}'), refused(400, /\ba\b/), keepNothing),
    cli('admin', create('x', 'narrow.json', '--key_params', '{a'), refused(400, /key_params/), keepNothing),
    sdk('admin', `v.create_api_key('sdk', {'api': {'instance_read': {}}})`, {
      json: { success: true, id: Number.isInteger, key: /^kp_/, api_key: /^kp_/, name: 'sdk', permissions: narrow },
    }),
    sdk('admin', `v.create_api_key('sdk', {'api': {'misc': {}}}, key_params={'ip_whitelist': ['127.0.0.0/8']})`, {
      json: { success: true, key_params: { ip_whitelist: ['127.0.0.0/8'] } },
    }),
    sdk('admin', `v.create_api_key('all', None)`, {
      json: { key: /^kp_/, permissions: { api: { instance_write: {}, billing_read: {}, user_write: {} } } },
    }),
    sdk('admin', `v.create_api_key('x', 'perms.json')`, refusedBody(400, 'invalid_permissions', /JSON object/i), {
      ...keepNothing,
    }),
  ]
}

async function rememberKeyCount(context) {
  context.keyCount = (await context.call('admin', 'GET', '/api/v0/auth/apikeys/')).body.apikeys.length
}

async function checkKeyCount(context) {
  const { body } = await context.call('admin', 'GET', '/api/v0/auth/apikeys/')
  assert.equal(body.apikeys.length, context.keyCount, 'keys after a refused create')
}

function buildListRows() {
  const key = ({ getId }) => ({ id: getId('scoped'), name: 'scoped', key: null, permissions: scoped })
  const hasKey = (list) => Array.isArray(list) && list.some((one) => one.name === 'scoped' && one.key === null)
  const show = ({ getId }) => ['show', 'api-key', `${getId('scoped')}`]
  const shown = ({ getId }) => ({ stdout: [`'id': ${getId('scoped')}`, "'name': 'scoped'", "'key': None"] })
  return [
    cli('admin', ['show', 'api-keys', '--raw'], { json: { apikeys: hasKey } }),
    cli('admin', ['show', 'api-keys'], { stdout: [/'apikeys': \[/, "'name': 'scoped'"] }),
    cli('admin', show, shown, { words: 'show api-key ID' }),
    cli('admin', (c) => [...show(c), '--raw'], shown, { words: 'show api-key ID --raw' }),
    cli('admin', ['show', 'api-key', '999999'], refused(404, 'API Key not found.')),
    sdk('admin', 'v.show_api_keys()', { json: hasKey }),
    sdk(
      'admin',
      ({ getId }) => `v.show_api_key(${getId('scoped')})`,
      (c) => ({ json: key(c) }),
      {
        words: 'v.show_api_key(ID)',
      },
    ),
  ]
}

function buildDeleteRows() {
  const remove = (name) => ['delete api-key ID', ({ getId }) => ['delete', 'api-key', `${getId(name)}`]]
  const deleted = { stdout: 'Successfully Deleted API Key' }
  const [words, argv] = remove('nameless')
  return [
    cli('nameless', ['show', 'instances', '-q'], { stdout: '1227' }),
    cli('admin', argv, deleted, { words }),
    cli('nameless', ['show', 'instances', '-q'], invalidKey, { words: 'show instances -q, with the deleted key' }),
    cli('nameless', ['show', 'instances', '--raw'], { stderr: /"status_code": 401, "msg": "Invalid user key"/ }),
    sdk('nameless', 'v.show_instances()', refusedBody(401, 'auth_error', /^Invalid user key$/)),
    cli('admin', argv, deleted, { words: `${words}, again` }),
    cli('admin', ['delete', 'api-key', '999999'], refused(404, 'API Key not found.')),
    cli('admin', (c) => [...remove('raw')[1](c), '--raw'], deleted, { words: 'delete api-key ID --raw' }),
    sdk(
      'admin',
      ({ getId }) => `v.delete_api_key(${getId('local')})`,
      { json: 'Successfully Deleted API Key' },
      {
        words: 'v.delete_api_key(ID)',
      },
    ),
    sdk('local', 'v.show_user()', refusedBody(401, 'auth_error', /^Invalid user key$/)),
  ]
}

function buildResetRows() {
  const keepReset = (context, secret) => {
    assert.match(String(secret), /^kp_\w{49}$/, 'no new key was printed')
    const { id, secret: before } = context.keys.turning
    context.keys = Object.assign(context.keys, { turned: { id, secret: before }, turning: { id, secret } })
  }
  return [
    cli(
      'turning',
      ['reset', 'api-key'],
      { stdout: /^New api-key: kp_/ },
      {
        after: (context, found) => keepReset(context, /kp_\w+/.exec(found.stdout)?.[0]),
      },
    ),
    cli('turned', ['show', 'user'], invalidKey, { words: 'show user, with the key before the reset' }),
    cli('turning', ['show', 'user', '--raw'], { json: { email: adminEmail } }),
    sdk(
      'turning',
      'v.reset_api_key()',
      (c) => ({ json: { success: true, id: c.getId('turning'), new_api_key: /^kp_/ } }),
      {
        after: (context, found) => keepReset(context, JSON.parse(found.stdout).new_api_key),
      },
    ),
    cli('turned', ['show', 'user'], invalidKey, { words: 'show user, with the key before the reset' }),
    cli(
      'turning',
      ['reset', 'api-key', '--raw'],
      { stdout: /^New api-key: kp_/ },
      {
        after: (context, found) => keepReset(context, /kp_\w+/.exec(found.stdout)?.[0]),
      },
    ),
    sdk('turning', 'v.show_user()', { json: { email: adminEmail } }),
  ]
}

/** `create ssh-key` sends its argument as it is, also where that is the name of a file. */
function buildSshKeyRows() {
  const text = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@host'
  const keep = (context, found) => {
    context.sshKeyId = Number(/'id': (\d+)/.exec(found.stdout)?.[1])
  }
  const item = ({ sshKeyId }) => ({ id: sshKeyId, key: text, public_key: text, deleted_at: null })
  const getArgv = (verb, ...more) => [
    ({ sshKeyId }) => [verb, 'ssh-key', `${sshKeyId}`, ...more],
    { words: `${verb} ssh-key ID` },
  ]
  const run = (verb, expect, ...more) => {
    const [argv, words] = getArgv(verb, ...more)
    return cli('admin', argv, expect, words)
  }
  return [
    cli('admin', ['show', 'ssh-keys', '--raw'], { json: (list) => Array.isArray(list) && list.length === 0 }),
    cli('admin', ['create', 'ssh-key', text], { stdout: ["'success': True", "'key': {'id': "] }, { after: keep }),
    cli('admin', ['show', 'ssh-keys', '--raw'], (c) => ({ json: [item(c)] })),
    cli('admin', ['show', 'ssh-keys'], { stdout: text }),
    sdk('admin', 'v.show_ssh_keys()', (c) => ({ json: [item(c)] })),
    sdk('admin', 'v.show_user()', { json: { ssh_key: text } }),
    cli('admin', ['create', 'ssh-key', text], refused(400, 'has this key already'), { words: 'create ssh-key, again' }),
    cli('admin', ['create', 'ssh-key', 'k.pub', '-y'], refused(400, 'the name of a file')),
    sdk('admin', 'v.create_ssh_key("hello")', refusedBody(400, 'bad_request', /begins with ssh-/)),
    run('update', { stdout: 'BBBB' }, 'ssh-ed25519 BBBB'),
    sdk('admin', 'v.show_user()', { json: { ssh_key: 'ssh-ed25519 BBBB' } }),
    cli('scoped', ['create', 'ssh-key', text], refused(403, /user_write/), { words: 'create ssh-key' }),
    run('delete', { stdout: "'success': True" }),
    cli('admin', ['delete', 'ssh-key', '999999'], refused(400, 'SSH key not found.')),
    sdk('admin', 'v.show_ssh_keys()', { json: (list) => list.length === 0 }),
  ]
}

/** Section 10 with a full key, the command first and then the SDK. */
function buildInstanceRows() {
  const isListed = (list) => list.length === 4 && list[0].id === 1227 && list[0].extra_env.TZ === 'UTC'
  const shown = { id: 1227, actual_status: 'running', extra_env: { TZ: 'UTC' }, seen_key_id: /^[1-9]\d*$/ }
  return [
    cli('admin', ['show', 'instances', '--raw'], { json: isListed }),
    cli('admin', ['show', 'instances', '-q'], { stdout: /^1227\n1228\n1229\n1230\n$/ }),
    cli('admin', ['show', 'instances', '--no-color'], { stdout: ['1227', 'RTX 4090'], stderr: /^[\s\S]{0,9}$/ }),
    cli('admin', ['show', 'instances', '--limit', '3', '--all', '-q'], { stdout: /^1227\n1228\n1229\n1230\n$/ }),
    cli('admin', ['show', 'instances', '--label', 'training', '-q'], { stdout: /^1227\n1230\n$/ }),
    cli('admin', ['show', 'instance', '1227', '--raw'], { json: shown }),
    cli('admin', ['show', 'instance', '1227'], { stdout: ['1227', 'RTX_4090'] }),
    cli('admin', ['show', 'instance', '1'], refused(404, 'instance 1 does not exist')),
    cli('admin', ['logs', '1227'], { stdout: 'instance 1227: ready' }),
    cli('admin', ['logs', '1227', '--tail', '1'], { stdout: /^instance 1227: ready\s*$/ }),
    cli('admin', ['stop', 'instance', '1227'], { stdout: 'stopping instance 1227.' }, isNow(1227, 'exited')),
    cli('admin', ['start', 'instance', '1227'], { stdout: 'starting instance 1227.' }, isNow(1227, 'running')),
    cli('admin', ['stop', 'instances', '1227', '1228'], { stdout: 'stopping' }, isNow(1228, 'exited')),
    cli('admin', ['start', 'instances', '1227', '1228'], { stdout: 'starting' }, isNow(1228, 'running')),
    cli('admin', ['label', 'instance', '1227', 'my label'], { stdout: 'label for 1227 set to my label.' }),
    cli('admin', ['reboot', 'instance', '1227'], { stdout: 'Rebooting instance 1227.' }),
    cli('admin', ['logs', '1227', '--filter', 'rebooted'], { stdout: /^instance 1227: rebooted\s*$/ }),
    sdk('admin', 'v.show_instances()', { json: isListed }),
    sdk('admin', 'v.show_instance(1227)', { json: { ...shown, label: 'my label' } }),
    sdk('admin', 'v.logs(1227, tail="1")', { json: 'instance 1227: rebooted' }),
    sdk('admin', 'v.execute(1227, "ls")', { json: /workspace/ }),
    sdk('admin', 'v.stop_instance(1227)', { json: { success: true } }, isNow(1227, 'exited')),
    sdk('admin', 'v.start_instances([1227, 1228])', { json: { success: true } }, isNow(1227, 'running')),
    sdk('admin', 'v.label_instance(1227, "training")', { json: { success: true } }),
    sdk('admin', 'v.reboot_instance(1227)', { json: { success: true } }),
  ]
}

function isNow(id, status) {
  return { after: async ({ showInstance }) => assert.equal((await showInstance(id))?.actual_status, status, 'status') }
}

/** Offers and money. `search offers` gives up unless the content type is exactly `application/json`. */
function buildMarketRows() {
  const isOneGpu = (offers) => offers.length > 1 && offers.every((offer) => offer.num_gpus === 1)
  const create = ['create', 'instance', '5', '--image', 'x', '--disk', '10']
  const invoices = { results: (list) => list.length === 2, count: 2, total: 2 }
  return [
    cli('admin', ['search', 'offers', 'num_gpus=1', '--raw'], { json: isOneGpu }),
    cli('admin', ['search', 'offers', 'num_gpus=1'], { stdout: ['RTX_3090', 'Model'] }),
    sdk('admin', 'v.search_offers(query="num_gpus=1", limit=2)', { json: (offers) => offers.length === 2 }),
    cli('admin', create, { stdout: /^Started\. \{'success': True, 'new_contract': 1301/ }, isNow(1301, 'running')),
    cli('admin', create, refused(404, 'already rented'), { words: `${create.join(' ')}, again` }),
    sdk('admin', 'v.create_instance(6, image="x")', { json: { success: true, new_contract: 1302 } }),
    cli('admin', ['show', 'invoices-v1', '--invoices', '--raw'], { json: invoices }),
    cli('admin', ['show', 'invoices-v1', '--charges', '--raw'], { json: { count: 2 } }),
    cli('admin', ['search', 'invoices', '--raw'], { json: { invoices: (list) => list.length === 2 } }),
    cli('admin', ['show', 'invoices', '--raw'], { json: (list) => list.length === 1, stderr: 'DEPRECATED' }),
    sdk('admin', 'v.show_invoices_v1(limit=1)', { json: { count: 1, total: 2, next_token: /./ } }),
    cli('admin', ['show', 'machines', '--raw'], { json: { machines: (list) => list.length === 2 } }),
    cli('admin', ['show', 'volumes', '--raw'], { json: [{ id: 31 }] }),
  ]
}

/** The seed's scoped key: reads and manages instances; everything else is refused, and the refusal says what lacks. */
function buildScopedRows() {
  const lacks = (category) => refused(403, new RegExp(`403: .*\\b${category}\\b`))
  const create = ['create', 'api-key', '--name', 'x', '--permission_file', 'scoped.json']
  return [
    cli('scoped', ['show', 'user', '--raw'], { json: { email: adminEmail } }),
    cli('scoped', ['show', 'instances', '-q'], { stdout: '1227' }),
    cli('scoped', ['show', 'instance', '1227', '--raw'], ({ getId }) => ({
      json: { id: 1227, seen_key_id: `${getId('scoped')}` },
    })),
    cli('scoped', ['stop', 'instance', '1227'], { stdout: 'stopping instance 1227.' }, isNow(1227, 'exited')),
    cli('scoped', ['start', 'instances', '1227'], { stdout: 'starting' }, isNow(1227, 'running')),
    cli('scoped', ['label', 'instance', '1227', 'scoped'], { stdout: 'set to scoped' }),
    cli('scoped', ['reboot', 'instance', '1227'], { stdout: 'Rebooting' }),
    cli('scoped', ['logs', '1227'], { stdout: 'rebooted' }),
    cli('scoped', ['search', 'offers', 'num_gpus=1', '--raw'], { json: Array.isArray }),
    cli('scoped', ['create', 'instance', '7', '--image', 'x'], { stdout: 'Started.' }, isNow(1303, 'running')),
    cli('scoped', ['show', 'invoices-v1', '--invoices'], lacks('billing_read')),
    cli('scoped', ['show', 'invoices-v1', '--charges'], lacks('billing_read')),
    cli('scoped', ['search', 'invoices', '--raw'], { stderr: /"status_code": 403, "msg": ".*billing_read/ }),
    cli('scoped', ['show', 'invoices'], { stderr: ['DEPRECATED', /403: .*billing_read/] }),
    sdk('scoped', 'v.show_invoices_v1()', refusedBody(403, 'not_authorized', /billing_read/)),
    sdk('scoped', 'v.search_invoices()', refusedBody(403, 'not_authorized', /billing_read/)),
    cli('scoped', ['show', 'machines'], lacks('machine_read')),
    cli('scoped', ['show', 'members'], lacks('team_read')),
    cli('scoped', create, lacks('user_write'), { before: rememberKeyCount, after: checkKeyCount }),
    cli('scoped', ({ getId }) => ['delete', 'api-key', `${getId('logs')}`], lacks('user_write'), {
      words: 'delete api-key ID',
    }),
    cli('scoped', ['reset', 'api-key'], lacks('user_write')),
    cli('scoped', ['set', 'user', '--file', 'user.json'], lacks('user_write')),
  ]
}

/** A key for the logs of one instance. The refusal names the parameter, and does not give away the permitted value. */
function buildConstrainedRows() {
  const otherInstance = { stderr: /^Failed with error 403: (?!.*1227).*\bid\b.*\n$/ }
  const lacks = { stderr: /403: .*(instance_read|instance_write|api\.instance\.\w+)/ }
  return [
    cli('logs', ['logs', '1227'], { stdout: 'instance 1227: ready' }),
    cli('logs', ['logs', '1227', '--tail', '2'], { stdout: 'instance 1227:' }),
    sdk('logs', 'v.logs(1227)', { json: /instance 1227: ready/ }),
    cli('logs', ['logs', '1228'], otherInstance),
    sdk('logs', 'v.logs(1228)', refusedBody(403, 'not_authorized', /\bid\b/)),
    cli('logs', ['show', 'instance', '1227'], lacks),
    cli('logs', ['show', 'instances', '-q'], lacks),
    cli('logs', ['stop', 'instance', '1227'], lacks, isNow(1227, 'running')),
    cli('logs', ['destroy', 'instance', '1227', '-y'], lacks, isNow(1227, 'running')),
    cli('logs', ['show', 'user'], { stderr: /403: .*user_read/ }),
    cli('placeholder', ['logs', '1228'], { stdout: 'instance 1228: ready' }),
    cli('placeholder', ['logs', '1227'], { stderr: /403: .*\bid\b/ }),
  ]
}

/** A key that may make keys makes none that can do more than itself, and touches none that can. */
function buildNarrowingRows() {
  const create = (file) => ['create', 'api-key', '--name', 'x', '--permission_file', file]
  const keepNothing = { before: rememberKeyCount, after: checkKeyCount }
  return [
    cli('key-maker', create('narrow.json'), created),
    cli('key-maker', create('logs.json'), created),
    cli('key-maker', create('scoped.json'), refused(403, /403: .+/), keepNothing),
    sdk('key-maker', `v.create_api_key('x', None)`, { json: { permissions: keyMaker } }),
    sdk('key-maker', `v.create_api_key('x', {'api': {'billing_read': {}}})`, refusedBody(403, 'not_authorized', /./), {
      ...keepNothing,
    }),
    cli('key-maker', ({ getId }) => ['delete', 'api-key', `${getId('scoped')}`], refused(403, /403: .+/), {
      words: 'delete api-key ID, of a wider key',
      after: async ({ call }) => assert.equal((await call('scoped', 'GET', '/api/v0/users/current/')).status, 200),
    }),
  ]
}

/** Where the client takes its key from, and what it makes of a refusal. */
function buildKeySourceRows() {
  const useFiles = (home, contents) => async (context) => {
    const folder = path.join(context.dir, home, 'config/vastai')
    await mkdir(folder, { recursive: true })
    for (const [file, key] of Object.entries(contents)) await writeFile(path.join(folder, file), context.getSecret(key))
  }
  return [
    cli(null, ['show', 'instances', '-q'], refused(401, 'This action requires login.'), { home: 'no-key' }),
    sdk(
      null,
      'v.show_user()',
      { json: { email: adminEmail } },
      {
        home: 'key-file',
        before: useFiles('key-file', { vast_api_key: 'admin' }),
      },
    ),
    cli(null, ['show', 'user', '--raw'], { json: { email: adminEmail } }, { home: 'key-file' }),
    cli('wrong', ['show', 'user'], invalidKey),
    cli('wrong', ['show', 'invoices-v1', '--invoices'], invalidKey),
    cli('wrong', ['create', 'instance', '8', '--image', 'x'], invalidKey),
    sdk('wrong', 'v.show_api_keys()', refusedBody(401, 'auth_error', /^Invalid user key$/)),
    cli(
      null,
      ['show', 'user', '--raw'],
      { stdout: ['Your 2FA session has expired', adminEmail] },
      {
        words: 'show user --raw, with a dead session key beside a good key',
        home: 'dead-session',
        before: useFiles('dead-session', { vast_tfa_key: 'wrong', vast_api_key: 'admin' }),
      },
    ),
  ]
}

function buildDestroyRows() {
  const isGone = (id) => ({ after: async ({ showInstance }) => assert.equal(await showInstance(id), undefined) })
  return [
    cli('scoped', ['destroy', 'instance', '1230', '-y'], { stdout: 'destroying instance 1230.' }, isGone(1230)),
    cli('admin', ['destroy', 'instance', '1227', '-y'], { stdout: 'destroying instance 1227.' }, isGone(1227)),
    cli('admin', ['destroy', 'instance', '1227', '-y'], refused(404, 'does not exist')),
    cli('admin', ['destroy', 'instances', '1228', '1229', '-y'], { stdout: 'destroying' }, isGone(1229)),
    sdk('admin', 'v.destroy_instance(1301)', { json: { success: true } }, isGone(1301)),
    sdk('admin', 'v.destroy_instances([1302, 1303])', { json: { success: true } }, isGone(1303)),
  ]
}

function buildSecretRows() {
  return [
    {
      name: 'Keyporter wrote no secret and nothing on stdout but the key and the link of the first start',
      after: ({ keys, stack }) => {
        const written = stack.written()
        for (const { secret } of Object.values(keys)) assert.ok(!written.includes(secret), 'a secret was written')
        assert.doesNotMatch(written, /kp_\w{49}/, 'something like a secret was written')
        assert.equal(stack.writtenToStdout(), '', 'more on stdout')
      },
    },
  ]
}
