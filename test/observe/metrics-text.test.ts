import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HISTOGRAM_BYTES, Histogram } from '../../src/account/histogram.js'
import { MetricFamilies } from '../../src/observe/metrics/metric-families.js'
import { metricsText } from '../../src/observe/metrics/metrics-text.js'
import { textHistogram } from '../../src/observe/metrics/text-histogram.js'

test('The text format has families with their series, without what is null', () => {
  const text = new MetricFamilies()
  text.counter('a_total', 'Counts a.').value({ feed: 'x"\\\n' }, 1).value({ feed: 'y' }, null)
  text.gauge('b', 'Is not known.').value({}, undefined)
  text.gauge('c', 'Is odd.').value({}, Number.NaN).value({ v: '1' }, Number.POSITIVE_INFINITY)
  assert.equal(
    metricsText(text.take()),
    [
      '# HELP a_total Counts a.',
      '# TYPE a_total counter',
      'a_total{feed="x\\"\\\\\\n"} 1',
      '# HELP c Is odd.',
      '# TYPE c gauge',
      'c NaN',
      'c{v="1"} +Inf',
      '',
    ].join('\n'),
  )
  assert.equal(metricsText(text.take()), '')
})

test('MetricFamilies never tells less of a counter than before, and tells a gauge as it is', () => {
  const text = new MetricFamilies()
  const at = (value: number) => {
    text.counter('a_total', 'A.').value({}, value).gauge('b', 'B.').value({}, value)
    return metricsText(text.take()).match(/(?<=^\w+ )\d+$/gm)
  }
  assert.deepEqual(at(5), ['5', '5'])
  assert.deepEqual(at(3), ['5', '3'])
  assert.deepEqual(at(7), ['7', '7'])
})

test('textHistogram has each value at and above its bound, and all of them at infinity', () => {
  const histogram = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
  const values = [0, 900, 1001, 1100, 50_000, 2e6, 3e9, 20e9]
  for (const value of values) histogram.record(value)
  const { bounds, cumulative, sum, count } = textHistogram(histogram.snapshot())
  assert.equal(count, values.length)
  assert.ok(Math.abs(sum - values.reduce((a, b) => a + b) / 1e9) < 1e-9)
  const below = bounds.map((bound) => values.filter((value) => value < bound * 0.99e9).length)
  // 50,000 lies in a bucket that the bound of 50 µs cuts.
  assert.deepEqual(cumulative, below)
  assert.deepEqual(
    [...cumulative].sort((a, b) => a - b),
    cumulative,
  )
  assert.deepEqual(bounds.slice(0, 4), [1e-6, 2.5e-6, 5e-6, 1e-5])
})
