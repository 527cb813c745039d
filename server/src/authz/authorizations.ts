/** The values of all Authorization headers of a request, from Node's flat list of names and values. */
export function listAuthorizations(rawHeaders: readonly string[]): readonly string[] {
  let values = none
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 13 && name.toLowerCase() === 'authorization') values = [...values, rawHeaders[i + 1]!]
  }
  return values
}

const none: readonly string[] = []
