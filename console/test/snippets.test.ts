import { describe, expect, it } from 'vitest'
import { findMayReadUser, makeSnippets } from '../src/snippets.js'
import { permit, vast } from './permissions/catalogs.js'

const read = (mayReadUser: boolean) =>
  Object.fromEntries(makeSnippets('kp_x', 'http://k', mayReadUser).map(({ name, code }) => [name, code]))

describe('the first steps with a key', () => {
  it('hold the key, in curl, CLI, Python and TypeScript', () => {
    for (const mayReadUser of [true, false]) {
      const snippets = read(mayReadUser)
      expect(Object.keys(snippets)).toEqual(['curl', 'CLI', 'Python', 'TypeScript'])
      for (const code of Object.values(snippets)) expect(code).toMatch(/(?=.*kp_x)(?=.*http:\/\/k)/s)
    }
  })

  it('begin as the official client does where the key may read the user, else with what any key may ask', () => {
    expect(read(true).CLI).toContain('vastai show user')
    expect(read(true).Python).toContain('client.show_user()')
    expect(read(false).CLI).toContain('keyporter whoami')
    expect(read(false).Python).toContain('/keyporter/whoami')
  })

  it('tell who may read the user', () => {
    const may = (api: object) => findMayReadUser(permit({ api }, vast), vast)
    expect(may({ user_read: {} })).toBe(true)
    expect(may({ '*': {} })).toBe(true)
    expect(may({ instance_read: {} })).toBe(false)
  })
})
