import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveredSoFar } from '../../../src/account/feed-counters.js'
import { MessageCursor } from '../../../src/handle/loop/message-cursor.js'
import { FeedReader } from '../../../src/handle/reader/feed-reader.js'
import { FeedState } from '../../../src/handle/state/feed-state.js'
import { watched } from '../../kit/watched-memory.js'
import { rawDatagram } from '../../wire/datagrams.js'
import { TestFeed } from '../test-feed.js'

const LAST = 67

/** Reads runs of five messages with gaps between them. @returns what is told delivered at the end */
function readWatched(failing: boolean): number {
  const state = FeedState.create(1)
  let returned = 0
  let looks = 0
  const counters = watched(state.counters, () => {
    looks++
    const told = deliveredSoFar(state.counters)
    assert.ok(told <= returned, `${told} are told delivered of ${returned}`)
  })
  const feed = new TestFeed()
  const shown = Object.create(state, { counters: { value: counters } }) as FeedState
  const reader = new FeedReader({ ...feed.readerOptions(), state: shown })
  const cursor = new MessageCursor(reader)
  for (let first = 0; first < LAST; first += 7) feed.publish(rawDatagram(first, 5))
  while (reader.take()) {
    while (cursor.next()) {
      if (failing && cursor.sequence === LAST) reader.fail()
      else returned++
    }
  }
  reader.finish()
  assert.ok(looks > returned)
  return deliveredSoFar(state.counters)
}

test('who looks at any moment at a reader finds no message delivered before its call has returned', () => {
  assert.equal(readWatched(false), 50)
})

test('nor when the call fails', () => {
  assert.equal(readWatched(true), 49)
})
