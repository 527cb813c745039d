// Reads TypeScript just well enough for checks on text: tells code from comments, strings, templates and regular
// expressions, and lists the imports of a module. Blanked text keeps its length and its lines.

/** The source with comments and the contents of strings, templates and regular expressions blanked. */
export function blankSource(source) {
  let out = ''
  let at = 0
  // One entry for each open template: the number of braces open inside its current `${…}`.
  const templateDepths = []
  const keep = (end) => {
    out += source.slice(at, end)
    at = end
  }
  const blank = (end) => {
    out += source.slice(at, end).replace(/[^\n]/g, ' ')
    at = end
  }
  const readTemplate = () => {
    blank(findTemplatePause(source, at))
    if (source[at] === '`') {
      templateDepths.pop()
      keep(at + 1)
    } else if (at < source.length) {
      keep(at + 2)
    }
  }
  while (at < source.length) {
    const char = source[at]
    if (source.startsWith('//', at)) blank(findEnd(source, '\n', at))
    else if (source.startsWith('/*', at)) blank(findEnd(source, '*/', at + 2, 2))
    else if (char === "'" || char === '"') readQuoted(findQuoteEnd(source, at))
    else if (char === '/' && startsRegExp(out)) readQuoted(findRegExpEnd(source, at))
    else if (char === '`') {
      templateDepths.push(0)
      keep(at + 1)
      readTemplate()
    } else if (templateDepths.length > 0 && char === '}' && templateDepths.at(-1) === 0) {
      keep(at + 1)
      readTemplate()
    } else {
      if (templateDepths.length > 0 && char === '{') templateDepths[templateDepths.length - 1] += 1
      if (templateDepths.length > 0 && char === '}') templateDepths[templateDepths.length - 1] -= 1
      keep(at + 1)
    }
  }
  return out

  function readQuoted(end) {
    keep(at + 1)
    blank(end - 1)
    keep(end)
  }
}

/** Every import and re-export of a module, dynamic ones and `import('…')` types included: `{ specifier, isType, line }`. */
export function listImports(source) {
  // Found in the blanked text, so that no string or comment counts; the specifier is read from the source itself.
  const code = blankSource(source)
  const statement = /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(?<specifier> *)\1/dgm
  const bare = /^[ \t]*import\s*(['"])(?<specifier> *)\1/dgm
  const dynamic = /\b(?:import|require)\s*\(\s*(['"`])(?<specifier> *)\1/dg
  return [statement, bare, dynamic]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map(({ 0: text, indices }) => {
      const [start, end] = indices.groups.specifier
      const isType = /^\s*(?:import|export)\s+type\b/.test(text)
      return { specifier: source.slice(start, end), isType, line: lineAt(source, start) }
    })
}

/** The 1-based line of a position. */
export function lineAt(source, position) {
  return source.slice(0, position).split('\n').length
}

function findEnd(source, needle, from, length = 0) {
  const found = source.indexOf(needle, from)
  return found === -1 ? source.length : found + length
}

function findQuoteEnd(source, start) {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === source[start] || source[at] === '\n') return at + 1
  }
  return source.length
}

function findTemplatePause(source, start) {
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === '`' || source.startsWith('${', at)) return at
  }
  return source.length
}

// A slash is a division after a value and starts a regular expression everywhere else.
function startsRegExp(before) {
  // A closing tag of JSX; nothing is less than a regular expression.
  if (before.endsWith('<')) return false
  const code = before.trimEnd()
  return code === '' || /[([{,;=:!&|?+\-*%<>~^}]$/.test(code) || /\b(?:return|typeof|case|in|of|await|void)$/.test(code)
}

function findRegExpEnd(source, start) {
  let inClass = false
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source[at]
    if (char === '\\') at += 1
    else if (char === '\n') return at
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return at + 1
  }
  return source.length
}
