import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Standstill } from '../../../src/run/feed/standstill.js'

/** What each look says, given the progress, the clock and the time that the thread waited for a core. */
function looks(...of: readonly (readonly [number, number, number])[]): number[] {
  const standstill = new Standstill()
  return of.map(([progress, nowMs, waitedMs]) => standstill.look(progress, nowMs, waitedMs))
}

test('A thread that gets on stands still for no time, and else for what passes', () => {
  assert.deepEqual(
    looks([1, 100, 0], [2, 120, 0], [2, 140, 0], [2, 200, 0], [3, 220, 0]),
    [0, 0, 20, 80, 0],
  )
})

test('A thread that waits for a core does not stand still meanwhile', () => {
  assert.deepEqual(looks([1, 100, 5], [1, 120, 25], [1, 140, 30], [1, 240, 130]), [0, 0, 15, 15])
})

test('What passes while nobody looks counts for little', () => {
  assert.deepEqual(looks([1, 100, 0], [1, 10_000, 0], [1, 10_020, 0]), [0, 200, 220])
})
