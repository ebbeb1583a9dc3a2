import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TickwireError } from '../../src/foundation/errors.js'
import {
  LAB_SLOTS,
  type LabTraffic,
  labTrace,
  predictEfficiency,
} from '../../src/tune/lab-traffic.js'

const TRAFFIC: LabTraffic = {
  count: 100_000,
  ratePerSecond: 20_000,
  burst: 2000,
  serviceNs: 40_000,
  payloadBytes: 29,
  seed: 1,
}

test('labTrace is the same for the same seed, and another for another', () => {
  assert.deepEqual(labTrace(TRAFFIC), labTrace(TRAFFIC))
  assert.notDeepEqual(labTrace(TRAFFIC).arrivalsNs, labTrace({ ...TRAFFIC, seed: 2 }).arrivalsNs)
})

test('labTrace has the rate, the service times and the count that were asked for', () => {
  for (const seed of [1, 2, Date.now() % 2 ** 31]) {
    const { arrivalsNs, servicesNs, messages, length } = labTrace({ ...TRAFFIC, seed })
    assert.equal(length, TRAFFIC.count)
    const seconds = arrivalsNs[length - 1] / 1e9
    // The silence behind the last burst is not part of the span, and a burst has 16,000 at most.
    assert.ok(seconds <= 5 && seconds >= 4.2, `seed ${seed}: ${seconds} s`)
    assert.ok(arrivalsNs.every((arrival, i) => i === 0 || arrival >= arrivalsNs[i - 1]))
    assert.ok(arrivalsNs.every(Number.isInteger) && servicesNs.every(Number.isInteger))
    const mean = servicesNs.reduce((sum, service) => sum + service, 0) / length
    assert.ok(Math.abs(mean - 40_000) < 400, `seed ${seed}: ${mean} ns`)
    assert.ok(servicesNs.every((service) => service >= 20_000 && service <= 60_000))
    assert.ok(messages.every((count) => count === 1))
  }
})

test('predictEfficiency rises with the ring from a poor one to all', () => {
  const rows = predictEfficiency(labTrace(TRAFFIC))
  assert.deepEqual(
    rows.map(({ slots }) => slots),
    LAB_SLOTS,
  )
  assert.deepEqual([LAB_SLOTS[0], LAB_SLOTS.at(-1)], [64, 65_536])
  const percents = rows.map((row) => row.predictedEfficiencyPercent)
  assert.ok(
    percents.every((percent, i) => i === 0 || percent >= percents[i - 1]),
    `${percents}`,
  )
  assert.ok(percents[0] < 50, `${percents}`)
  assert.equal(percents.at(-1), 100)
})

test('labTrace refuses numbers that make no traffic', () => {
  for (const wrong of [
    { count: 0 },
    { ratePerSecond: 0 },
    { burst: -1 },
    { serviceNs: Number.NaN },
  ]) {
    assert.throws(
      () => labTrace({ ...TRAFFIC, ...wrong }),
      (error) => error instanceof TickwireError && error.code === 'TW_BAD_OPTION',
    )
  }
})
