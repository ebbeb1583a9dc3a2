import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iexTpDatagram, rawDatagram } from '../../wire/datagrams.js'
import { TestFeed } from '../test-feed.js'

const NOTHING_LOST = { ring: 0, invalid: 0, kernel: 0, network: 0, cutOff: 0, unrecovered: 0 }

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function train(...datagrams: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(datagrams.flatMap((one) => [...one]))
}

test('FeedReader opens each datagram of a train, of which the last is shorter', () => {
  const feed = new TestFeed()
  const payload = train(rawDatagram(0, 2), rawDatagram(2, 2), rawDatagram(4, 1))
  feed.publish(payload, { segmentBytes: 58 })
  feed.publish(rawDatagram(5, 1))
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(0, 5))
  assert.equal(feed.counter('datagrams'), 4)
  assert.equal(feed.lineCounter(0, 'handled'), 2)
  assert.equal(feed.lostTotal, 0)
  feed.assertBalanced()
})

test('FeedReader takes a train of one as the datagram that it is', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 2), { segmentBytes: 58 })
  feed.publish(rawDatagram(2, 1), { segmentBytes: 58 })
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(0, 2))
  assert.equal(feed.counter('datagrams'), 2)
})

test('FeedReader sorts late, doubled and invalid datagrams out of a train', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1))
  const first = train(rawDatagram(2, 1), rawDatagram(1, 1), rawDatagram(2, 1), rawDatagram(4, 1))
  feed.publish(first, { segmentBytes: 29 })
  feed.publish(train(rawDatagram(3, 1), new Uint8Array(5)), { segmentBytes: 29 })
  feed.publish(rawDatagram(5, 1))
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 2, 1, 4, 3, 5])
  assert.equal(feed.track('duplicates'), 1)
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, invalid: 1 })
  assert.equal(feed.counter('datagrams'), 8)
  feed.assertBalanced()
})

test('FeedReader reckons one kernel drop as a whole train where trains come', () => {
  const feed = new TestFeed()
  const datagrams = (first: number) => range(first, first + 7).map((n) => rawDatagram(n, 1))
  feed.publish(train(...datagrams(0)), { segmentBytes: 29 })
  feed.publish(train(...datagrams(16)), { segmentBytes: 29, kernelDrops: 1 })
  feed.read().finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, kernel: 8 })
})

test('FeedReader follows a restart in trains, each of which is one witness', () => {
  const feed = new TestFeed()
  const datagrams = (first: number) => range(first, first + 2).map((n) => rawDatagram(n, 1))
  feed.publish(rawDatagram(1000, 1))
  feed.publish(rawDatagram(1001, 1))
  feed.publish(train(...datagrams(0)), { segmentBytes: 29 })
  feed.publish(train(...datagrams(3)), { segmentBytes: 29 })
  feed.read().finish()
  assert.deepEqual(feed.delivered, [1000, 1001, 0, 1, 2, 3, 4, 5])
  assert.equal(feed.track('restarts'), 1)
  feed.assertBalanced()
})

test('FeedReader stops within a train when the total ends there', () => {
  const feed = new TestFeed({ total: 5 })
  const payload = train(rawDatagram(0, 2), rawDatagram(2, 2), rawDatagram(4, 2), rawDatagram(6, 2))
  feed.publish(payload, { segmentBytes: 58 })
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(0, 4))
  assert.equal(feed.reader.complete, true)
  assert.equal(feed.track('expected'), 5)
  feed.assertBalanced()
})

test('FeedReader loses of a train only the datagram that is broken', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 2))
  const broken = train(rawDatagram(4, 1), rawDatagram(9, 1))
  const payload = train(rawDatagram(2, 2), broken, rawDatagram(6, 2), rawDatagram(8, 1))
  feed.publish(payload, { segmentBytes: 58 })
  feed.publish(rawDatagram(9, 2))
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3, 6, 7, 8, 9, 10])
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, invalid: 2 })
  assert.equal(feed.counter('invalidDatagrams'), 1)
  assert.equal(feed.counter('datagrams'), 6)
  assert.equal(feed.lineCounter(0, 'firstToArrive'), 5)
  feed.assertBalanced()
})

test('FeedReader sees a gap between two datagrams of a train', () => {
  const feed = new TestFeed()
  const payload = train(rawDatagram(0, 2), rawDatagram(2, 2), rawDatagram(7, 2), rawDatagram(9, 2))
  feed.publish(payload, { segmentBytes: 58 })
  feed.read().finish()
  assert.deepEqual(feed.delivered, [...range(0, 3), ...range(7, 10)])
  assert.deepEqual(feed.gaps, [{ firstSequence: 4, count: 3, reason: 'network' }])
  assert.equal(feed.counter('datagrams'), 4)
  feed.assertBalanced()
})

test('FeedReader opens datagrams with headers of their own one by one, in trains too', () => {
  const feed = new TestFeed({ framing: 'iex-tp' })
  const messages = [new Uint8Array(10), new Uint8Array(10)]
  const datagrams = [1n, 3n, 5n].map((sequence) => iexTpDatagram({ sequence, messages }))
  feed.publish(train(...datagrams), { segmentBytes: datagrams[0]?.length ?? 0 })
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(1, 6))
  assert.equal(feed.counter('datagrams'), 3)
  assert.equal(feed.lostTotal, 0)
})

for (const [how, second] of Object.entries({ 'at once': 8, 'one by one, for a gap': 9 })) {
  test(`FeedReader reckons drops behind trains by the train, read ${how}`, () => {
    const feed = new TestFeed()
    const eight = (first: number, last: number) =>
      train(...range(first, first + 6).map((n) => rawDatagram(n, 1)), rawDatagram(last, 1))
    feed.publish(eight(0, 7), { segmentBytes: 29 })
    feed.publish(eight(8, 14 + second - 7), { segmentBytes: 29 })
    feed.read()
    feed.count('kernelDrops', 2)
    feed.finish()
    assert.deepEqual(feed.lost, { ...NOTHING_LOST, kernel: 16, network: second - 8 })
    feed.assertBalanced()
  })
}
