import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  backlogAtRate,
  burstinessCurve,
  consumerRate,
  slotsAtRate,
} from '../../src/tune/burstiness.js'
import { measureBacklog } from '../../src/tune/capacity.js'
import { anyDatagrams, type Datagram, traceOf } from './traces.js'

/** Powers of two, in messages per nanosecond, so that no rounding hides a difference. */
const anyExponent = fc.integer({ min: -6, max: 2 })

/** The definition, word by word: the worst of all stretches from one arrival to another. */
function worstStretch(datagrams: readonly Datagram[], perNs: number): number {
  let worst = 0
  for (let from = 0; from < datagrams.length; from++) {
    let messages = 0
    for (let to = from; to < datagrams.length; to++) {
      messages += datagrams[to].messages
      const length = datagrams[to].arrivalNs - datagrams[from].arrivalNs
      worst = Math.max(worst, messages - perNs * length)
    }
  }
  return worst
}

test('backlogAtRate is the worst of all stretches of time', () => {
  fc.assert(
    fc.property(anyDatagrams, anyExponent, (datagrams, exponent) => {
      const perNs = 2 ** exponent
      const actual = backlogAtRate(traceOf(datagrams), perNs * 1e9)
      assert.equal(actual, worstStretch(datagrams, perNs))
    }),
  )
})

test('slotsAtRate is the zero-loss capacity of a consumer of that speed', () => {
  fc.assert(
    fc.property(anyDatagrams, anyExponent, (datagrams, exponent) => {
      const perNs = 2 ** exponent
      const trace = traceOf(datagrams.map((one) => ({ ...one, serviceNs: one.messages / perNs })))
      const slots = slotsAtRate(trace, perNs * 1e9, new Float64Array(trace.length))
      assert.equal(slots, measureBacklog(trace).zeroLossSlots)
    }),
  )
})

test('With one message per datagram the slots are the backlog rounded up', () => {
  fc.assert(
    fc.property(anyDatagrams, anyExponent, (datagrams, exponent) => {
      const trace = traceOf(datagrams.map((one) => ({ ...one, messages: 1 })))
      const rate = 2 ** exponent * 1e9
      const slots = slotsAtRate(trace, rate, new Float64Array(trace.length))
      assert.equal(slots, Math.ceil(backlogAtRate(trace, rate)))
    }),
  )
})

test('burstinessCurve ascends in rate, never in backlog, and passes through the consumer', () => {
  fc.assert(
    fc.property(anyDatagrams, (datagrams) => {
      const trace = traceOf(datagrams)
      const curve = burstinessCurve(trace)
      for (const [index, { ratePerSecond, backlog, slots }] of curve.entries()) {
        assert.equal(backlog, backlogAtRate(trace, ratePerSecond))
        const before = curve[index - 1]
        if (before === undefined) continue
        assert.ok(ratePerSecond > before.ratePerSecond)
        assert.ok(backlog <= before.backlog)
        assert.ok(slots <= before.slots)
      }
      const rate = consumerRate(trace)
      if (rate !== null && rate > 0) assert.ok(curve.some((one) => one.ratePerSecond === rate))
    }),
  )
})
