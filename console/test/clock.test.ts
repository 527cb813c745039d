import { expect, it } from 'vitest'
import { readClock, setClock } from '../src/clock.js'

const dayMs = 86_400_000
const differenceMs = () => Math.round((readClock() - Date.now()) / 10_000) * 10_000

it('the clock is that of the server, where the own one is further off than a second or two', () => {
  setClock(new Date(Date.now() + 2 * dayMs))
  expect(differenceMs()).toBe(2 * dayMs)
  setClock(new Date(Date.now() - dayMs))
  expect(differenceMs()).toBe(-dayMs)
  setClock(new Date())
  expect(readClock() - Date.now()).toBeCloseTo(0, -1)
})
