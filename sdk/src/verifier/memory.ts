/**
 * What a verifier knows by heart: records by digest, each under the ids it depends on, bounded and evicted by use; and the
 * digests that are known to be unknown, bounded too. Holds no clock and no rule about when it may be used.
 */
import type { Kind, Loaded, Touch } from './source.js'

/** Shared by all records that depend on one id. Once dropped, they are as if they were not there. */
interface Cell {
  readonly kind: Kind
  readonly id: number
  dropped: boolean
  entries: number
}

interface Entry<V> {
  readonly value: V
  readonly cells: readonly Cell[]
  /** Since the last sweep for room. */
  used: boolean
}

export interface MemoryLimits {
  readonly maxEntries: number
  readonly maxNegatives: number
}

export class Memory<V> {
  private readonly limits: MemoryLimits
  private entries = new Map<string, Entry<V>>()
  private cells = new Map<Kind, Map<number, Cell>>()
  private negatives = new Set<string>()

  constructor(limits: MemoryLimits) {
    this.limits = limits
  }

  get size(): number {
    return this.entries.size
  }

  get negativeSize(): number {
    return this.negatives.size
  }

  /** The record of a digest; undefined when it is not here. */
  get(digest: string): V | undefined {
    const entry = this.entries.get(digest)
    if (entry === undefined) return undefined
    if (isDropped(entry)) {
      this.remove(digest, entry)
      return undefined
    }
    entry.used = true
    return entry.value
  }

  isKnownUnknown(digest: string): boolean {
    return this.negatives.has(digest)
  }

  set(digest: string, { value, dependsOn }: Loaded<V>): void {
    if (value === null) {
      if (this.negatives.size >= this.limits.maxNegatives) this.negatives.delete(this.negatives.values().next().value!)
      this.negatives.add(digest)
      return
    }
    const known = this.entries.get(digest)
    if (known) this.remove(digest, known)
    else if (this.entries.size >= this.limits.maxEntries) this.makeRoom()
    this.entries.set(digest, { value, cells: dependsOn.map((touch) => this.takeCell(touch)), used: false })
  }

  drop({ kind, id }: Touch): void {
    const cells = this.cells.get(kind)
    const cell = cells?.get(id)
    if (!cell) return
    cell.dropped = true
    cells!.delete(id)
  }

  dropNegatives(): void {
    this.negatives = new Set()
  }

  clear(): void {
    this.entries = new Map()
    this.cells = new Map()
    this.negatives = new Set()
  }

  private takeCell({ kind, id }: Touch): Cell {
    let cells = this.cells.get(kind)
    if (!cells) {
      cells = new Map()
      this.cells.set(kind, cells)
    }
    let cell = cells.get(id)
    if (!cell) {
      cell = { kind, id, dropped: false, entries: 0 }
      cells.set(id, cell)
    }
    cell.entries++
    return cell
  }

  private remove(digest: string, entry: Entry<V>): void {
    this.entries.delete(digest)
    for (const cell of entry.cells) {
      if (--cell.entries === 0 && !cell.dropped) this.cells.get(cell.kind)?.delete(cell.id)
    }
  }

  /**
   * Second chance: what was used since the last pass goes to the end of the queue, the first that was not goes out.
   * After a bounded number of them one goes out all the same, so that no request waits for a pass over everything.
   */
  private makeRoom(): void {
    let chances = maxChances
    for (const [digest, entry] of this.entries) {
      if (!entry.used || isDropped(entry) || chances-- === 0) {
        this.remove(digest, entry)
        return
      }
      this.entries.delete(digest)
      entry.used = false
      this.entries.set(digest, entry)
    }
  }
}

const maxChances = 32

function isDropped({ cells }: { readonly cells: readonly Cell[] }): boolean {
  for (const cell of cells) if (cell.dropped) return true
  return false
}
