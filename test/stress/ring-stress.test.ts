import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createRing, ringStatistics } from '../../src/ring/index.js'
import { PUBLISHED, RELEASED } from '../../src/ring/layout.js'
import { proof } from '../kit/proof.js'
import type { StressOrder, StressResult } from './ring-stress-worker.js'

/** In all; another number for a longer look: TICKWIRE_STRESS_MESSAGES=100000000. */
const MESSAGES = Number(process.env['TICKWIRE_STRESS_MESSAGES'] ?? proof(3_000_000, 10_000_000))
const SLOT_BYTES = 32
/** The smallest rings hand over message by message; on a busy core that is slow. */
const HANG_MS = 120_000 + MESSAGES / 100
const BASE_SEED = 1 + (Date.now() % 2 ** 30)

/** Capacities, and where the counters start: two of them pass a border of 32 bits on the way. */
const RUNS: readonly { readonly slots: number; readonly start: number }[] = [
  { slots: 2, start: 0 },
  { slots: 4, start: 0 },
  { slots: 8, start: 0 },
  { slots: 16, start: 2 ** 31 - 100_000 },
  { slots: 32, start: 0 },
  { slots: 64, start: 2 ** 32 - 100_000 },
  { slots: 128, start: 0 },
  { slots: 256, start: 0 },
  { slots: 512, start: 2 ** 32 - 1 },
  { slots: 1024, start: 0 },
]
const PER_RUN = Math.ceil(MESSAGES / RUNS.length)

function start(order: StressOrder, signal: AbortSignal): Worker {
  const url = new URL('./ring-stress-worker.js', import.meta.url)
  const worker = new Worker(url, { workerData: order })
  signal.addEventListener('abort', () => void worker.terminate())
  return worker
}

/** Reads the statistics of a ring while it is in use; what of `used` cannot be. */
async function lookOn(ring: SharedArrayBuffer, finished: Promise<unknown>): Promise<number[]> {
  const astray: number[] = []
  let over = false
  finished.finally(() => {
    over = true
  })
  while (!over) {
    for (let look = 0; look < 100; look++) {
      const { used, slots } = ringStatistics(ring)
      if (used < 0 || used > slots) astray.push(used)
    }
    await sleep(1)
  }
  return astray
}

RUNS.forEach(({ slots, start: counter }, run) => {
  const seed = BASE_SEED + run
  const what = `${PER_RUN} messages between two threads through ${slots} slots from ${counter}`
  test(`SlotRing hands over ${what} (seed ${seed})`, { timeout: HANG_MS }, async (t) => {
    const ring = createRing(slots, SLOT_BYTES)
    const words = new Int32Array(ring)
    words[PUBLISHED / 4] = counter
    words[RELEASED / 4] = counter
    const order = { ring, bell: new SharedArrayBuffer(4), messages: PER_RUN, seed }
    const consumed = once(start({ ...order, role: 'consume' }, t.signal), 'message')
    const produced = once(start({ ...order, role: 'produce' }, t.signal), 'message')
    const finished = Promise.all([consumed, produced])
    const astray = await lookOn(ring, finished)
    const [[message]] = await finished
    assert.deepEqual(astray, [], 'a ring in use has between none and all of its slots in use')
    const result = message as StressResult
    t.diagnostic(`${result.batches} batches, high water ${ringStatistics(ring).highWater}`)
    assert.deepEqual(
      { messages: result.messages, torn: result.torn, misplaced: result.misplaced },
      { messages: PER_RUN, torn: 0, misplaced: 0 },
    )
    assert.equal(ringStatistics(ring).used, 0)
    assert.equal(words[PUBLISHED / 4], (counter + PER_RUN) | 0)
    assert.equal(words[RELEASED / 4], (counter + PER_RUN) | 0)
  })
})
