/** The clock of the server: by it keys begin and end, while that of a browser may be days away. */

/** A `Date` has whole seconds, and has been on its way: what is no further off than this is no difference. */
const toleranceMs = 2_000
let aheadMs = 0

/** In milliseconds. */
export function readClock(): number {
  return Date.now() + aheadMs
}

/** As `fetch`; sets the clock by each answer. */
export const fetchWithClock: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  setClock(response.headers.get('date'))
  return response
}

/** By the `Date` of an answer that has just come; one that cannot be read changes nothing. */
export function setClock(date: string | null): void {
  const differenceMs = Date.parse(date ?? '') - Date.now()
  if (Number.isNaN(differenceMs)) return
  aheadMs = Math.abs(differenceMs) > toleranceMs ? differenceMs : 0
}
