/**
 * Everything the command line says goes through here. The rules:
 * stdout carries the result and nothing else: a table, a secret alone on its line, or with --json exactly one JSON value;
 * stderr carries words, `keyporter: …` one line each, with a hint under each error; with --json one JSON object each.
 * No colours; control characters that came from elsewhere are shown as escapes, and a known secret on stderr as `[key]`.
 * A reader that went away (EPIPE) is no error.
 */
import { defaultPrefix } from '@keyporter/core'
import type { Failure } from './failure.js'

export interface Output {
  /** The result of a command: `lines` for people, `value` for programs. */
  result(value: unknown, lines: readonly string[]): void
  /** Help, as people asked for it. */
  help(text: string): void
  /** Help in place of a missing command; programs get the error alone. */
  usage(text: string): void
  /** Words about what was done; programs have the result instead. */
  note(text: string): void
  /** What people should know although the command goes on. */
  warn(text: string, hint?: string): void
  fail(failure: Failure): void
  /** Asks for input, without ending the line. */
  ask(question: string): void
  /** Keeps a secret out of everything that is written to stderr. */
  hide(secret: string): void
}

const program = 'keyporter'
const shortestHidden = 8
/** What has the form of a secret, or of most of one, whoever wrote it where. */
const minted = new RegExp(`${defaultPrefix}[0-9A-Za-z]{20,}`, 'g')

export function openOutput({ json }: { json: boolean }): Output {
  const secrets = new Set<string>()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe)

  const write = (line: string) => void process.stdout.write(`${line}\n`)
  const say = (line: string) => {
    let clear = line.replaceAll(minted, '[key]')
    for (const secret of secrets) clear = clear.replaceAll(secret, '[key]')
    process.stderr.write(`${clear}\n`)
  }
  const sayTo = (kind: string, text: string) => say(`${program}: ${kind}${escapeControls(text)}`)

  return {
    result(value, lines) {
      if (json) write(printJson(value))
      else for (const line of lines) write(escapeControls(line))
    },
    help: (text) => void process.stdout.write(text),
    usage(text) {
      if (!json) process.stderr.write(text)
    },
    note(text) {
      if (!json) sayTo('', text)
    },
    warn(text, hint) {
      if (json) return say(printJson({ warning: text, hint }))
      sayTo('warning: ', text)
      if (hint !== undefined) sayTo('hint: ', hint)
    },
    fail({ code, msg, hint, status, reason, requestId }) {
      if (json) {
        say(printJson({ success: false, error: code, msg, hint, status, reason, request_id: requestId }))
        return
      }
      const details = [status ? `${status} ${code}` : null, reason, requestId && `request ${requestId}`].filter(Boolean)
      sayTo('error: ', details.length > 0 ? `${msg} (${details.join(', ')})` : msg)
      if (hint) sayTo('hint: ', hint)
    },
    ask: (question) => void process.stderr.write(question),
    hide(secret) {
      // Shorter ones are parts of ordinary words.
      if (secret.length >= shortestHidden) secrets.add(secret)
    },
  }
}

/** Characters that move the cursor, change colours or the direction of text, or end a line; lone surrogates. */
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/gu

/** The text with every control character as a visible escape. */
export function escapeControls(text: string): string {
  return text.replaceAll(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** One line of JSON, in which control characters stand only inside strings and so may be escaped. */
function printJson(value: unknown): string {
  return escapeControls(JSON.stringify(value))
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
