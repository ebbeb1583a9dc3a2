import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, sessionEpoch } from '../../src/foundation/clock.js'
import { createClock } from '../../src/native/create-clock.js'
import { SystemClock } from '../../src/native/system-clock.js'

const EPOCH = sessionEpoch(Math.floor(Date.now() / 1000))

/** Wall-clock nanoseconds since the epoch by the engine's clock, a millisecond fine. */
function engineNowNs(): number {
  return (Date.now() - EPOCH.unixSeconds * 1000) * 1e6
}

for (const [name, clock] of [
  ['SystemClock', new SystemClock(EPOCH)],
  ['createClock', createClock(EPOCH)],
] as const) {
  test(`${name} tells monotonic time that never falls`, () => {
    let before = clock.monotonicNs()
    for (let i = 0; i < 100_000; i++) {
      const now = clock.monotonicNs()
      assert.ok(now >= before, `${now} after ${before}`)
      before = now
    }
    assert.ok(Number.isInteger(before))
  })

  test(`${name} tells the same wall-clock time as the engine`, () => {
    const early = engineNowNs()
    const now = wallNs(clock)
    const late = engineNowNs() + 1e6
    assert.ok(now >= early && now <= late, `${now} lies between ${early} and ${late}`)
  })
}

test('SystemClock counts from the session epoch', () => {
  const later = sessionEpoch(EPOCH.unixSeconds + 1000)
  const early = wallNs(new SystemClock(EPOCH))
  const now = wallNs(new SystemClock(later)) + 1000e9
  assert.ok(now >= early && now < early + 60e9)
})

test('SystemClock agrees with the monotonic clock of Node', () => {
  const clock = new SystemClock(EPOCH)
  const outerStart = process.hrtime.bigint()
  const start = clock.monotonicNs()
  const innerStart = process.hrtime.bigint()
  clock.sleepNs(2e6)
  const innerEnd = process.hrtime.bigint()
  const elapsed = clock.monotonicNs() - start
  const outerEnd = process.hrtime.bigint()
  assert.ok(BigInt(elapsed) >= innerEnd - innerStart)
  assert.ok(BigInt(elapsed) <= outerEnd - outerStart)
})

test('SystemClock sleeps no shorter than it was told to', () => {
  const clock = new SystemClock(EPOCH)
  for (const ns of [0, 1, 100_000, 3e6]) {
    const start = clock.monotonicNs()
    clock.sleepNs(ns)
    assert.ok(clock.monotonicNs() - start >= ns)
  }
})

function wallNs(clock: Clock): number {
  clock.read()
  return clock.ns
}
