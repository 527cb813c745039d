#!/usr/bin/env node
/** Entry. Refuses a Node that is too old before anything native is loaded; the only place that sets the exit code. */
const oldest = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldest[0]! || (major === oldest[0] && minor < oldest[1]!)) {
  process.stderr.write(
    `keyporter: error: Node ${oldest.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  )
  process.stderr.write('keyporter: hint: install a newer Node, then run this again\n')
  process.exitCode = 1
} else {
  import('./cli/main.js')
    .then(({ runCommand }) => runCommand(process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode
    })
}
