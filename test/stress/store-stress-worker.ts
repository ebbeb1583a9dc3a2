import { parentPort, workerData } from 'node:worker_threads'
import { storeLayoutOf } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import { encodeMoldSession } from '../../src/wire/moldudp64.js'

export interface StoreStressOrder {
  readonly store: SharedArrayBuffer
  /** One word, which is not 0 once the writer shall stop. */
  readonly stop: SharedArrayBuffer
  readonly seed: number
  /** Messages until another stream begins. */
  readonly streamMessages: number
}

/** Longest message of the test. */
export const STRESS_MESSAGE_BYTES = 2000
const STOP_CHECK_MESSAGES = 1024

/** The length of a message, from 0 on, mostly short. */
export function stressLength(stream: number, sequence: number): number {
  const mixed = mix(stream, sequence)
  return (mixed & 7) === 0 ? (mixed >>> 8) % STRESS_MESSAGE_BYTES : (mixed >>> 8) % 60
}

/** The octet at `at` of a message. */
export function stressOctet(stream: number, sequence: number, at: number): number {
  return (mix(stream, sequence) + Math.imul(at, 0x85ebca6b)) >>> 24
}

function mix(stream: number, sequence: number): number {
  const mixed = Math.imul(sequence ^ Math.imul(stream, 0x27d4eb2f), 0x9e3779b1)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

if (parentPort !== null) {
  const { store, stop, seed, streamMessages } = workerData as StoreStressOrder
  const stopped = new Int32Array(stop)
  const { entryCount } = storeLayoutOf(store)
  let stream = seed
  let sequence = 1
  const begin = () => ({ session: encodeMoldSession(String(stream)), firstSequence: sequence })
  const writer = new RetransmitStoreWriter(store, begin(), 2 * entryCount)
  const bytes = new DataView(new ArrayBuffer(STRESS_MESSAGE_BYTES))
  let appended = 0
  parentPort.postMessage('ready')
  while (Atomics.load(stopped, 0) === 0) {
    for (let i = 0; i < STOP_CHECK_MESSAGES; i++) {
      const length = stressLength(stream, sequence)
      for (let at = 0; at < length; at++) bytes.setUint8(at, stressOctet(stream, sequence, at))
      writer.append(bytes, 0, length)
      // As datagrams of some messages do it.
      if (sequence % 5 === 0) writer.publish()
      sequence++
      appended++
      if (appended % streamMessages !== 0) continue
      stream++
      sequence = 1
      writer.begin(begin())
    }
  }
  parentPort.postMessage(appended)
}
