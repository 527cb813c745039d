// The flows, in their order: the first needs a server on which nobody has signed in yet.
const names = [
  'sign-in',
  'keys',
  'keyboard',
  'keyboard-keys',
  'keyboard-account',
  'editor',
  'key-changes',
  'leaving',
  'placeholders',
  'limits',
  'catalogs',
  'explain',
  'ssh-keys',
  'sessions',
  'account',
  'identities',
  'intruders',
  'quality',
  'scale',
]

/** `{ name, rows: [{ name, run(context) }] }` of the flows that are asked for. */
export async function listFlows(wanted) {
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`there is no flow ${unknown.join(', ')}; there are ${names.join(', ')}`)
  const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name))
  return Promise.all(chosen.map(async (name) => ({ name, rows: (await import(`./flows/${name}.js`)).rows })))
}
