import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchSize } from '../../../src/handle/reader/batch-size.js'

/** The limit behind a full batch that took so long for each of its datagrams. */
function after(size: BatchSize, nsPerDatagram: number): number {
  size.tookNs = nsPerDatagram * size.limit
  size.adapt(size.limit, size.limit)
  return size.limit
}

test('BatchSize takes many where the handler is fast, one where it is slow, for 32 microseconds at most', () => {
  const size = new BatchSize(1024)
  assert.equal(size.limit, 64)
  assert.equal(after(size, 100), 64)
  assert.equal(after(size, 800), 40)
  assert.equal(after(size, 100), 64)
  // Neither fast nor slow: not more than before.
  assert.equal(after(size, 1250), 25)
  assert.equal(after(size, 1100), 25)
  assert.equal(after(size, 1600), 1)
  assert.equal(after(size, 1250), 1)
  assert.equal(after(size, 500), 64)
})

test('BatchSize takes a quarter of a small ring at most, and one at least', () => {
  assert.equal(new BatchSize(64).limit, 16)
  assert.equal(new BatchSize(2).limit, 1)
})
