import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll, serve } from '../cluster/served.js'
import { makeWorkplace, type Workplace } from './run-command.js'

let place: Workplace
beforeAll(async () => {
  place = makeWorkplace()
  await serve(place.folder, { KEYPORTER_WORKERS: '1' })
})
afterAll(async () => {
  await endAll()
  place.remove()
})

const issuer = 'https://id.example.com'

it('`link-identity` and `unlink-identity` work on the database of this machine', async () => {
  const name = ['--issuer', issuer, '--subject', 'ada']
  const linked = await place.run(['link-identity', '--account', 'admin@localhost', ...name])
  expect([linked.exitCode, linked.stderr]).toEqual([0, 'keyporter: linked identity 1 to account 1 (admin@localhost)\n'])
  const again = await place.run(['link-identity', '--account', 'admin@localhost', ...name, '--json'])
  expect(JSON.parse(again.stdout)).toEqual({ success: true, id: 1, account: 1, issuer, subject: 'ada' })
  expect((await place.run(['link-identity', '--account', 'x@y.z', ...name])).stderr).toMatch(
    /no account has this email/,
  )

  const env = {
    KEYPORTER_OIDC_ISSUER: issuer,
    KEYPORTER_OIDC_CLIENT_ID: 'keyporter',
    KEYPORTER_CONSOLE_URL: 'https://keys.example.com',
  }
  const unlinked = await place.run(['unlink-identity', '--subject', 'ada'], { env })
  expect(unlinked.stderr).toBe('keyporter: unlinked identity 1 from account 1\n')
  const none = await place.run(['unlink-identity', '--subject', 'ada'])
  expect([none.exitCode, none.stderr]).toEqual([2, expect.stringMatching(/^keyporter: error: there is no issuer\n/)])
})
