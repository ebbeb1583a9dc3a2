import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDatagram } from '../../system/datagrams.js'
import { moldDatagram } from '../../wire/datagrams.js'
import { PLAIN_FEED, TestFeed } from '../test-feed.js'
import { TestServer } from '../test-server.js'

const MS = 1e6
const WAIT_MS = 50

/** A raw feed that holds back what comes behind a gap, and asks for what is missing. */
function recoveringFeed(): { readonly feed: TestFeed; readonly server: TestServer } {
  const server = new TestServer()
  const policy = { ordered: true, recovering: true, waitNs: WAIT_MS * MS }
  const reader = { ...PLAIN_FEED, policy, holdBytes: 65536, recovery: server }
  return { feed: new TestFeed({ reader }), server }
}

test('an answer that waited while the handler slept comes before its gap is declared lost', () => {
  const { feed, server } = recoveringFeed()
  for (const sequence of [0, 2]) feed.publish(rawDatagram(sequence))
  feed.read().idle(3 * MS)
  assert.deepEqual(server.asked, [{ first: 1, count: 1 }])
  server.answer(rawDatagram(1))
  feed.clock.ns += 10 * WAIT_MS * MS
  feed.publish(rawDatagram(3))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3])
  assert.deepEqual(feed.gaps, [])
})

test('a gap that nobody answers is declared lost after the wait, in its place', () => {
  const { feed, server } = recoveringFeed()
  for (const sequence of [0, 3]) feed.publish(rawDatagram(sequence))
  feed.read()
  const before: number[] = []
  feed.onGap = () => before.push(...feed.delivered)
  for (let ms = 0; ms < 2 * WAIT_MS; ms++) feed.read().idle(MS)
  assert.ok(server.asked.length > 1, 'it is asked for again')
  assert.deepEqual(before, [0])
  assert.deepEqual(feed.delivered, [0, 3])
  assert.deepEqual(feed.gaps, [{ firstSequence: 1, count: 2, reason: 'unrecovered' }])
})

test('the start of a session that came last of all is delivered, although it misses its beginning', () => {
  const feed = new TestFeed({
    framing: 'moldudp64',
    reader: {
      policy: { ordered: true, recovering: true, waitNs: WAIT_MS * MS },
      holdBytes: 65536,
      recovery: new TestServer(),
    },
  })
  const messages = [Uint8Array.of(1)]
  feed.publish(moldDatagram({ session: 'MON', sequence: 1n, messages }))
  feed.publish(moldDatagram({ session: 'TUE', sequence: 3n, messages }))
  feed.read().finish()
  assert.equal(feed.counter('delivered'), 2)
  assert.deepEqual(feed.gaps, [{ firstSequence: 1, count: 2, reason: 'network' }])
  feed.assertBalanced()
})

test('a server that nobody had to ask is not called a silent line', () => {
  const lines: number[] = []
  const feed = new TestFeed({
    lines: 2,
    slots: 1024,
    reader: {
      policy: { ordered: true, recovering: true, waitNs: WAIT_MS * MS },
      holdBytes: 65536,
      recovery: new TestServer(),
      onStatus: ({ line }) => lines.push(line),
    },
  })
  for (let sequence = 0; sequence < 60; sequence++) {
    for (const line of [0, 1]) feed.publish(rawDatagram(sequence), {}, line)
    feed.read().idle(50 * MS)
  }
  assert.deepEqual(lines, [])
})

test('a gap that grew old while the handler slept is asked for, and waits for the answer', () => {
  const { feed, server } = recoveringFeed()
  for (const sequence of [0, 2]) feed.publish(rawDatagram(sequence))
  feed.read()
  feed.clock.ns += 20 * WAIT_MS * MS
  for (let ms = 0; ms < 3; ms++) feed.read().idle(MS)
  assert.deepEqual(server.asked, [{ first: 1, count: 1 }])
  server.answer(rawDatagram(1))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 1, 2])
  assert.deepEqual(feed.gaps, [])
})
