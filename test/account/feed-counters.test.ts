import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveredSoFar, FEED } from '../../src/account/feed-counters.js'

/** What a look finds: delivered, and the run in hand. */
function delivered(counts: Partial<Record<keyof typeof FEED, number>>): number {
  const memory = new Float64Array(Object.keys(FEED).length)
  for (const [name, value] of Object.entries(counts))
    memory[FEED[name as keyof typeof FEED]] = value
  return deliveredSoFar(memory)
}

test('What was delivered is what was counted, and what of the run in hand was dealt with', () => {
  const counted = { delivered: 100, runFirst: 40 }
  assert.equal(delivered({ ...counted, runCount: 8, currentSequence: 45 }), 105)
  assert.equal(delivered({ ...counted, runCount: 0, currentSequence: 48 }), 100)
})

test('A look between two runs takes the distance between them for no delivery', () => {
  // The count is of the run before, one of the two sequences of the next one.
  assert.equal(delivered({ delivered: 100, runCount: 8, currentSequence: 900, runFirst: 40 }), 108)
  assert.equal(delivered({ delivered: 100, runCount: 8, currentSequence: 45, runFirst: 900 }), 100)
})
