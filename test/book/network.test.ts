import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proof } from '../kit/proof.js'
import { NetworkWorld } from './network.js'

const SEEDS = proof(10_000, 100_000)

test(`A valid book is the publisher's in each of ${SEEDS} worlds, and none stays suspect without a reason`, () => {
  const seen = new Map<string, number>()
  let valid = 0
  let suspect = 0
  let restarts = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = new NetworkWorld(seed).run()
    const kind = `${outcome.mode} ${outcome.protocol}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    valid += outcome.valid
    suspect += outcome.suspect
    restarts += outcome.restarts
  }
  assert.equal(seen.size, 20, 'every network with every protocol')
  assert.ok(Math.min(...seen.values()) > SEEDS / 40, 'often')
  assert.ok(valid > SEEDS * 4, 'books are not suspect all the time')
  assert.ok(suspect > SEEDS * 4, 'nor valid all the time')
  assert.ok(restarts > SEEDS / 10, 'publishers begin again')
})
