import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll, type Served, serve } from '../cluster/served.js'
import { makeWorkplace, type Workplace } from './run-command.js'

const text = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDI1 me@host'

let place: Workplace
let server: Served
beforeAll(async () => {
  place = makeWorkplace(() => ({
    KEYPORTER_URL: server.url,
    KEYPORTER_API_KEY: /kp_\w+/.exec(server.written.stdout)![0],
  }))
  server = await serve(place.folder, { KEYPORTER_WORKERS: '1' })
})
afterAll(async () => {
  await endAll()
  place.remove()
})

it('`ssh-key` commands take a key or the file with it, and keep private ones at home', async () => {
  expect((await place.run(['create', 'ssh-key', text])).stderr).toBe('keyporter: created ssh key 1\n')
  writeFileSync(join(place.folder, 'my key.pub'), 'ssh-rsa AAAABBBB you\n')
  const created = await place.run(['create', 'ssh-key', 'my key.pub', '--json'])
  expect(JSON.parse(created.stdout)).toMatchObject({
    success: true,
    key: { id: 2, public_key: 'ssh-rsa AAAABBBB you' },
  })

  const listed = await place.run(['show', 'ssh-keys'])
  expect(listed.stdout).toMatch(
    /^ID +TYPE +COMMENT +FINGERPRINT +CREATED\n1 +ssh-ed25519 +me@host +SHA256:\S{12} +2.*\n2 +ssh-rsa +you /,
  )
  expect(JSON.parse((await place.run(['show', 'ssh-keys', '--json'])).stdout)).toMatchObject([
    { id: 1, key: text, public_key: text },
    { id: 2 },
  ])

  writeFileSync(join(place.folder, 'id_rsa'), '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n')
  const kept = await place.run(['update', 'ssh-key', '2', 'id_rsa'])
  expect([kept.exitCode, kept.stdout]).toEqual([2, ''])
  expect(kept.stderr).toMatch(/^keyporter: error: this is a private key, and was not sent\n/)
  expect((await place.run(['update', 'ssh-key', '2', 'nowhere.pub'])).stderr).toMatch(
    /no file that can be read \(ENOENT\)/,
  )

  expect((await place.run(['update', 'ssh-key', '2', 'ssh-rsa CCCC'])).stderr).toBe('keyporter: updated ssh key 2\n')
  expect((await place.run(['delete', 'ssh-key', '2'])).stderr).toBe('keyporter: deleted ssh key 2\n')
  const missing = await place.run(['delete', 'ssh-key', '9'])
  expect([missing.exitCode, missing.stderr]).toEqual([
    1,
    expect.stringMatching(
      /SSH key not found\. \(400 no_ssh_key.*\nkeyporter: hint: `keyporter show ssh-keys` lists the ids\n$/,
    ),
  ])
  expect((await place.run(['show', 'user'])).stdout).toContain(text)
})
