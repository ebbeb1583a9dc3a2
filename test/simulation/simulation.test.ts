import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proof } from '../kit/proof.js'
import { promisesOf } from './promises.js'
import { type Failure, isFailure, runSeed } from './run-seeds.js'
import { LAGGING_FROM, scenarioOf } from './scenario.js'

const FIRST_SEED = 1
const SEEDS = proof(2500, 10_000)
/** Worlds in which a line lags across a restart. */
const LAGGING = proof(20, 500)
const MOST_SHOWN = 5

test(`The reading side and the books keep their promises in ${SEEDS} simulated worlds`, () => {
  const failures: Failure[] = []
  const sums = {
    ...{ requests: 0, recovered: 0, late: 0, duplicates: 0, lost: 0, restarts: 0 },
    ...{ valid: 0, suspect: 0, healed: 0 },
  }
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const result = runSeed(seed)
    if (isFailure(result)) failures.push(result)
    else for (const name of keysOf(sums)) sums[name] += result[name]
  }
  const shown = failures.slice(0, MOST_SHOWN).map(({ seed, error, replay }) => {
    return `seed ${seed}: ${error.message}\n  ${replay}`
  })
  assert.equal(failures.length, 0, `${failures.length} seeds fail:\n${shown.join('\n')}`)
  // What never happens is not tested.
  for (const name of keysOf(sums))
    assert.ok(sums[name] > SEEDS / 10, `${sums[name]} ${name} in all`)
})

test(`Nothing of the run before a restart comes into the new one in ${LAGGING} worlds in which a line lags`, () => {
  let promised = 0
  for (let seed = LAGGING_FROM; seed < LAGGING_FROM + LAGGING; seed++) {
    if (promisesOf(scenarioOf(seed)).streams) promised++
    const result = runSeed(seed)
    assert.ok(
      !isFailure(result),
      isFailure(result) ? `${result.error.message}\n  ${result.replay}` : '',
    )
    assert.equal(result.restarts, 1)
  }
  assert.ok(promised > LAGGING / 4)
})

test('The seeds make every promise that there is', () => {
  const made = { exact: 0, streams: 0, heard: 0, recoversAll: 0, asksNothing: 0 }
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const promises = promisesOf(scenarioOf(seed))
    for (const name of keysOf(made)) if (promises[name]) made[name]++
  }
  for (const name of keysOf(made))
    assert.ok(made[name] > SEEDS / 100, `${made[name]} seeds for ${name}`)
})

test('A seed runs the same every time, to the last line of its trace', () => {
  for (const seed of [3, 41, 500]) {
    const [once, again] = [1, 2].map(() => {
      const lines: string[] = []
      runSeed(seed, (line) => lines.push(line))
      return lines
    })
    assert.ok(once !== undefined && once.length > 100)
    assert.deepEqual(again, once)
  }
})

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[]
}
