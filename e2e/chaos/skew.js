/** Preloaded into a process: its monotonic clock runs at another rate. */
const rate = Number(process.env.CHAOS_CLOCK_RATE ?? 1)
const now = performance.now.bind(performance)
Object.defineProperty(performance, 'now', { value: () => now() * rate })
