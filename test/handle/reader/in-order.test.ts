import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDatagram } from '../../wire/datagrams.js'
import { EPOCH, TestFeed } from '../test-feed.js'

test('FeedReader counts datagrams that came in order when their batch ends, and gaps in between at once', () => {
  const feed = new TestFeed()
  for (const first of [0, 2, 4]) feed.publish(rawDatagram(first, 2))
  const seen: number[] = []
  feed.onMessage = () => seen.push(feed.counter('messages'))
  feed.read()
  // The first datagram of all is judged; the others only follow.
  assert.deepEqual(seen, [2, 2, 2, 2, 2, 2])
  assert.deepEqual([feed.counter('messages'), feed.counter('datagrams')], [6, 3])
  assert.deepEqual([feed.track('expected'), feed.track('next')], [6, 6])
  for (const first of [6, 9, 11]) feed.publish(rawDatagram(first, 2))
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12])
  assert.deepEqual([feed.track('expected'), feed.lostTotal], [13, 1])
  feed.assertBalanced()
})

test('FeedReader counts exactly what a handler had that threw amid datagrams in order', () => {
  const feed = new TestFeed()
  for (let first = 0; first < 20; first += 2) feed.publish(rawDatagram(first, 2))
  feed.onMessage = (sequence) => {
    if (sequence === 13) throw new Error('thrown by the test')
  }
  assert.throws(() => feed.read(), /thrown by the test/)
  feed.reader.fail()
  // All that came behind one another is one run.
  assert.deepEqual([feed.counter('delivered'), feed.counter('undelivered')], [13, 7])
  feed.onMessage = () => {}
  feed.read().finish()
  assert.deepEqual([feed.counter('delivered'), feed.counter('undelivered')], [13, 7])
  feed.assertBalanced()
})

test('A reader that takes over knows what a thread that died amid datagrams in order had accepted', () => {
  const feed = new TestFeed()
  for (let first = 0; first < 20; first += 2) feed.publish(rawDatagram(first, 2))
  feed.onMessage = (sequence) => {
    if (sequence === 13) throw new Error('dies')
  }
  assert.throws(() => feed.read())
  feed.onMessage = () => {}
  feed.replaceReader()
  feed.reader.takeOver(true)
  assert.equal(feed.counter('delivered'), 13)
  feed.read().finish()
  assert.deepEqual([feed.counter('delivered'), feed.counter('undelivered')], [13, 7])
  feed.assertBalanced()
})

test('FeedReader records the age of each message of datagrams that came in order', () => {
  const feed = new TestFeed()
  const stamped = (first: number, agesNs: readonly number[]) => {
    const datagram = rawDatagram(first, agesNs.length)
    const view = new DataView(datagram.buffer)
    const nowNs = BigInt(EPOCH.unixSeconds) * 1_000_000_000n + BigInt(feed.clock.ns)
    agesNs.forEach((ageNs, i) => {
      view.setBigUint64(i * 29, nowNs - BigInt(ageNs), true)
    })
    return datagram
  }
  feed.publish(stamped(0, [50]))
  feed.publish(stamped(1, [100, 100, 120]))
  feed.publish(stamped(4, [120, 120]))
  feed.publish(stamped(6, [60, 140]))
  feed.publish(stamped(8, [140]))
  feed.read().finish()
  const ages = [...feed.state.latency.snapshot().buckets()].map(({ fromNs, count }) => [
    fromNs,
    count,
  ])
  assert.deepEqual(ages, [
    [50, 1],
    [60, 1],
    [100, 2],
    [120, 3],
    [140, 2],
  ])
})
