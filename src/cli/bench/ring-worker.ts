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
}

export interface RingResult {
  /** Messages that were not the expected ones: lost, doubled or torn. */
  readonly wrong: number
  readonly seconds: number
}

/** Where the message's number lies in its slot: where a native message has its sequence. */
const NUMBER_AT = 16

const work = workerData as RingWork
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
  return { wrong: 0, seconds: (performance.now() - startMs) / 1000 }
}

function consume(): RingResult {
  const consumer = new SlotConsumer(work.ring)
  const { bytes } = consumer
  let wrong = 0
  let startMs = 0
  for (let got = 0; got < work.messages; ) {
    const count = consumer.take(work.batch)
    if (count === 0) continue
    if (got === 0) startMs = performance.now()
    for (let i = 0; i < count; i++) {
      const number = bytes.getUint32(consumer.slotOffset(consumer.indexAt(i)) + NUMBER_AT, true)
      if (number !== got++) wrong++
    }
    consumer.release(count)
  }
  return { wrong, seconds: (performance.now() - startMs) / 1000 }
}
