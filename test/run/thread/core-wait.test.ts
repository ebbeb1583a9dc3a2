import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoreWait, currentTask, readTask } from '../../../src/run/thread/core-wait.js'

/** What the kernel says, one moment after the other: the state, milliseconds that it ran, and the clock. */
function watch(...moments: readonly (readonly [string, number, number])[]): number[] {
  let at = 0
  const wait = new CoreWait(
    () => {
      const [state, ranMs] = moments[at] ?? ['gone', 0]
      if (state === 'gone') throw new Error('ESRCH')
      return { state, ranNs: ranMs * 1e6 }
    },
    () => moments[at]?.[2] ?? 0,
  )
  return moments.map(() => {
    const waited = wait.look()
    at++
    return waited
  })
}

test('A thread that could run and does not has waited for a core', () => {
  assert.deepEqual(
    watch(['R', 0, 0], ['R', 0, 1000], ['R', 250, 2000], ['R', 250, 2500]),
    [0, 1000, 1750, 2250],
  )
})

test('A thread that runs, sleeps or blocks has waited for none', () => {
  assert.deepEqual(
    watch(['R', 0, 0], ['R', 1000, 1000], ['S', 1000, 4000], ['D', 1000, 9000]),
    [0, 0, 0, 0],
  )
  // Clocks that differ by a little make no wait that is less than none.
  assert.deepEqual(watch(['R', 0, 0], ['R', 1001, 1000]), [0, 0])
})

test('What is not known is no wait', () => {
  assert.deepEqual(
    watch(['gone', 0, 0], ['R', 0, 1000], ['gone', 0, 2000], ['R', 0, 9000]),
    [0, 0, 0, 0],
  )
})

test('The kernel tells the calling thread', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc',
}, () => {
  const task = currentTask() ?? ''
  assert.ok(task.startsWith(`/proc/${process.pid}/task/`), task)
  const before = readTask(task)
  assert.equal(before.state, 'R')
  for (const until = performance.now() + 30; performance.now() < until; );
  assert.ok(readTask(task).ranNs > before.ranNs)
})
