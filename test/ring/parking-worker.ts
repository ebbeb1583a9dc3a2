import { parentPort, workerData } from 'node:worker_threads'
import { Doorbell, ParkIdle, SlotConsumer, SlotProducer } from '../../src/ring/index.js'

/** What a thread of the parking tests shall do, and with what. */
export interface ParkingOrder {
  readonly role: 'sleep' | 'consume' | 'produce'
  readonly ring: SharedArrayBuffer
  readonly bell: SharedArrayBuffer
  readonly rounds: number
}

const { role, ring, bell: bellBuffer, rounds } = workerData as ParkingOrder
const bell = new Doorbell(bellBuffer, 0)

/** Sleeps as often as it is told to; nobody but the bell ends a sleep. */
function sleep(): void {
  for (let round = 0; round < rounds; round++) {
    bell.arm()
    parentPort?.postMessage(round)
    bell.wait(Number.POSITIVE_INFINITY)
  }
}

/** Takes slots one at a time, and parks for ever when there is none. */
function consume(): { readonly values: number; readonly emptyTurns: number } {
  const consumer = new SlotConsumer(ring)
  const idle = new ParkIdle(bell, 0, Number.POSITIVE_INFINITY)
  let values = 0
  let emptyTurns = 0
  while (values < rounds) {
    const taken = consumer.take(1)
    if (taken > 0) {
      const value = consumer.bytes.getFloat64(consumer.slotOffset(consumer.indexAt(0)), true)
      if (value !== values) throw new Error(`value ${value} came instead of ${values}`)
      values++
      consumer.release(1)
    } else {
      emptyTurns++
    }
    idle.idle(taken)
  }
  return { values, emptyTurns }
}

/** Publishes slots one at a time, and sleeps for ever when the ring is full. */
function produce(): void {
  const producer = new SlotProducer(ring)
  for (let value = 0; value < rounds; value++) {
    while (producer.claim(1) === 0) {
      producer.spaceBell.arm()
      if (producer.claim(1) > 0) producer.spaceBell.disarm()
      else producer.spaceBell.wait(Number.POSITIVE_INFINITY)
    }
    producer.bytes.setFloat64(producer.slotOffset(producer.claimedIndex), value, true)
    producer.publish(1)
    bell.ring()
  }
}

const roles = { sleep, consume, produce }
parentPort?.postMessage(roles[role]() ?? 'done')
