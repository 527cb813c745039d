/** Runs one contender as a process of its own: says how to ask it in one line of JSON, ends with its standard input. */
const [name, options = '{}'] = process.argv.slice(2)
const { start } = await import(`./contenders/${name}.js`)
const started = await start(JSON.parse(options))
process.stdout.write(`${JSON.stringify(started)}\n`)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
