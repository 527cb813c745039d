/**
 * Preloaded into a process: its monotonic clock runs at another rate, and at SIGUSR2 its wall clock jumps, as when somebody
 * or NTP sets it, while the monotonic clock goes on. (A machine that was suspended, whose monotonic clock stands still, is
 * in the simulation only.)
 */
const rate = Number(process.env.CHAOS_CLOCK_RATE ?? 1)
const monotonic = performance.now.bind(performance)
Object.defineProperty(performance, 'now', { value: () => monotonic() * rate })

/** Forward and back, by more and by less than a lease; in the end it is where it was. */
const jumpsMs = [3_600_000, -7_200_000, 3_600_000, 300, -600, 300, -5_000, 10_000, -5_000]
let jumps = 0
let offsetMs = 0
const wall = Date.now
Date.now = () => wall() + offsetMs
globalThis.Date = new Proxy(Date, {
  construct: (date, args) => (args.length > 0 ? new date(...args) : new date(date.now())),
  apply: (date) => String(new date(date.now())),
})
process.on('SIGUSR2', () => {
  offsetMs += jumpsMs[jumps++ % jumpsMs.length]
})
