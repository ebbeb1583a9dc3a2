import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Schedule } from '../../../src/send/messages/schedule.js'

const rates = fc.oneof(
  fc.constantFrom(1, 3, 7, 1000, 30_000, 99_991, 1e6, 1e9),
  fc.integer({ min: 1, max: 20_000_000 }),
)
const bursts = fc.oneof(fc.constantFrom(1, 2, 64), fc.integer({ min: 1, max: 10_000 }))
const messages = fc.integer({ min: 0, max: 1_000_000_000 })

/** As long as times are exact; clocks tell whole nanoseconds. */
const EXACT_NS = 2 ** 52

test('Schedule has every message due when its time has come, and no later burst', () => {
  fc.assert(
    fc.property(rates, bursts, messages, (rate, burst, message) => {
      const schedule = new Schedule(rate, burst)
      fc.pre(schedule.dueNs(message) < EXACT_NS)
      const clockNs = Math.floor(schedule.dueNs(message)) + 1
      assert.ok(schedule.dueCount(clockNs) > message, `message ${message} at ${clockNs} ns`)
      const count = schedule.dueCount(schedule.dueNs(message))
      assert.ok(count >= message - (message % burst), `${count} at the time of ${message}`)
      assert.ok(count <= message + burst, `${count} at the time of ${message}`)
    }),
    { numRuns: 20_000 },
  )
})

test('Schedule has no message due before its burst is', () => {
  fc.assert(
    fc.property(rates, bursts, messages, (rate, burst, message) => {
      const schedule = new Schedule(rate, burst)
      // A nanosecond, and the rounding of a number that large.
      const earlyNs = schedule.dueNs(message) * (1 - 2 ** -50) - 1
      assert.ok(schedule.dueCount(earlyNs) <= message)
    }),
    { numRuns: 20_000 },
  )
})

test('Schedule sends whole bursts at equal distances', () => {
  const schedule = new Schedule(1000, 4)
  const due = Array.from({ length: 10 }, (_, message) => schedule.dueNs(message))
  assert.deepEqual(due, [0, 0, 0, 0, 4e6, 4e6, 4e6, 4e6, 8e6, 8e6])
  assert.deepEqual(
    [-1, 0, 1, 4e6 - 1, 4e6, 8e6].map((ns) => schedule.dueCount(ns)),
    [0, 4, 4, 4, 8, 12],
  )
  assert.equal(schedule.paced, true)
})

test('Schedule never falls back', () => {
  fc.assert(
    fc.property(rates, bursts, messages, (rate, burst, message) => {
      const schedule = new Schedule(rate, burst)
      assert.ok(schedule.dueNs(message + 1) >= schedule.dueNs(message))
      const now = schedule.dueNs(message)
      assert.ok(schedule.dueCount(now + 1) >= schedule.dueCount(now))
    }),
  )
})

test('Schedule does not drift over a million messages', () => {
  for (const rate of [3, 7, 1000, 99_991, 1e6, 12_345_678]) {
    for (const burst of [1, 3, 10]) {
      const schedule = new Schedule(rate, burst)
      for (const message of [0, 1, 2, 999_999, 1_000_000]) {
        const burstStart = BigInt(Math.floor(message / burst) * burst)
        const exactNs = Number((burstStart * 1_000_000_000n) / BigInt(rate))
        const error = Math.abs(schedule.dueNs(message) - exactNs)
        assert.ok(error <= 1, `message ${message} at ${rate} in ${burst}: ${error} ns off`)
      }
    }
  }
})

test('Schedule without a rate has all due at once', () => {
  const schedule = new Schedule(0, 16)
  assert.equal(schedule.paced, false)
  assert.equal(schedule.dueNs(1_000_000), 0)
  assert.equal(schedule.dueCount(0), Number.POSITIVE_INFINITY)
})
