import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backlogPercentile, measureBacklog, playCapacity } from '../../src/tune/capacity.js'
import { anyDatagrams, type Datagram, simulate, sortedPercentile, traceOf } from './traces.js'

/** Traffic `numerator / denominator` times as dense, in whole numbers: time counts in finer units. */
function denser(datagrams: readonly Datagram[], numerator: number, denominator: number) {
  return datagrams.map((one) => ({
    ...one,
    arrivalNs: one.arrivalNs * denominator,
    serviceNs: one.serviceNs * numerator,
  }))
}

const FACTORS = [
  [1, 1],
  [3, 2],
  [2, 1],
] as const

for (const [numerator, denominator] of FACTORS) {
  const factor = numerator / denominator
  test(`playCapacity is equal to a simulation for every capacity, traffic times ${factor}`, () => {
    fc.assert(
      fc.property(anyDatagrams, (datagrams) => {
        const trace = traceOf(datagrams)
        const first = datagrams[0]?.arrivalNs ?? 0
        const rebased = datagrams.map((one) => ({ ...one, arrivalNs: one.arrivalNs - first }))
        const scaled = denser(rebased, numerator, denominator)
        for (let slots = 1; slots <= datagrams.length + 1; slots++) {
          const expected = simulate(scaled, slots)
          const actual = playCapacity(trace, slots, factor)
          assert.equal(actual.lostMessages, expected.lostMessages)
          assert.equal(actual.lostDatagrams, datagrams.length - expected.accepted.length)
          for (const [name, percent] of [
            ['p50', 50],
            ['p99', 99],
            ['max', 100],
          ] as const) {
            const wait = sortedPercentile(expected.waits, percent)
            assert.equal(actual.waitNs[name], wait / numerator, name)
          }
        }
      }),
    )
  })

  test(`measureBacklog finds the smallest capacity that loses nothing, traffic times ${factor}`, () => {
    fc.assert(
      fc.property(anyDatagrams, (datagrams) => {
        const { zeroLossSlots } = measureBacklog(traceOf(datagrams), factor)
        const scaled = denser(datagrams, numerator, denominator)
        const lost = (slots: number) => datagrams.length - simulate(scaled, slots).accepted.length
        assert.equal(lost(zeroLossSlots), 0)
        if (zeroLossSlots > 0) assert.ok(lost(zeroLossSlots - 1) > 0)
      }),
    )
  })
}

test('measureBacklog counts for each arrival the releases that lie behind it', () => {
  fc.assert(
    fc.property(anyDatagrams, (datagrams) => {
      const { releases } = simulate(datagrams, Number.POSITIVE_INFINITY)
      const found = datagrams.map(
        ({ arrivalNs }, i) => releases.slice(0, i).filter((release) => release > arrivalNs).length,
      )
      const backlog = measureBacklog(traceOf(datagrams))
      assert.deepEqual([...backlog.found], found)
      assert.equal(backlog.zeroLossSlots, found.length === 0 ? 0 : 1 + Math.max(...found))
      const counts = Array.from(backlog.histogram, (_, n) => found.filter((f) => f === n).length)
      assert.deepEqual([...backlog.histogram], counts)
      for (const percent of [0, 50, 99, 100]) {
        assert.equal(backlogPercentile(backlog, percent), sortedPercentile(found, percent))
      }
    }),
  )
})

test("Little's law gives the same slots in use as adding up over time", () => {
  fc.assert(
    fc.property(anyDatagrams, fc.integer({ min: 1, max: 20 }), (datagrams, slots) => {
      const first = datagrams[0]?.arrivalNs ?? 0
      const { accepted, releases } = simulate(datagrams, slots)
      const events = [
        ...accepted.map((i) => ({ at: datagrams[i].arrivalNs, change: 1 })),
        ...releases.map((at) => ({ at, change: -1 })),
      ].sort((a, b) => a.at - b.at)
      let area = 0
      let inUse = 0
      let before = first
      for (const { at, change } of events) {
        area += inUse * (at - before)
        inUse += change
        before = at
      }
      const expected = before === first ? 0 : area / (before - first)
      assert.equal(playCapacity(traceOf(datagrams), slots).meanSlotsInUse, expected)
    }),
  )
})

test('playCapacity gives a slot that is released at the moment of an arrival to it', () => {
  const at = (arrivalNs: number) => ({ arrivalNs, serviceNs: 10, messages: 1, payloadBytes: 29 })
  assert.equal(playCapacity(traceOf([at(0), at(10)]), 1).lostMessages, 0)
  assert.equal(playCapacity(traceOf([at(0), at(9)]), 1).lostMessages, 1)
  assert.equal(measureBacklog(traceOf([at(0), at(10)])).zeroLossSlots, 1)
  assert.equal(measureBacklog(traceOf([at(0), at(9)])).zeroLossSlots, 2)
})

test('A heartbeat takes a slot but no service, and its loss loses no message', () => {
  const message = { arrivalNs: 0, serviceNs: 10, messages: 1, payloadBytes: 29 }
  const heartbeat = { arrivalNs: 5, serviceNs: 0, messages: 0, payloadBytes: 40 }
  const trace = traceOf([message, heartbeat])
  assert.equal(measureBacklog(trace).zeroLossSlots, 2)
  const outcome = playCapacity(trace, 1)
  assert.equal(outcome.lostDatagrams, 1)
  assert.equal(outcome.lostMessages, 0)
})

test('Half nanoseconds stay exact fifty days after the first arrival', () => {
  const start = 50 * 86_400 * 1e9
  const at = (arrivalNs: number) => ({ arrivalNs, serviceNs: 3, messages: 1, payloadBytes: 29 })
  const late = playCapacity(traceOf([at(0), at(start), at(start + 1), at(start + 3)]), 2, 1.5)
  const early = simulate(denser([at(0), at(100), at(101), at(103)], 3, 2), 2)
  assert.equal(late.waitNs.max, Math.max(...early.waits) / 3)
})
