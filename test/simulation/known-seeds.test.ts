import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstScenarioOf, type Scenario } from './scenario.js'
import { Simulation } from './simulation.js'

/** Seeds that failed once, as they were before further faults were added, and what they taught. */
const TAUGHT: readonly (readonly [number, string])[] = [
  [31692, 'drops of duplicates and junk do not end a run with a known total early'],
  [34682, 'a lone datagram of another session is not believed by silence'],
  [36897, 'a restart whose beginning both lines lost is heard'],
  [40683, 'a heartbeat on one of two lines makes no restart'],
  [42922, 'what a slower line still brings is no new beginning'],
  [67784, 'gaps are asked for while messages that were held back are released'],
  [4190, 'a jump is plausible by what can have been lost'],
]

for (const [seed, taught] of TAUGHT) {
  test(`Seed ${seed} keeps its promises: ${taught}`, () => run(firstScenarioOf(seed)))
}

function run(scenario: Scenario): void {
  assert.ok(new Simulation(scenario).run().turns > 0)
}
