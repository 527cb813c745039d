/** Runs the example: `PORT` (9000) and `HOST` (127.0.0.1) say where. Ends on SIGTERM and SIGINT. */
import { openGpuCloud } from './index.js'

const cloud = await openGpuCloud({
  port: Number(process.env.PORT ?? 9000),
  host: process.env.HOST ?? '127.0.0.1',
})
process.stderr.write(`GPU cloud (no authentication of its own) on ${cloud.url}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void cloud.close())
