import { parentPort, workerData } from 'node:worker_threads'
import type { WakePipe } from '../../src/native/wake-pipe.js'
import { Doorbell, ParkIdle, SlotConsumer, SlotProducer } from '../../src/ring/index.js'
import { PipeBell } from '../../src/ring/pipe-bell.js'

/** What a thread of the parking tests shall do, and with what. */
export interface ParkingOrder {
  readonly role: 'sleep' | 'consume' | 'produce'
  readonly ring: SharedArrayBuffer
  readonly bell: SharedArrayBuffer
  readonly rounds: number
  /** What the bell rings through; left out: the flag itself. */
  readonly pipe?: WakePipe
}

/** Longer than any test: poll(2) has no number for ever. */
const AGES_MS = 1e8

const { role, ring, bell: bellBuffer, rounds, pipe } = workerData as ParkingOrder
const bell = pipe === undefined ? new Doorbell(bellBuffer, 0) : new PipeBell(bellBuffer, 0, pipe)
const sleepMs = pipe === undefined ? Number.POSITIVE_INFINITY : AGES_MS

/** Sleeps as often as it is told to; nobody but the bell ends a sleep. */
function sleep(): void {
  for (let round = 0; round < rounds; round++) {
    bell.arm()
    parentPort?.postMessage(round)
    bell.wait(sleepMs)
  }
}

/** Takes slots one at a time, and parks for ever when there is none. */
function consume(): { readonly values: number; readonly emptyTurns: number } {
  const consumer = new SlotConsumer(ring)
  const idle = new ParkIdle(bell, 0, sleepMs)
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
