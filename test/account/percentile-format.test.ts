import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from 'hdr-histogram-js'
import { HISTOGRAM_BYTES, Histogram } from '../../src/account/histogram.js'
import { formatPercentiles } from '../../src/account/percentile-format.js'

/** The figures of each line: value, percentile, count, and 1/(1-percentile) but in the last. */
function figures(text: string): number[][] {
  return text
    .split('\n')
    .filter((line) => /^\s*\d/.test(line))
    .map((line) => line.trim().split(/\s+/).map(Number))
}

test('formatPercentiles writes what HdrHistogram writes, within the buckets width', () => {
  const histogram = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
  const other = build({ numberOfSignificantValueDigits: 3 })
  for (let i = 1; i <= 10_000; i++) {
    const value = Math.round(1000 * 1.001 ** i)
    histogram.record(value)
    other.recordValue(value)
  }
  const own = figures(formatPercentiles(histogram.snapshot()))
  const expected = figures(other.outputPercentileDistribution(5, 1000))
  assert.ok(own.length > 40)
  for (const [value = 0, fraction = 0] of own.slice(1, -1)) {
    const nearest = expected.find(([, percentile = 0]) => percentile >= fraction - 1e-9)
    assert.ok(nearest !== undefined)
    const reference = other.getValueAtPercentile(fraction * 100) / 1000
    assert.ok(Math.abs(value - reference) <= reference * 0.01, `${value} beside ${reference}`)
  }
  assert.equal(own.at(-1)?.[1], 1)
  assert.equal(own.at(-1)?.[2], 10_000)
  assert.equal(own.at(-1)?.length, 3)
})

test('formatPercentiles ends with mean, deviation, maximum and count', () => {
  const histogram = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
  for (const value of [1000, 2000, 3000]) histogram.record(value)
  const text = formatPercentiles(histogram.snapshot())
  assert.match(text, /#\[Mean {4}= +2\.000, StdDeviation {3}= +0\.8\d\d\]/)
  assert.match(text, /#\[Max {5}= +3\.000, Total count {4}= +3\]\n$/)
})

test('formatPercentiles of nothing has no line with a value', () => {
  const histogram = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
  assert.deepEqual(figures(formatPercentiles(histogram.snapshot())), [])
})
