import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { assert } from '../../foundation/assert.js'
import { createRing } from '../../ring/layout.js'
import type { RingResult, RingWork } from './ring-worker.js'

const SLOTS = 1024
const SLOT_BYTES = 64
const BATCH = 32
const PRODUCER_CPU = 1
const CONSUMER_CPU = 0

/** What a ring carried between two threads. */
export interface RingSample {
  readonly perSecond: number
  readonly lost: number
  readonly doubled: number
}

/** The slot ring without a network: two pinned threads, batches of 32. */
export async function measureRing(messages: number): Promise<RingSample> {
  const ring = createRing(SLOTS, SLOT_BYTES)
  const shared = { ring, messages, batch: BATCH, ended: new SharedArrayBuffer(4) }
  const consumer = startEnd({ ...shared, role: 'consumer', cpu: CONSUMER_CPU })
  const producer = startEnd({ ...shared, role: 'producer', cpu: PRODUCER_CPU })
  const [result] = await Promise.all([consumer, producer])
  return { perSecond: messages / result.seconds, lost: result.lost, doubled: result.doubled }
}

/** The same with the C++ program of bench/peers: messages per second. */
export async function measureNativeRing(program: string, messages: number): Promise<number> {
  const args = [messages, BATCH, PRODUCER_CPU, CONSUMER_CPU].map(String)
  const { stdout } = await promisify(execFile)(program, args)
  const { wrong, seconds } = JSON.parse(stdout) as { wrong: number; seconds: number }
  assert(wrong === 0, 'the ring in C++ carries what it is given')
  return messages / seconds
}

async function startEnd(work: RingWork): Promise<RingResult> {
  const worker = new Worker(new URL('./ring-worker.js', import.meta.url), { workerData: work })
  const [result] = (await once(worker, 'message')) as [RingResult]
  return result
}
