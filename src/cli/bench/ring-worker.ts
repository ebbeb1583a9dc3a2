import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../foundation/assert.js'
import { pinThread } from '../../native/affinity.js'
import { canUseLibc } from '../../native/libc.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { SlotProducer } from '../../ring/slot-producer.js'

/** One end of the slot ring alone, in a thread of its own. */
export interface RingWork {
  readonly role: 'producer' | 'consumer'
  readonly ring: SharedArrayBuffer
  readonly messages: number
  readonly batch: number
  readonly cpu: number
  /** One word, 1 once the producer has published its last message. */
  readonly ended: SharedArrayBuffer
}

export interface RingResult {
  /** Numbers that did not come, and those that came again; one out of its order is both. */
  readonly lost: number
  readonly doubled: number
  readonly seconds: number
}

/** Where the message's number lies in its slot: where a native message has its sequence. */
const NUMBER_AT = 16

const work = workerData as RingWork
const ended = new Int32Array(work.ended)
assert(parentPort !== null, 'this module runs in a worker thread')
if (canUseLibc()) pinThread(work.cpu)
parentPort.postMessage(work.role === 'producer' ? produce() : consume())

function produce(): RingResult {
  const producer = new SlotProducer(work.ring)
  const { bytes } = producer
  const startMs = performance.now()
  for (let sent = 0; sent < work.messages; ) {
    const count = Math.min(producer.claim(work.batch), work.messages - sent)
    if (count === 0) continue
    const first = producer.claimedIndex
    for (let i = 0; i < count; i++) {
      bytes.setUint32(producer.slotOffset(first + i) + NUMBER_AT, sent++, true)
    }
    producer.publish(count)
  }
  Atomics.store(ended, 0, 1)
  return { lost: 0, doubled: 0, seconds: (performance.now() - startMs) / 1000 }
}

/** Takes all that the producer published, and no more than that: a lost message must not hang it. */
function consume(): RingResult {
  const consumer = new SlotConsumer(work.ring)
  const { bytes } = consumer
  let lost = 0
  let doubled = 0
  let expected = 0
  let startMs = 0
  let over = false
  for (;;) {
    const count = consumer.take(work.batch)
    if (count === 0) {
      // One more look after the end was seen: the last message was published before it.
      if (over) break
      over = Atomics.load(ended, 0) === 1
      continue
    }
    if (startMs === 0) startMs = performance.now()
    for (let i = 0; i < count; i++) {
      const number = bytes.getUint32(consumer.slotOffset(consumer.indexAt(i)) + NUMBER_AT, true)
      if (number !== expected) {
        if (number < expected) doubled++
        else lost += number - expected
      }
      expected = Math.max(expected, number + 1)
    }
    consumer.release(count)
  }
  const seconds = (performance.now() - startMs) / 1000
  return { lost: lost + work.messages - expected, doubled, seconds }
}
