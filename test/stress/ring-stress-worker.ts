import { parentPort, workerData } from 'node:worker_threads'
import { Doorbell, ParkIdle, SlotConsumer, SlotProducer } from '../../src/ring/index.js'

/** What a thread of the stress test shall do, and with what. */
export interface StressOrder {
  readonly role: 'consume' | 'produce'
  readonly ring: SharedArrayBuffer
  readonly bell: SharedArrayBuffer
  readonly messages: number
  readonly seed: number
}

/** What the consumer found. */
export interface StressResult {
  readonly messages: number
  readonly torn: number
  /** Messages that were not the one behind their predecessor: lost, doubled or out of order. */
  readonly misplaced: number
  readonly batches: number
}

const SPIN_TURNS = 200
const WAIT_MS = 10
const MAX_BATCH = 40

const { role, ring, bell: bellBuffer, messages, seed } = workerData as StressOrder
const bell = new Doorbell(bellBuffer, 0)

/** Batch sizes from 1 to MAX_BATCH, repeatable by their seed (xorshift). */
let state = seed
function nextBatch(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return 1 + ((state >>> 1) % MAX_BATCH)
}

/** The words of a message: its number, two that follow from it, and the sum of all. */
function mix(sequence: number): number {
  return Math.imul(sequence ^ 0x9e3779b9, 0x85ebca6b)
}

function produce(): null {
  const producer = new SlotProducer(ring)
  const idle = new ParkIdle(producer.spaceBell, SPIN_TURNS, WAIT_MS)
  const bytes = producer.bytes
  let sequence = 0
  while (sequence < messages) {
    const claimed = producer.claim(Math.min(nextBatch(), messages - sequence))
    for (let i = 0; i < claimed; i++) {
      const at = producer.slotOffset(producer.claimedIndex + i)
      const mixed = mix(sequence)
      bytes.setInt32(at, sequence, true)
      bytes.setInt32(at + 4, mixed, true)
      bytes.setInt32(at + 8, ~mixed, true)
      bytes.setInt32(at + 28, (sequence + mixed + ~mixed) | 0, true)
      sequence++
    }
    if (claimed > 0) {
      producer.publish(claimed)
      bell.ring()
    }
    idle.idle(claimed)
  }
  return null
}

function consume(): StressResult {
  const consumer = new SlotConsumer(ring)
  const idle = new ParkIdle(bell, SPIN_TURNS, WAIT_MS)
  const bytes = consumer.bytes
  let seen = 0
  let expected = 0
  let torn = 0
  let misplaced = 0
  let batches = 0
  while (seen < messages) {
    const taken = consumer.take(nextBatch())
    for (let nth = 0; nth < taken; nth++) {
      const at = consumer.slotOffset(consumer.indexAt(nth))
      const sequence = bytes.getInt32(at, true)
      const a = bytes.getInt32(at + 4, true)
      const b = bytes.getInt32(at + 8, true)
      const sum = bytes.getInt32(at + 28, true)
      if (a !== mix(sequence) || b !== ~a || sum !== ((sequence + a + b) | 0)) torn++
      if (sequence !== expected) misplaced++
      expected = sequence + 1
    }
    if (taken > 0) {
      consumer.release(taken)
      seen += taken
      batches++
    }
    idle.idle(taken)
  }
  return { messages: seen, torn, misplaced, batches }
}

parentPort?.postMessage(role === 'produce' ? produce() : consume())
