/** Takes a secret from a person or a pipe, without showing it. */

import { UsageError } from './failure.js'
import type { Output } from './output.js'

const longestInput = 4096

/** A terminal is asked, without echo; from anything else all of stdin is read. Trimmed. */
export async function readSecretInput(output: Output, question: string): Promise<string> {
  const { stdin } = process
  if (!stdin.isTTY) return readAll()
  // Before the question: whoever answers at once is not shown either.
  stdin.setRawMode(true)
  try {
    output.ask(question)
    return (await readLine()).trim()
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    output.ask('\n')
  }
}

async function readAll(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    text += chunk
    if (text.length > longestInput) throw new UsageError('what came on stdin is too long for a key')
  }
  return text.trim()
}

/** In raw mode the terminal leaves the keys that end, correct and interrupt to us. */
async function readLine(): Promise<string> {
  let line = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    for (const character of String(chunk)) {
      if (character === '\r' || character === '\n' || character === '\u0004') return line
      if (character === '\u0003') throw new UsageError('interrupted; nothing was changed')
      if (character === '\u007f' || character === '\b') line = line.slice(0, -1)
      else line += character
      if (line.length > longestInput) throw new UsageError('what was typed is too long for a key')
    }
  }
  return line
}
