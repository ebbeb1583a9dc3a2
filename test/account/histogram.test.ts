import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { build } from 'hdr-histogram-js'
import {
  HISTOGRAM_BYTES,
  Histogram,
  MAX_TRACKABLE_NS,
  summarize,
} from '../../src/account/histogram.js'

const RELATIVE_ERROR_MAX = 0.01
const anyTrackable = fc.bigInt({ min: 0n, max: BigInt(MAX_TRACKABLE_NS) }).map(Number)
const PERCENTILES = [50, 75, 90, 99, 99.9, 100]

function emptyHistogram(): Histogram {
  return new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = emptyHistogram()
  for (const value of values) histogram.record(value)
  return histogram
}

/** A small generator whose seed reproduces a failure (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Latencies of different shapes, in whole nanoseconds. */
const DISTRIBUTIONS: Record<string, (random: () => number) => number> = {
  'below 128 ns': (random) => Math.floor(random() * 128),
  uniform: (random) => Math.floor(random() * 1e6),
  exponential: (random) => Math.floor(-Math.log(1 - random()) * 20_000),
  'log-uniform over the whole range': (random) => Math.floor(2 ** (random() * 39.9)),
  'in two peaks': (random) => Math.floor(random() < 0.99 ? 4e3 + random() * 500 : 5e6 + random()),
  constant: () => 123_456_789,
}

function assertClose(actual: number | null, expected: number, what: string): void {
  assert.ok(actual !== null, what)
  const error = Math.abs(actual - expected)
  assert.ok(error <= expected * RELATIVE_ERROR_MAX, `${what}: ${actual} is not ${expected}`)
}

for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
  test(`Histogram agrees with HdrHistogram on values that are ${name}`, () => {
    for (const seed of [1, 2, 3, Date.now() % 2 ** 31]) {
      const random = randomFrom(seed)
      // A multiple of 1,000, so that every percentile asked for is a whole rank in both.
      const values = Array.from({ length: 20_000 }, () => draw(random))
      const reference = build({
        highestTrackableValue: 2 ** 41,
        numberOfSignificantValueDigits: 4,
        bitBucketSize: 64,
      })
      for (const value of values) reference.recordValue(value)
      const snapshot = histogramOf(values).snapshot()
      assert.equal(snapshot.count, reference.totalCount)
      assert.equal(snapshot.max, Math.max(...values))
      assert.equal(snapshot.min, Math.min(...values))
      const sum = values.reduce((total, value) => total + value, 0)
      assert.ok(Math.abs((snapshot.mean ?? -1) * 20_000 - sum) <= sum * 1e-12)
      for (const p of PERCENTILES) {
        const what = `seed ${seed}, percentile ${p}`
        assertClose(snapshot.percentile(p), reference.getValueAtPercentile(p), what)
      }
    }
  })
}

test('Histogram never reports a percentile below the value of that rank, nor above the maximum', () => {
  const value = fc.oneof(fc.nat(300), anyTrackable, fc.nat())
  const values = fc.array(value, { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 1000 }), (list, thousandth) => {
      const sorted = [...list].sort((a, b) => a - b)
      const rank = Math.max(1, Math.ceil((thousandth * list.length) / 1000))
      const exact = sorted[rank - 1] ?? Number.NaN
      const snapshot = histogramOf(list).snapshot()
      const reported = snapshot.percentile(thousandth / 10) ?? Number.NaN
      assert.ok(reported >= exact, `${reported} below ${exact}`)
      assert.ok(reported <= exact * (1 + RELATIVE_ERROR_MAX), `${reported} far above ${exact}`)
      assert.ok(reported <= (sorted.at(-1) ?? Number.NaN))
    }),
    { numRuns: 500 },
  )
})

test('Histogram has buckets without gap or overlap, each less than 1 % wide and exact below 128 ns', () => {
  let expectedFromNs = 0
  let buckets = 0
  while (expectedFromNs <= MAX_TRACKABLE_NS) {
    const [bucket, ...others] = histogramOf([expectedFromNs]).snapshot().buckets()
    assert.ok(bucket !== undefined && others.length === 0)
    assert.equal(bucket.fromNs, expectedFromNs)
    assert.ok(bucket.toNs - bucket.fromNs < bucket.fromNs * RELATIVE_ERROR_MAX + 1)
    if (expectedFromNs < 128) assert.equal(bucket.toNs, expectedFromNs)
    const both = [...histogramOf([bucket.fromNs, bucket.toNs]).snapshot().buckets()]
    assert.deepEqual(both, [{ ...bucket, count: 2 }], 'both ends lie in the same bucket')
    expectedFromNs = bucket.toNs + 1
    buckets++
  }
  assert.equal(expectedFromNs, 2 ** 40)
  assert.equal(buckets, 4352)
})

test('Histogram counts negative values and NaN as 0 and too large ones as the largest trackable', () => {
  const histogram = histogramOf([-1, -1e18, Number.NaN, 2 ** 40, 1e18, Number.POSITIVE_INFINITY])
  assert.deepEqual(
    [...histogram.snapshot().buckets()].map((bucket) => [bucket.toNs, bucket.count]),
    [
      [0, 3],
      [MAX_TRACKABLE_NS, 3],
    ],
  )
  assert.equal(histogram.snapshot().min, 0)
  assert.equal(histogram.snapshot().max, MAX_TRACKABLE_NS)
})

test('Histogram reports null for everything but the count when it is empty', () => {
  const snapshot = emptyHistogram().snapshot()
  assert.deepEqual(summarize(snapshot), {
    count: 0,
    p50: null,
    p90: null,
    p99: null,
    p999: null,
    max: null,
  })
  assert.equal(snapshot.min, null)
  assert.equal(snapshot.mean, null)
  assert.deepEqual([...snapshot.buckets()], [])
})

test('Histogram summarizes ranks and not interpolations', () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index < 999 ? index % 100 : 500))
  assert.deepEqual(summarize(histogramOf(values).snapshot()), {
    count: 1000,
    p50: 49,
    p90: 89,
    p99: 98,
    p999: 99,
    max: 500,
  })
})

test('Histogram merges into what one histogram of all values would hold', () => {
  const values = fc.array(anyTrackable, { maxLength: 50 })
  fc.assert(
    fc.property(values, values, (left, right) => {
      const merged = histogramOf(left).snapshot().merge(histogramOf(right).snapshot())
      const whole = histogramOf([...left, ...right]).snapshot()
      assert.deepEqual([...merged.buckets()], [...whole.buckets()])
      assert.deepEqual(summarize(merged), summarize(whole))
      assert.equal(merged.min, whole.min)
    }),
  )
})

test('Histogram forgets everything on reset', () => {
  const histogram = histogramOf([1, 2, 3])
  histogram.reset()
  assert.equal(histogram.snapshot().count, 0)
  histogram.record(7)
  assert.equal(histogram.snapshot().min, 7)
  assert.equal(histogram.snapshot().mean, 7)
})

test('Histogram stays within its bytes and leaves its neighbours alone', () => {
  assert.equal(HISTOGRAM_BYTES % 128, 0)
  assert.ok(HISTOGRAM_BYTES <= 40 * 1024)
  const buffer = new SharedArrayBuffer(3 * HISTOGRAM_BYTES)
  new Uint8Array(buffer).fill(0xa5)
  const histogram = new Histogram(buffer, HISTOGRAM_BYTES)
  histogram.reset()
  for (const value of [0, 1e3, MAX_TRACKABLE_NS]) histogram.record(value)
  assert.equal(histogram.snapshot().count, 3)
  const bytes = new Uint8Array(buffer)
  assert.ok(bytes.subarray(0, HISTOGRAM_BYTES).every((byte) => byte === 0xa5))
  assert.ok(bytes.subarray(2 * HISTOGRAM_BYTES).every((byte) => byte === 0xa5))
  assert.throws(() => new Histogram(buffer, 2 * HISTOGRAM_BYTES + 8), /leaves/)
  assert.throws(() => new Histogram(buffer, 4), /aligned/)
})

test('Histogram shows a reader a growing and in the end exact count while another thread records', async () => {
  const buffer = new SharedArrayBuffer(HISTOGRAM_BYTES)
  const reader = new Histogram(buffer, 0)
  const moduleUrl = new URL('../../src/account/histogram.js', import.meta.url).href
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
       import(workerData.moduleUrl).then(({ Histogram }) => {
         const histogram = new Histogram(workerData.buffer, 0)
         for (let value = 0; value < 2_000_000; value++) histogram.record(value)
       })`,
    { eval: true, workerData: { buffer, moduleUrl } },
  )
  let running = true
  const exit = new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => {
      running = false
      resolve()
    })
  })
  let previous = 0
  while (running) {
    const { count } = reader.snapshot()
    assert.ok(count >= previous)
    previous = count
    await new Promise((resolve) => setImmediate(resolve))
  }
  await exit
  assert.equal(reader.snapshot().count, 2_000_000)
  assert.equal(reader.snapshot().max, 1_999_999)
  assert.equal(reader.snapshot().min, 0)
})
