import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDatagram } from '../../system/datagrams.js'
import { TestFeed } from '../test-feed.js'

const OWN = '10.0.0.1'
const OTHER = '10.0.0.2'

function filteredFeed(total = Number.NaN): TestFeed {
  return new TestFeed({ allowed: [OWN], total })
}

test('FeedReader passes over what other sources send, and its account shows nothing of it', () => {
  const feed = filteredFeed()
  feed.publish(rawDatagram(5), { from: OWN })
  // A restart, a jump, a gap, a duplicate, something that is no message at all.
  for (const sequence of [0, 3_000_000, 8, 5]) {
    feed.publish(rawDatagram(sequence), { from: OTHER })
  }
  feed.publish(new Uint8Array(7), { from: OTHER })
  feed.publish(rawDatagram(6), { from: OWN })
  feed.read().finish()
  assert.deepEqual(feed.delivered, [5, 6])
  assert.deepEqual([feed.track('expected'), feed.lostTotal], [2, 0])
  assert.deepEqual([feed.track('restarts'), feed.track('duplicates')], [0, 0])
  assert.deepEqual([feed.counter('datagrams'), feed.counter('invalidDatagrams')], [2, 0])
  assert.equal(feed.lineCounter(0, 'otherSources'), 5)
  assert.deepEqual([feed.lineCounter(0, 'handled'), feed.lineCounter(0, 'released')], [7, 7])
  feed.assertBalanced()
})

test('FeedReader counts the datagrams of a train of another source, and opens none', () => {
  const feed = filteredFeed()
  feed.publish(rawDatagram(0, 2), { from: OWN, segmentBytes: 29 })
  feed.publish(new Uint8Array(100), { from: OTHER, segmentBytes: 29 })
  feed.publish(rawDatagram(2), { from: OWN })
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 2])
  assert.equal(feed.lineCounter(0, 'otherSources'), 4)
  assert.equal(feed.lineCounter(0, 'otherSlots'), 1)
})

test('A loss that is announced beside a datagram of another source is still explained', () => {
  const feed = filteredFeed()
  feed.publish(rawDatagram(0), { from: OWN })
  feed.publish(rawDatagram(9), { from: OTHER, kernelDrops: 2, ringDrops: 3 })
  feed.publish(rawDatagram(6), { from: OWN, kernelDrops: 2 })
  feed.read().finish()
  assert.deepEqual(feed.lost, {
    kernel: 2,
    ring: 3,
    network: 0,
    invalid: 0,
    cutOff: 0,
    unrecovered: 0,
  })
  feed.assertBalanced()
})

test('Without a total, drops behind the last message may be of others and are not expected', () => {
  for (const others of [false, true]) {
    const feed = filteredFeed()
    feed.publish(rawDatagram(0), { from: OWN })
    if (others) feed.publish(rawDatagram(9), { from: OTHER, kernelDrops: 4 })
    feed.count('kernelDrops', 10)
    feed.read().finish()
    assert.equal(feed.track('expected'), others ? 1 : 11)
    feed.assertBalanced()
  }
})

test('With a total, drops behind the last message explain it as far as they may be the feed’s', () => {
  const feed = filteredFeed(5)
  feed.publish(rawDatagram(0), { from: OWN })
  feed.publish(rawDatagram(9), { from: OTHER })
  feed.count('kernelDrops', 4)
  feed.read().idle(1e9).finish()
  assert.equal(feed.track('expected'), 5)
  assert.deepEqual(feed.lost, {
    kernel: 2,
    ring: 0,
    network: 2,
    invalid: 0,
    cutOff: 0,
    unrecovered: 0,
  })
})
