import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createProfileMemory,
  ProfileRecorder,
} from '../../../src/account/profile/profile-recorder.js'
import { collectLines } from '../../../src/account/profile/service-profile.js'
import { moldDatagram, rawDatagram } from '../../wire/datagrams.js'
import { TestFeed, type TestFeedOptions } from '../test-feed.js'
import { TestServer } from '../test-server.js'

/** A feed that is profiled, and what was noted so far. */
function profiledFeed(options: TestFeedOptions = {}, records = 64) {
  const handled = createProfileMemory(records)
  const thrownAway = Array.from({ length: options.lines ?? 1 }, () => createProfileMemory(1))
  const profile = new ProfileRecorder(handled)
  const feed = new TestFeed({ ...options, reader: { ...options.reader, profile } })
  const lines = () => {
    const { lines: noted, missed } = collectLines({ handled, thrownAway }, [0, 0])
    assert.equal(missed, 0, 'all that was noted belongs to a line')
    return noted
  }
  return { feed, lines }
}

test('FeedReader notes of each slot when it came, when it was pushed and when it was given back', () => {
  const { feed, lines } = profiledFeed()
  feed.publish(rawDatagram(0, 3), { receivedNs: 1e9 + 10, pushedNs: 1e9 + 20 })
  feed.publish(rawDatagram(3, 1), { receivedNs: 1e9 + 11, pushedNs: 1e9 + 21 })
  feed.onMessage = () => {
    feed.clock.ns += 1000
  }
  feed.read()
  const [line] = lines()
  assert.deepEqual([...line.arrivedNs], [1e9 + 10, 1e9 + 11])
  assert.deepEqual([...line.pushedNs], [1e9 + 20, 1e9 + 21])
  // One batch: both slots go back at its end.
  assert.deepEqual([...line.releasedNs], [1e9 + 4000, 1e9 + 4000])
  assert.deepEqual([...line.messages], [3, 1])
  assert.deepEqual([...line.payloadBytes], [87, 29])
})

test('FeedReader notes slots without a message: what is invalid, a heartbeat, what others sent', () => {
  const raw = profiledFeed({ allowed: ['10.0.0.1'] })
  raw.feed.publish(new Uint8Array(30), { from: '10.0.0.1' })
  raw.feed.publish(rawDatagram(0, 2), { from: '10.0.0.2' })
  raw.feed.publish(rawDatagram(0, 2), { from: '10.0.0.1' })
  raw.feed.read()
  assert.deepEqual([...raw.lines()[0].messages], [0, 0, 2])
  const mold = profiledFeed({ framing: 'moldudp64' })
  mold.feed.publish(moldDatagram({ sequence: 1n, messages: [] }))
  mold.feed.read()
  assert.deepEqual([...mold.lines()[0].messages], [0])
})

test('FeedReader notes each line’s slots, duplicates with their messages', () => {
  const { feed, lines } = profiledFeed({ lines: 2 })
  feed.publish(rawDatagram(0, 2), { pushedNs: 1e9 }, 0)
  feed.publish(rawDatagram(0, 2), { pushedNs: 1e9 }, 1)
  feed.publish(rawDatagram(2, 1), { pushedNs: 1e9 }, 1)
  feed.read()
  assert.deepEqual(
    lines().map(({ messages }) => [...messages]),
    [[2], [2, 1]],
  )
})

test('FeedReader notes a train as one slot with its datagrams', () => {
  const { feed, lines } = profiledFeed()
  feed.publish(rawDatagram(0, 5), { segmentBytes: 29 })
  feed.read()
  const [line] = lines()
  assert.deepEqual([...line.datagrams], [5])
  assert.deepEqual([...line.messages], [5])
})

test('what a handler did not handle is not noted as its service', () => {
  const { feed, lines } = profiledFeed()
  feed.publish(rawDatagram(0, 1))
  feed.read()
  feed.publish(rawDatagram(1, 1))
  feed.onMessage = () => {
    throw new Error('no')
  }
  assert.throws(() => feed.read())
  feed.onMessage = () => {}
  feed.reader.fail()
  feed.publish(rawDatagram(2, 1))
  feed.read()
  assert.equal(lines()[0].length, 1)
})

test('an answer to a request is in no line’s ring, and is not noted', () => {
  const server = new TestServer()
  const policy = { ordered: true, recovering: true, waitNs: 50e6 }
  const { feed, lines } = profiledFeed({ reader: { policy, holdBytes: 65_536, recovery: server } })
  for (const sequence of [0, 2]) feed.publish(rawDatagram(sequence, 1))
  feed.read().idle(3e6)
  server.answer(rawDatagram(1, 1))
  feed.publish(rawDatagram(3, 1))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3])
  assert.equal(lines()[0].length, 3)
})
