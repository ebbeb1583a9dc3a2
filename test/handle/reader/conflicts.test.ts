import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINE_TRACK } from '../../../src/sequence/line/line-state.js'
import { lineAt } from '../../../src/sequence/tracker-state.js'
import type { FramingName } from '../../../src/wire/framing.js'
import { iexTpDatagram, moldDatagram, rawDatagram } from '../../wire/datagrams.js'
import { TestFeed } from '../test-feed.js'

const AT_ONCE = { ordered: true, recovering: false, waitNs: 50e6 }

/** Native messages that say something else than those of `rawDatagram`. */
function otherRaw(first: number, count: number): Uint8Array {
  const datagram = rawDatagram(first, count)
  for (let i = 0; i < count; i++) datagram[i * 29 + 8] = 1
  return datagram
}

function messagesOf(feed: TestFeed, line = 0) {
  const at = lineAt(line)
  const of = (part: keyof typeof LINE_TRACK) => feed.state.tracker[at + LINE_TRACK[part]]
  const [duplicates, compared, conflicts] = [of('duplicates'), of('compared'), of('conflicts')]
  return { duplicates, compared, conflicts }
}

function twoLines(framing: FramingName = 'raw'): TestFeed {
  return new TestFeed({ lines: 2, framing, reader: { policy: AT_ONCE, holdBytes: 65536 } })
}

test('A second line that says the same has duplicates, and no conflict', () => {
  const feed = twoLines()
  for (let i = 0; i < 20; i++) {
    feed.publish(rawDatagram(i * 3, 3), {}, 0)
    feed.publish(rawDatagram(i * 3, 3), {}, 1)
    feed.read()
  }
  feed.finish().assertBalanced()
  const [a, b] = [messagesOf(feed, 0), messagesOf(feed, 1)]
  assert.equal(a.duplicates + b.duplicates, 60)
  assert.equal(a.compared + b.compared, 60)
  assert.equal(a.conflicts + b.conflicts, 0)
})

test('Of a datagram that differs in one message from its copy, that message is a conflict', () => {
  const feed = twoLines('moldudp64')
  const datagram = (last: number) =>
    moldDatagram({
      sequence: 1n,
      messages: [Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(6), Uint8Array.of(7, 8, 9, last)],
    })
  feed.publish(datagram(10), {}, 0)
  feed.read()
  feed.publish(datagram(11), {}, 1)
  feed.read().finish()
  assert.deepEqual(messagesOf(feed, 1), { duplicates: 3, compared: 3, conflicts: 1 })
})

test('A message that is longer than its copy is a conflict, though it begins like it', () => {
  const feed = twoLines('iex-tp')
  const datagram = (message: Uint8Array) => iexTpDatagram({ sequence: 1n, messages: [message] })
  feed.publish(datagram(Uint8Array.of(1, 2, 3, 0)), {}, 0)
  feed.read()
  feed.publish(datagram(Uint8Array.of(1, 2, 3, 0, 0)), {}, 1)
  feed.read().finish()
  assert.deepEqual(messagesOf(feed, 1), { duplicates: 1, compared: 1, conflicts: 1 })
})

test('Messages are compared however the other line cuts them into datagrams', () => {
  const feed = twoLines()
  for (let i = 0; i < 6; i++) feed.publish(rawDatagram(i, 1), {}, 0)
  feed.read()
  feed.publish(Buffer.concat([rawDatagram(0, 3), otherRaw(3, 2), rawDatagram(5, 3)]), {}, 1)
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3, 4, 5, 6, 7])
  assert.deepEqual(messagesOf(feed, 1), { duplicates: 6, compared: 6, conflicts: 2 })
})

test('What an overtaken datagram filled is remembered too', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(2, 1))
  feed.publish(rawDatagram(1, 1))
  feed.publish(otherRaw(1, 1))
  feed.read().finish()
  assert.deepEqual(messagesOf(feed), { duplicates: 1, compared: 1, conflicts: 1 })
})

test('On one line the first copy of a short datagram is compared already', () => {
  const feed = new TestFeed()
  for (let i = 0; i < 30; i++) feed.publish(rawDatagram(i, 1))
  feed.publish(rawDatagram(28, 1))
  feed.publish(otherRaw(29, 1))
  feed.read().finish()
  assert.deepEqual(messagesOf(feed), { duplicates: 2, compared: 2, conflicts: 1 })
})

test('On one line large datagrams are compared from the first copy on', () => {
  const feed = new TestFeed({ slotBytes: 2048 })
  for (let i = 0; i < 10; i++) feed.publish(rawDatagram(i * 20, 20))
  feed.publish(rawDatagram(180, 20))
  feed.read()
  assert.deepEqual(messagesOf(feed), { duplicates: 20, compared: 0, conflicts: 0 })
  feed.publish(rawDatagram(200, 20))
  feed.publish(otherRaw(200, 20))
  feed.read().finish()
  assert.deepEqual(messagesOf(feed), { duplicates: 40, compared: 20, conflicts: 20 })
})

test('What came too long ago is a duplicate of which nothing is known', () => {
  const feed = new TestFeed({ slots: 16384 })
  for (let i = 0; i < 8300; i++) feed.publish(rawDatagram(i, 1))
  feed.publish(otherRaw(3, 1))
  feed.read().finish()
  assert.deepEqual(messagesOf(feed), { duplicates: 1, compared: 0, conflicts: 0 })
})

test('A publisher that has restarted is in no conflict with its run before', () => {
  const feed = new TestFeed({ slots: 2048 })
  for (let i = 0; i < 600; i++) feed.publish(rawDatagram(i, 1))
  feed.read()
  // Its beginning is lost: eight old datagrams in a row prove it.
  for (let i = 2; i < 40; i++) feed.publish(otherRaw(i, 1))
  feed.read().finish()
  feed.assertBalanced()
  assert.equal(feed.track('restarts'), 1)
  assert.deepEqual(messagesOf(feed), { duplicates: 0, compared: 0, conflicts: 0 })
})

test('A packet that has one sequence for all its messages is compared as a whole', () => {
  const packet = (last: number) => {
    const bytes = Buffer.alloc(12 + 2 * 12)
    bytes.writeUInt32LE(1, 0)
    for (const at of [12, 24]) bytes.writeUInt16LE(12, at)
    bytes[35] = last
    return bytes
  }
  const feed = twoLines('mdp3')
  feed.publish(packet(1), {}, 0)
  feed.read()
  feed.publish(packet(2), {}, 1)
  feed.publish(packet(1), {}, 1)
  feed.read().finish()
  assert.deepEqual(messagesOf(feed, 1), { duplicates: 2, compared: 2, conflicts: 1 })
})
