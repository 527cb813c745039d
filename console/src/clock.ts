/** The clock of the server: by it keys begin and end, while that of a browser may be days away. */

/** A `Date` has whole seconds, and has been on its way: what is no further off than this is no difference. */
const toleranceMs = 2_000
let aheadMs = 0

/** In milliseconds. */
export function readClock(): number {
  return Date.now() + aheadMs
}

/** By the `Date` of an answer that has just come. */
export function setClock(at: Date): void {
  const differenceMs = at.getTime() - Date.now()
  aheadMs = Math.abs(differenceMs) > toleranceMs ? differenceMs : 0
}
