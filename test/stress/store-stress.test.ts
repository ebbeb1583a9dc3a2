import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreReader } from '../../src/retransmit/store-reader.js'
import { decodeMoldSession } from '../../src/wire/moldudp64.js'
import { type StoreStressOrder, stressLength, stressOctet } from './store-stress-worker.js'

const COPIES = 100_000
const HANG_MS = 120_000
const TARGET_BYTES = 4000
const BASE_SEED = 1 + (Date.now() % 2 ** 20)

/** Messages until another stream begins: rarely, so that memory is used again; and all the time. */
for (const streamMessages of [1_000_000, 500]) {
  const what = `${COPIES} copies while a thread overwrites them, ${streamMessages} to a stream`
  test(`RetransmitStore never gives a torn message: ${what} (seed ${BASE_SEED})`, {
    timeout: HANG_MS,
  }, async (t) => {
    const store = createRetransmitStore(MIN_STORE_BYTES)
    const stop = new SharedArrayBuffer(4)
    const order: StoreStressOrder = { store, stop, seed: BASE_SEED, streamMessages }
    const url = new URL('./store-stress-worker.js', import.meta.url)
    const worker = new Worker(url, { workerData: order })
    t.signal.addEventListener('abort', () => void worker.terminate())
    await once(worker, 'message')
    const { copied, gone, wrong } = readAtRandom(store)
    const done = once(worker, 'message')
    Atomics.store(new Int32Array(stop), 0, 1)
    const [appended] = (await done) as [number]
    t.diagnostic(`${appended} appended, ${copied} copied, ${gone} gone`)
    assert.deepEqual(wrong, [])
    assert.ok(copied > 0 && gone > 0, 'some were there, and some were overwritten')
  })
}

/** Copies runs of messages until enough tries are made, the oldest more often than others. */
function readAtRandom(store: SharedArrayBuffer) {
  const reader = new RetransmitStoreReader(store)
  const target = new DataView(new ArrayBuffer(TARGET_BYTES))
  const wrong: string[] = []
  let copied = 0
  let gone = 0
  let state = BASE_SEED
  const random = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  while (copied + gone < COPIES && wrong.length < 5) {
    if (!reader.refresh()) continue
    const stream = Number(decodeMoldSession(new DataView(reader.session.buffer), 0))
    const { first, end } = reader
    // A writer that began again in between makes these two nonsense, and the copy must find that out.
    const sequence = first + random(Math.max(1, random(3) === 0 ? end - first : 8))
    const result = reader.tryCopy(sequence, 1 + random(50), TARGET_BYTES, target, 0, 'mold')
    if (result !== 'copied') {
      gone++
      continue
    }
    copied++
    const problem = check(target, stream, sequence, reader.count, reader.bytes)
    if (problem !== undefined) wrong.push(problem)
  }
  return { copied, gone, wrong }
}

function check(
  target: DataView,
  stream: number,
  first: number,
  count: number,
  bytes: number,
): string | undefined {
  let offset = 0
  for (let sequence = first; sequence < first + count; sequence++) {
    const length = target.getUint16(offset)
    const where = `message ${sequence} of stream ${stream}`
    if (length !== stressLength(stream, sequence)) return `${where} has ${length} bytes`
    offset += 2
    for (let at = 0; at < length; at++) {
      const octet = target.getUint8(offset + at)
      if (octet !== stressOctet(stream, sequence, at)) return `${where} is torn at ${at}`
    }
    offset += length
  }
  return offset === bytes ? undefined : `${offset} bytes of messages, ${bytes} said`
}
