/**
 * The native SQLite module that fits this Node. better-sqlite3 13 is built on Node-API 10 and brings its binaries;
 * below that it crashes, so older Nodes get 12, which in turn aborts on Node 24.19 and newer when a statement is
 * collected. Both are optional dependencies: npm leaves out what a Node cannot run.
 */
import { createRequire } from 'node:module'
import type Database from 'better-sqlite3'

const moduleName = Number(process.versions.napi) >= 10 ? 'better-sqlite3-node-api' : 'better-sqlite3'
const requireModule = createRequire(import.meta.url)

/** The module, loaded when it is first asked for: commands that only talk to a server do without it. */
export function loadSqlite(): typeof Database {
  return requireModule(moduleName) as typeof Database
}
