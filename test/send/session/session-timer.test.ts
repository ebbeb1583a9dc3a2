import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionTimer } from '../../../src/send/session/session-timer.js'

const MS = 1e6

function timerAt(nowMs: number, heartbeatMs: number, lingerMs: number): SessionTimer {
  const timer = new SessionTimer(heartbeatMs * MS, lingerMs * MS)
  timer.nowNs = nowMs * MS
  timer.restart()
  return timer
}

test('SessionTimer is due one heartbeat after the last thing that was sent', () => {
  const timer = timerAt(10, 1000, 200)
  assert.equal(timer.dueNs, 1010 * MS)
  timer.nowNs = 700 * MS
  timer.restart()
  assert.equal(timer.dueNs, 1700 * MS)
})

test('SessionTimer without heartbeats is never due before the end', () => {
  assert.equal(timerAt(10, 0, 200).dueNs, Number.POSITIVE_INFINITY)
})

for (const [heartbeatMs, repeatMs] of [
  [1000, 100],
  [30, 30],
  [0, 100],
] as const) {
  test(`SessionTimer repeats the end every ${repeatMs} ms at heartbeats of ${heartbeatMs} ms`, () => {
    const timer = timerAt(10, heartbeatMs, 200)
    timer.nowNs = 20 * MS
    timer.end()
    assert.equal(timer.dueNs, 20 * MS, 'at once')
    timer.restart()
    assert.equal(timer.dueNs, (20 + repeatMs) * MS)
    timer.nowNs = 219 * MS
    timer.restart()
    assert.equal(timer.over, false)
    timer.nowNs = 220 * MS
    timer.restart()
    assert.equal(timer.over, true)
  })
}

test('SessionTimer is not over before the end was said, even without a linger', () => {
  const timer = timerAt(10, 1000, 0)
  assert.equal(timer.over, false)
  timer.end()
  assert.equal(timer.over, false)
  timer.restart()
  assert.equal(timer.over, true)
})
