import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RECORDER } from '../../src/account/recorder-counters.js'
import {
  createRecordRing,
  RecordConsumer,
  RecordProducer,
  RecordRingControl,
} from '../../src/record/record-ring.js'
import type { DatagramSource } from '../../src/transport/datagram-source.js'

const RING_BYTES = 65_536

/** A source with one datagram, or train, of bytes that tell which it is. */
function source(length: number, mark: number, segmentBytes = 0): DatagramSource {
  const bytes = new DataView(new ArrayBuffer(length + 5))
  for (let i = 0; i < length; i++) bytes.setUint8(5 + i, (mark + i) & 255)
  return {
    ...{ capacity: 1, maxBytes: length, dropsRunAhead: false, bytes },
    ...{ offset: 5, length, segmentBytes, foreign: false, damaged: false, cut: false },
    ...{ receivedNs: 1e12 + mark, pushedNs: Number.NaN, drops: 0, droppedMessages: 0, tap: null },
    take: () => 0,
    open() {},
    readPushed() {},
    copySender(name) {
      name.setUint32(0, mark, true)
      return true
    },
    close() {},
    release() {},
    tellSenders() {},
    isEmpty: () => true,
    holdsMoreThan: () => false,
  }
}

function ring(waits = false) {
  const buffer = createRecordRing(RING_BYTES)
  const counters = new Float64Array(32)
  const producer = new RecordProducer(buffer, counters, waits)
  return { buffer, counters, producer, consumer: new RecordConsumer(buffer) }
}

test('RecordRing hands over datagrams of any length, again and again around its end', () => {
  const { producer, consumer, counters } = ring()
  let sent = 0
  let seen = 0
  for (let round = 0; round < 400; round++) {
    for (let i = 0; i < 5; i++) producer.copy(source((sent * 397) % 3000, sent), sent++ % 3)
    while (consumer.next()) {
      assert.equal(consumer.length, (seen * 397) % 3000)
      assert.equal(consumer.line, seen % 3)
      assert.equal(consumer.receivedNs, 1e12 + seen)
      assert.equal(consumer.bytes.getUint32(consumer.senderOffset, true), seen)
      for (let i = 0; i < consumer.length; i += 97) {
        assert.equal(consumer.bytes.getUint8(consumer.offset + i), (seen + i) & 255)
      }
      seen++
    }
    consumer.release()
  }
  assert.equal(seen, 2000)
  // Five of 3 KB at most lay there at a time, however stale the producer's view of it was.
  const highWater = counters[RECORDER.ringHighWaterBytes] ?? 0
  assert.ok(highWater > 3000 && highWater < 5 * 3100 + 3100, `${highWater} bytes`)
  assert.equal(counters[RECORDER.taken], 2000)
  assert.equal(counters[RECORDER.slow], 0)
})

test('RecordRing counts what finds no room, and goes on when there is some', () => {
  const { producer, consumer, counters } = ring()
  for (let i = 0; i < 100; i++) producer.copy(source(1000, i), 0)
  const taken = counters[RECORDER.taken] ?? 0
  assert.ok(taken > 50 && taken < 66, `${taken} of 100`)
  assert.equal(counters[RECORDER.slow], 100 - taken)
  let seen = 0
  while (consumer.next()) seen++
  assert.equal(seen, taken)
  consumer.release()
  producer.copy(source(1000, 7), 0)
  assert.equal(consumer.next(), true)
  assert.equal(consumer.receivedNs, 1e12 + 7)
})

test('RecordRing cuts a train into its datagrams', () => {
  const { producer, consumer } = ring()
  producer.copy(source(250, 0, 100), 0)
  const found: number[][] = []
  while (consumer.next()) found.push([consumer.length, consumer.bytes.getUint8(consumer.offset)])
  assert.deepEqual(found, [
    [100, 0],
    [100, 100],
    [50, 200],
  ])
})

test('RecordRing leaves out what is of another source, and counts what is damaged', () => {
  const { producer, consumer, counters } = ring()
  producer.copy({ ...source(10, 0), foreign: true }, 0)
  producer.copy({ ...source(10, 0), damaged: true }, 0)
  assert.equal(consumer.next(), false)
  assert.equal(counters[RECORDER.damaged], 1)
})

test('RecordRing has a producer go on that waits for room, once it is ended', () => {
  const { buffer, producer, counters } = ring(true)
  for (let i = 0; i < 60; i++) producer.copy(source(1000, i), 0)
  new RecordRingControl(buffer).end()
  producer.copy(source(10_000, 1), 0)
  assert.equal(counters[RECORDER.slow], 1)
})

test('RecordRing is taken over by another producer where the first one stopped', () => {
  const { buffer, producer, consumer, counters } = ring()
  producer.copy(source(10, 1), 0)
  new RecordProducer(buffer, counters, false).copy(source(10, 2), 0)
  const seen: number[] = []
  while (consumer.next()) seen.push(consumer.receivedNs - 1e12)
  assert.deepEqual(seen, [1, 2])
})
