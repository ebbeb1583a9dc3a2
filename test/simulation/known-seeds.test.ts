import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BookWitness } from './book-witness.js'
import { firstScenarioOf, type Scenario, scenarioOf } from './scenario.js'
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

/** The same with all faults that there are. */
const TAUGHT_SINCE: readonly (readonly [number, string])[] = [
  [10454, 'two strays near to each other do not make a line look as if it had fallen back'],
  [15463, 'a line that lags is no restart, though strays had gone before it'],
  [15925, 'answers that are faster than a line make no restart of it'],
  [16509, 'a second line far behind is no restart, though strays had gone before it'],
  [18559, 'strays ahead on one of two lines make no restart'],
  [24341, 'what strays overtook is delivered once'],
  [12312, 'a server that is gone costs one long wait, however long the gap is'],
  [
    24035,
    'a gap that was asked for in vain is asked for no more, though others before it are answered',
  ],
  [13739, 'what a line fills of a gap gives its rest new patience'],
  [14695, 'the same with answers that are lost'],
  [14632, 'a thread that slept asks again when a line has filled the beginning of a gap'],
  [
    29868,
    'a feed that was joined late, with a known total, is at its end where the publisher says',
  ],
  [
    30479,
    'an end of session that one datagram said bounds what was dropped behind the last message',
  ],
  [15424, 'copies that one line discarded are no loss behind a message that all lines brought'],
  [39472, 'a request that makes room may name what the datagram in hand brings'],
  [55899, 'a copy of what the stream has contradicted, on a slower line, is contradicted too'],
  [85507, 'what says something else under old sequences does not tell where its line is'],
  [
    94954,
    'a line that fills the gap before a stray goes on, so that a second publisher restarts nothing',
  ],
  [57016, 'so does one whose messages come too late'],
  [
    91406,
    'what a line fills contradicts a made-up first datagram, so that a second publisher is no witness to it',
  ],
  [
    248042,
    'the last word of a second publisher on one line finds no witness in what a slower line brings',
  ],
  [64708, 'the session that is asked for is known, however many others were heard since'],
  [66123, 'the end of a session bounds what a receiver discarded before it'],
  [59810, 'a book is there with its first message'],
  [71513, 'requests are counted by the feed’s own numbers, where it was joined behind their wrap'],
]

for (const [seed, taught] of TAUGHT_SINCE) {
  test(`Seed ${seed}, with all faults, keeps its promises: ${taught}`, () => run(scenarioOf(seed)))
}

for (const [seed, taught] of TAUGHT) {
  test(`Seed ${seed} keeps its promises: ${taught}`, () => run(firstScenarioOf(seed)))
}

function run(scenario: Scenario): void {
  const witness = new BookWitness(scenario)
  assert.ok(new Simulation(scenario, undefined, witness).run().turns > 0)
  witness.finish()
}
