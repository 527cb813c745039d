import { expect, it } from 'vitest'
import { splitPublicKey } from '../../src/ssh-keys/public-key.js'

it('splits a public key into type and comment', () => {
  expect(splitPublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2m8Q4u anna at the laptop\n')).toEqual({
    type: 'ssh-ed25519',
    comment: 'anna at the laptop',
  })
  expect(splitPublicKey('ssh-rsa AAAA')).toEqual({ type: 'ssh-rsa', comment: null })
})
