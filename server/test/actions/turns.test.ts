import { setImmediate as breathe } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openTurns } from '../../src/actions/turns.js'

/** Work that runs until it is told to end. */
function openWork() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string) => () => {
    begun.push(name)
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
  }
  return { begun, run, end: (name: string) => ends.get(name)!() }
}

it('runs as many as may run, lets as many wait in the order of coming, and refuses the rest', async () => {
  const inTurn = openTurns({ maxRunning: 2, maxWaiting: 2 }, 'Too many.')
  const { begun, run, end } = openWork()
  const all = ['a', 'b', 'c', 'd'].map((name) => inTurn(run(name)))
  await expect(inTurn(run('e'))).rejects.toMatchObject({
    code: 'busy',
    message: 'Too many.',
    retryAfterSeconds: 1,
  })
  expect(begun).toEqual(['a', 'b'])
  end('b')
  await breathe()
  expect(begun).toEqual(['a', 'b', 'c'])
  // Room to wait, and no more than that: nobody overtakes whoever waits.
  const late = inTurn(run('f'))
  await expect(inTurn(run('g'))).rejects.toMatchObject({ code: 'busy' })
  end('a')
  await breathe()
  end('c')
  await breathe()
  for (const name of ['d', 'f']) end(name)
  expect(await Promise.all([...all, late])).toEqual(['a', 'b', 'c', 'd', 'f'])
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'f'])
})

it('gives the place of what failed to the next', async () => {
  const inTurn = openTurns({ maxRunning: 1, maxWaiting: 1 }, 'Too many.')
  const failed = inTurn(() => Promise.reject(new Error('no')))
  const next = inTurn(async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
  expect(await inTurn(async () => 'again')).toBe('again')
})
