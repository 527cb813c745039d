/** Instants in words. */

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })

/** "3 hours ago", "in 2 weeks"; "just now" and "in a moment" below a minute. `now` in milliseconds. */
export function describeRelative(at: Date, now: number): string {
  const seconds = Math.round((at.getTime() - now) / 1000)
  const size = Math.abs(seconds)
  const unit = units.find(([, length]) => size >= length)
  if (!unit) return seconds > 0 ? 'in a moment' : 'just now'
  return relative.format(Math.round(seconds / unit[1]), unit[0])
}

/** "27 Nov 2026, 09:14:03 UTC", in the time zone of the browser. */
export function describeAbsolute(at: Date): string {
  return absolute.format(at)
}
