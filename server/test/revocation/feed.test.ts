import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openKeySource } from '../../src/actions/verify-source.js'
import { openFeed } from '../../src/revocation/feed.js'
import { getNewestPosition } from '../../src/store/changes.js'
import { createWorld } from '../actions/world.js'

const { signal } = new AbortController()

async function open() {
  const { context } = await createWorld()
  const { seq } = await context.store.read(getNewestPosition)
  return { seq, feed: openFeed({ store: context.store, keys: openKeySource(context) }) }
}

/** What a poll is answered soon; null when it waits. */
function soon(poll: Promise<number>): Promise<number | null> {
  return Promise.race([poll, delay(200, null)])
}

describe('a poll for changes', () => {
  it('is answered by what is read where nobody says what changed, and waits where that is known', async () => {
    const { feed, seq } = await open()
    const poll = feed.awaitChange(seq - 1, signal)
    feed.wake()
    expect(await soon(poll)).toBe(seq)
    expect(await soon(feed.awaitChange(seq, signal))).toBeNull()
  })

  it('is answered by word of a newer change, though an older one is read after that came', async () => {
    const { feed, seq } = await open()
    feed.wake()
    feed.wake(seq + 1)
    // What was asked first has been read by then.
    await delay(100)
    expect(await soon(feed.awaitChange(seq, signal))).toBe(seq + 1)
  })

  it('is not called back by word of an older change that comes late', async () => {
    const { feed, seq } = await open()
    feed.wake(seq + 2)
    const poll = feed.awaitChange(seq + 2, signal)
    feed.wake(seq + 1)
    expect(await soon(poll)).toBeNull()
    expect(await soon(feed.awaitChange(seq + 1, signal))).toBe(seq + 2)
  })

  it('hears of a log that was put back to an older state', async () => {
    const { feed, seq } = await open()
    const poll = feed.awaitChange(seq + 5, signal)
    feed.wake()
    expect(await soon(poll)).toBe(seq)
  })

  it('ends when the feed is closed', async () => {
    const { feed, seq } = await open()
    const poll = feed.awaitChange(seq, signal)
    feed.close()
    expect(await soon(poll)).toBe(seq)
  })
})
