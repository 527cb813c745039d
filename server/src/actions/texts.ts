/** Texts that people give to keys and accounts: how long, of which characters. Each message names the member and the bounds. */
import { Fault } from '../fault.js'

/** Control characters, line separators, and what turns the direction of text around: they break every list they stand in. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const maxEmailLength = 254
const maxSshKeyLength = 4_096

/** Returns a text of at most `max` characters without unprintable ones. Faults: `bad_request`. */
export function checkText(member: string, text: string, max: number): string {
  if ([...text].length > max) throw new Fault('bad_request', `${member} is longer than ${max} characters.`)
  if (unprintable.test(text) || !text.isWellFormed()) {
    throw new Fault('bad_request', `${member} has control characters; only printable ones are allowed.`)
  }
  return text
}

/** Returns an e-mail address: one @ with something on either side, printable ASCII without spaces. Faults: `bad_request`. */
export function checkEmail(email: string): string {
  const valid = email.length <= maxEmailLength && /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(email)
  if (valid) return email
  throw new Fault(
    'bad_request',
    `email must be an address like name@example.com: one @, printable ASCII without spaces, at most ${maxEmailLength} characters.`,
  )
}

/** Returns a public SSH key, on one line as in authorized_keys. What was given is not repeated. Faults: `bad_request`. */
export function checkSshKey(text: string): string {
  const key = text.trim()
  const valid = key.length <= maxSshKeyLength && /^(?:ssh-|ecdsa-|sk-)[\w@.-]+ [A-Za-z0-9+/]+={0,3}(?: |$)/.test(key)
  if (valid && !unprintable.test(key)) return key
  const problem = /-----BEGIN|PRIVATE KEY/.test(key)
    ? 'this is a private key, which nobody else may see'
    : /^[~./\\]|\.pub$/.test(key)
      ? 'this looks like the name of a file, whose text is wanted'
      : 'such as "ssh-ed25519 AAAA name"'
  throw new Fault(
    'bad_request',
    `ssh_key must be one public key of at most ${maxSshKeyLength} characters that begins with ssh-, ecdsa- or sk-: ${problem}.`,
  )
}
