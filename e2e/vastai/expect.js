/** Compares what a run printed with what its row expects. A mismatch is thrown as an Error that says what was found. */
import assert from 'node:assert/strict'

/**
 * `stdout` and `stderr`: one or several strings or patterns that must occur; without `stderr` nothing may be there.
 * `json`: what stdout must hold as JSON. Objects may have more members than expected, lists have exactly as many.
 */
export function compareRun(found, expected) {
  assert.equal(found.exit, expected.exit ?? 0, 'exit code')
  compareText(found.stderr, expected.stderr ?? /^$/, 'stderr')
  compareText(found.stdout, expected.stdout ?? [], 'stdout')
  if (expected.json !== undefined) compareJson(JSON.parse(found.stdout), expected.json, 'json')
}

function compareText(text, wanted, name) {
  for (const one of [wanted].flat()) {
    const occurs = one instanceof RegExp ? one.test(text) : text.includes(one)
    assert.ok(occurs, `${name} lacks ${one instanceof RegExp ? one : JSON.stringify(one)}`)
  }
}

/** A function as an expected value is a predicate. */
export function compareJson(found, wanted, path) {
  if (typeof wanted === 'function') assert.ok(wanted(found), `${path} is ${JSON.stringify(found)}: ${wanted}`)
  else if (wanted instanceof RegExp) assert.match(String(found), wanted, `${path} is ${JSON.stringify(found)}`)
  else if (Array.isArray(wanted)) {
    assert.ok(Array.isArray(found), `${path} is not a list: ${JSON.stringify(found)}`)
    assert.equal(found.length, wanted.length, `${path} has ${found.length} elements`)
    for (const [index, one] of wanted.entries()) compareJson(found[index], one, `${path}[${index}]`)
  } else if (typeof wanted === 'object' && wanted !== null) {
    assert.ok(typeof found === 'object' && found !== null, `${path} is not an object: ${JSON.stringify(found)}`)
    for (const [name, one] of Object.entries(wanted)) compareJson(found[name], one, `${path}.${name}`)
  } else assert.deepEqual(found, wanted, `${path} is ${JSON.stringify(found)} and should be ${JSON.stringify(wanted)}`)
}
