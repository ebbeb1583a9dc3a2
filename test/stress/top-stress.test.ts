import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { copyTop, TOP, TOP_BYTES, TopReader } from '../../src/account/top-section.js'
import { canUseLibc } from '../../src/native/libc.js'
import type { TopStressOrder } from './top-stress-worker.js'

/** At most; where the two threads have a core each, far fewer show so many books. */
const COPIES = 4_000_000
const FILE_COPIES = 20_000
const BOOKS = 5_000
const FILE_BOOKS = 1_000
const HANG_MS = 120_000
/** Not the beginning of a page. */
const OFFSET = 128
const FILE_BYTES = 4096

test('TopReader never takes half of one book for another while a thread writes', {
  timeout: HANG_MS,
}, async (t) => {
  const memory = new SharedArrayBuffer(OFFSET + TOP_BYTES)
  const { done } = await startWriter({ memory, file: '', fileBytes: 0, offset: OFFSET })
  const reader = new TopReader('AAPL', memory, OFFSET)
  const seen = new Set<number>()
  let torn = 0
  let busy = 0
  for (let i = 0; i < COPIES && seen.size < BOOKS; i++) {
    if (!reader.tryCopy()) busy++
    else if (isTorn(reader.copied, seen)) torn++
  }
  const written = await done()
  t.diagnostic(`${written} written, ${seen.size} different ones read, ${busy} given up`)
  assert.equal(torn, 0)
  assert.ok(seen.size > 1, 'it changed meanwhile')
})

test('copyTop reads whole books from a mapped file while a thread writes', {
  timeout: HANG_MS,
  skip: canUseLibc() ? false : 'files cannot be mapped here',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-top-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'top')
  writeFileSync(file, new Uint8Array(FILE_BYTES))
  const { done } = await startWriter({ memory: null, file, fileBytes: FILE_BYTES, offset: OFFSET })
  const descriptor = openSync(file, 'r')
  const seen = new Set<number>()
  let torn = 0
  let busy = 0
  for (let i = 0; i < FILE_COPIES && seen.size < FILE_BOOKS; i++) {
    const top = copyTop('AAPL', (offset, bytes) => {
      const octets = new Uint8Array(bytes)
      readSync(descriptor, octets, 0, bytes, OFFSET + offset)
      return octets.buffer
    })
    if (top === undefined) busy++
    else if (top.volume - TOP.volume !== top.sequence - TOP.sequence) torn++
    else if (top.bidQuantity - TOP.bidQuantity !== top.sequence - TOP.sequence) torn++
    else seen.add(top.sequence)
  }
  const written = await done()
  closeSync(descriptor)
  t.diagnostic(`${written} written, ${seen.size} different ones read, ${busy} given up`)
  assert.equal(torn, 0)
  assert.ok(seen.size > 1, 'it changed meanwhile')
})

/** Whether the doubles of a copy are of different moments. */
function isTorn(values: Float64Array, seen: Set<number>): boolean {
  const number = values[TOP.state] - TOP.state
  seen.add(number)
  for (let at: number = TOP.state; at <= TOP.status; at++) {
    if (values[at] - at !== number) return true
  }
  return false
}

async function startWriter(order: Omit<TopStressOrder, 'stop'>) {
  const stop = new SharedArrayBuffer(4)
  const url = new URL('./top-stress-worker.js', import.meta.url)
  const worker = new Worker(url, { workerData: { ...order, stop } })
  await once(worker, 'message')
  return {
    done: async () => {
      const over = once(worker, 'message')
      Atomics.store(new Int32Array(stop), 0, 1)
      const [written] = (await over) as [number]
      return written
    },
  }
}
