/** Who runs a PostgreSQL of the tests. */
import { execFileSync } from 'node:child_process'

/** PostgreSQL refuses to run as root: there it is run as a user of its own, or else as nobody. */
export function findOwner() {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    try {
      const find = (what) => Number(execFileSync('id', [what, name], { stdio: 'pipe' }).toString())
      return { uid: find('-u'), gid: find('-g') }
    } catch {}
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
}
