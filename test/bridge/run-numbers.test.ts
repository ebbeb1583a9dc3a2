import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageRun } from '../../src/bridge/batch-maker.js'
import { RunNumbers } from '../../src/bridge/run-numbers.js'
import { nativeRun, StoredInMemory } from './stored-batches.js'

const FOLLOWED = 5

function beginning(message: MessageRun, more: { restarted?: boolean; reached?: number } = {}) {
  const { restarted = false, reached = Number.NaN } = more
  const { first } = message
  return { session: 'DAY', restarted, first, message, framing: 'raw', reached } as const
}

test('The first run of a feed is number one, and says that nobody knows of one before it', async () => {
  const numbers = new RunNumbers(new StoredInMemory(), undefined)
  const begun = await numbers.begin(beginning(nativeRun(0, 1)))
  assert.deepEqual(begun, { run: 1, former: Number.NaN })
})

test('A bridge that starts again goes on with the run that the stream ends with', async () => {
  const stored = new StoredInMemory()
  stored.store(3, 'DAY', nativeRun(0, 100))
  const numbers = new RunNumbers(stored, undefined)
  const begun = await numbers.begin(beginning(nativeRun(150, 1)))
  assert.deepEqual(begun, { run: 3, former: null })
})

test('A second bridge that is behind the first one has the same run, by the bytes of its first message', async () => {
  const stored = new StoredInMemory()
  stored.store(3, 'DAY', nativeRun(0, 300, 7))
  const same = await new RunNumbers(stored, undefined).begin(beginning(nativeRun(40, 1, 7)))
  assert.deepEqual(same, { run: 3, former: null })
  const other = await new RunNumbers(stored, undefined).begin(beginning(nativeRun(40, 1, 8)))
  assert.deepEqual(other, { run: 4, former: Number.NaN })
})

test('Another session is another run', async () => {
  const stored = new StoredInMemory()
  stored.store(3, 'YESTERDAY', nativeRun(0, 100))
  const begun = await new RunNumbers(stored, undefined).begin(beginning(nativeRun(100, 1)))
  assert.equal(begun.run, 4)
})

test('What waits on disk counts as if it were stored', async () => {
  const stored = new StoredInMemory()
  stored.store(5, 'DAY', nativeRun(0, 100))
  const spilled = (await stored.last())?.facts
  const begun = await new RunNumbers(new StoredInMemory(), spilled).begin(
    beginning(nativeRun(100, 1)),
  )
  assert.deepEqual(begun, { run: 5, former: null })
})

test('Each restart is one more, and tells where the run before it ended', async () => {
  const numbers = new RunNumbers(new StoredInMemory(), undefined)
  await numbers.begin(beginning(nativeRun(0, 1)))
  for (let run = 2; run <= 12; run++) {
    const begun = await numbers.begin(beginning(nativeRun(0, 1), { restarted: true, reached: 70 }))
    assert.deepEqual(begun, { run, former: 70 })
  }
})

test('A bridge that is several restarts behind another one gives each run the number it has there', async () => {
  const stored = new StoredInMemory()
  for (let run = 1; run <= 4; run++) stored.store(run, 'DAY', nativeRun(0, 200, run))
  const numbers = new RunNumbers(stored, undefined)
  const begun: number[] = []
  // It joined in the fourth run, of which the stream still had only the first when it looked.
  const early = new StoredInMemory()
  early.store(1, 'DAY', nativeRun(0, 200, 1))
  const slow = new RunNumbers(
    {
      last: () => (begun.length === 0 ? early : stored).last(),
      at: (sequence) => stored.at(sequence),
      find: (isBehind) => stored.find(isBehind),
    },
    undefined,
  )
  begun.push((await slow.begin(beginning(nativeRun(0, 1, 1)))).run)
  for (let run = 2; run <= 4; run++) {
    const told = await slow.begin(
      beginning(nativeRun(0, 1, run), { restarted: true, reached: 200 }),
    )
    begun.push(told.run)
  }
  assert.deepEqual(begun, [1, 2, 3, 4])
  // One that missed restarts takes the stream's last number.
  await numbers.begin(beginning(nativeRun(0, 1, 4)))
  stored.store(9, 'DAY', nativeRun(0, 200, 9))
  const jumped = await numbers.begin(beginning(nativeRun(0, 1, 9), { restarted: true }))
  assert.equal(jumped.run, 9)
})

test('A bridge follows a higher number of another one when it has seen it several times nearby', async () => {
  const stored = new StoredInMemory()
  const numbers = new RunNumbers(stored, undefined)
  await numbers.begin(beginning(nativeRun(0, 1)))
  stored.store(2, 'DAY', nativeRun(0, 100))
  const last = await stored.last()
  const own = { run: 1, session: 'DAY', next: 90 }
  for (let look = 1; look < FOLLOWED; look++) assert.equal(numbers.follow(last, own), undefined)
  assert.equal(numbers.follow(last, own), 2)
  // Far away is another run of the publisher, which this bridge has not seen begin.
  for (let look = 0; look < 2 * FOLLOWED; look++) {
    assert.equal(numbers.follow(last, { ...own, next: 90_000 }), undefined)
    assert.equal(numbers.follow(last, { ...own, session: 'NIGHT' }), undefined)
  }
})
