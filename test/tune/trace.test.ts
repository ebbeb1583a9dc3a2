import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { selectRank } from '../../src/tune/select-rank.js'
import { TraceBuilder, traceOfPass } from '../../src/tune/trace.js'
import { anyDatagrams, simulate, traceOf } from './traces.js'

test('TraceBuilder sorts by arrival, keeps the order of equals, and counts from the first', () => {
  const builder = new TraceBuilder()
  const rows = [
    [70, 1],
    [50, 2],
    [70, 3],
    [50, 4],
    [60, 5],
  ] as const
  for (const [arrivalNs, messages] of rows) builder.add(arrivalNs, messages * 10, messages, 100)
  const trace = builder.build()
  assert.equal(trace.length, 5)
  assert.deepEqual([...trace.arrivalsNs], [0, 0, 10, 20, 20])
  assert.deepEqual([...trace.messages], [2, 4, 5, 1, 3])
  assert.deepEqual([...trace.servicesNs], [20, 40, 50, 10, 30])
  assert.equal(builder.outOfOrder, 2)
})

test('TraceBuilder holds more than it was made for', () => {
  const builder = new TraceBuilder()
  for (let i = 0; i < 5000; i++) builder.add(i, 1, i, 29)
  const trace = builder.build()
  assert.equal(trace.length, 5000)
  assert.deepEqual([trace.arrivalsNs[4999], trace.messages[4999]], [4999, 4999])
})

test('traceOfPass finds the services that made the releases', () => {
  fc.assert(
    fc.property(anyDatagrams, fc.nat(1000), (datagrams, epoch) => {
      const { releases } = simulate(datagrams, Number.POSITIVE_INFINITY)
      const trace = traceOfPass({
        length: datagrams.length,
        arrivalsNs: Float64Array.from(datagrams, (one) => epoch + one.arrivalNs),
        releasesNs: Float64Array.from(releases, (release) => epoch + release),
        messages: Uint32Array.from(datagrams, (one) => one.messages),
        payloadBytes: Uint32Array.from(datagrams, (one) => one.payloadBytes),
      })
      assert.deepEqual(trace, traceOf(datagrams))
    }),
  )
})

test('traceOfPass takes arrivals and releases that run backwards as simultaneous', () => {
  const trace = traceOfPass({
    length: 3,
    arrivalsNs: Float64Array.of(100, 90, 130),
    releasesNs: Float64Array.of(110, 105, 125),
    messages: Uint32Array.of(1, 1, 1),
    payloadBytes: Uint32Array.of(29, 29, 29),
  })
  assert.deepEqual([...trace.arrivalsNs], [0, 0, 30])
  assert.deepEqual([...trace.servicesNs], [10, 0, 0])
})

test('selectRank finds what sorting finds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1 }), (values) => {
      const sorted = [...values].sort((a, b) => a - b)
      for (let rank = 0; rank < values.length; rank++) {
        assert.equal(selectRank(Float64Array.from(values), values.length, rank), sorted[rank])
      }
    }),
  )
})
