/**
 * What a verifier knows by heart: records by digest, each under the ids it depends on, bounded and evicted by use; and the
 * digests that are known to be unknown, bounded too. Holds no clock and no rule about when it may be used. A record costs
 * one small object here beside its own, since there may be a million.
 */
import type { Kind, Loaded, Touch } from './source.js'

interface Entry<V> {
  readonly value: V
  /** The kind and the id of what it is the record of, a key or a session; null when it depends on neither. */
  readonly kind: Kind | null
  readonly id: number
  /** Another record of the same: a reset leaves one for each secret. */
  next: Entry<V> | null
  /** What it depends on besides. Equal lists are one. */
  readonly shared: readonly Cell[]
  /** Its owner has changed: it is as if it were not there. */
  dropped: boolean
  /** Since the last sweep for room. */
  used: boolean
}

/** Shared by all records that depend on one id. Once dropped, they are as if they were not there. */
interface Cell {
  readonly kind: Kind
  readonly id: number
  dropped: boolean
  entries: number
  /** The latest list that begins with this one. */
  list: readonly Cell[] | null
}

export interface MemoryLimits {
  readonly maxEntries: number
  readonly maxNegatives: number
}

type ById<T> = Map<Kind, Map<number, T>>

export class Memory<V> {
  private readonly limits: MemoryLimits
  private entries = new Map<string, Entry<V>>()
  /** The first record of each owner. */
  private owned: ById<Entry<V>> = new Map()
  private cells: ById<Cell> = new Map()
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
    const owner = dependsOn.find(isOwner)
    const shared = this.takeCells(dependsOn.filter((touch) => touch !== owner))
    const { kind, id } = owner ?? { kind: null, id: 0 }
    const entry = { value, kind, id, next: null, shared, dropped: false, used: false }
    this.link(entry)
    this.entries.set(digest, entry)
  }

  drop({ kind, id }: Touch): void {
    const owned = this.owned.get(kind)
    for (let entry = owned?.get(id) ?? null; entry; entry = entry.next) entry.dropped = true
    owned?.delete(id)
    const cells = this.cells.get(kind)
    const cell = cells?.get(id)
    if (cell) cell.dropped = true
    cells?.delete(id)
  }

  dropNegatives(): void {
    this.negatives = new Set()
  }

  clear(): void {
    this.entries = new Map()
    this.owned = new Map()
    this.cells = new Map()
    this.negatives = new Set()
  }

  private link(entry: Entry<V>): void {
    if (entry.kind === null) return
    const owned = findOrAdd(this.owned, entry.kind)
    entry.next = owned.get(entry.id) ?? null
    owned.set(entry.id, entry)
  }

  private unlink(entry: Entry<V>): void {
    // What was dropped is in no list any more.
    if (entry.kind === null || entry.dropped) return
    const { id } = entry
    const owned = this.owned.get(entry.kind)!
    const first = owned.get(id)
    if (first !== entry) {
      let before = first!
      while (before.next !== entry) before = before.next!
      before.next = entry.next
    } else if (entry.next) owned.set(id, entry.next)
    else owned.delete(id)
  }

  private takeCells(touches: readonly Touch[]): readonly Cell[] {
    const cells = touches.map((touch) => this.takeCell(touch))
    const [first] = cells
    if (!first) return none
    const known = first.list
    if (known && known.length === cells.length && known.every((cell, i) => cell === cells[i])) return known
    first.list = cells
    return cells
  }

  private takeCell({ kind, id }: Touch): Cell {
    const cells = findOrAdd(this.cells, kind)
    let cell = cells.get(id)
    if (!cell) {
      cell = { kind, id, dropped: false, entries: 0, list: null }
      cells.set(id, cell)
    }
    cell.entries++
    return cell
  }

  private remove(digest: string, entry: Entry<V>): void {
    this.entries.delete(digest)
    this.unlink(entry)
    for (const cell of entry.shared) {
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
const none: readonly Cell[] = []

/** Whose records are few, each secret's own; what else a record depends on it shares with many. */
function isOwner({ kind }: Touch): boolean {
  return kind === 'key' || kind === 'session'
}

function findOrAdd<T>(byId: ById<T>, kind: Kind): Map<number, T> {
  let found = byId.get(kind)
  if (!found) {
    found = new Map()
    byId.set(kind, found)
  }
  return found
}

function isDropped({ dropped, shared }: Entry<unknown>): boolean {
  if (dropped) return true
  for (const cell of shared) if (cell.dropped) return true
  return false
}
