/** Folders that a test writes into, removed when it has ended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder inside a new folder; the inner one is yet to be made. To be called in a test or its `beforeEach`. */
export function nameFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'keyporter-test-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}
