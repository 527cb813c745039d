/**
 * Passwords of people: argon2id with the parameters that OWASP names (19 MiB, 2 iterations, 1 lane). Each takes tens of
 * milliseconds of a thread and its memory, so few run at once and few wait: what comes above that is told to come again.
 */
import { hash, type Options, verify } from '@node-rs/argon2'
import { Fault } from '../fault.js'
import { openTurns, type TurnLimits } from './turns.js'

export interface Passwords {
  /** The hash to store. Faults: `busy`. */
  hash(password: string): Promise<string>
  /**
   * Whether this is the password behind a hash. Where there is none (null) it takes as long, and is not. Faults: `busy`.
   */
  verify(hashed: string | null, password: string): Promise<boolean>
}

export const minPasswordLength = 12
export const maxPasswordLength = 256

// The library's default algorithm is argon2id; its enum cannot be read under `verbatimModuleSyntax`.
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** What nobody's password is compared with, so that no account and a wrong password take the same way. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$iDVEyrupFYQjIzrAFu5W7Q$bKccFdjx7r3EIpRnvsztITCnzB4nNjOi4nBkiQExgDw'

export function openPasswords(limits: TurnLimits): Passwords {
  const runInTurn = openTurns(limits, 'Too many people sign in at once; try again in a moment.')
  return {
    hash: (password) => runInTurn(() => hash(toText(password), parameters)),
    async verify(hashed, password) {
      const matches = await runInTurn(() => verify(hashed ?? nobodysHash, toText(password)))
      return matches && hashed !== null
    },
  }
}

/** Checks a new password. Faults: `bad_request`. */
export function checkPassword(password: string): void {
  const { length } = [...password]
  if (length >= minPasswordLength && length <= maxPasswordLength) return
  throw new Fault('bad_request', `password must have ${minPasswordLength} to ${maxPasswordLength} characters.`)
}

/** Keyboards write the same character in more than one way. */
function toText(password: string): string {
  return password.normalize('NFC')
}
