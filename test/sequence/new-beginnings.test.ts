import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_TAIL } from '../../src/sequence/arbiter/tail.js'
import { VERDICT } from '../../src/sequence/tracker-state.js'
import { inOrder, range, TrackerDriver } from './tracker-driver.js'

const SESSION_SILENCE_NS = 2e9
const FAR = 2 ** 21
const RECOVERING = { ordered: true, recovering: true, waitNs: 50e6 }

/** A run of the publisher's that is long enough for a restart to show. */
function longRun(options: ConstructorParameters<typeof TrackerDriver>[0] = {}): TrackerDriver {
  return new TrackerDriver({ initialSequence: 1, ...options }).show(...inOrder(1, 1000))
}

test('GapTracker hears a restarted publisher whose first datagram is lost', () => {
  const driver = longRun().wait(20e6)
  driver.show(...inOrder(2, 30)).finish()
  assert.equal(driver.restarts, 1)
  assert.equal(driver.delivered.at(-1), 31)
  assert.equal(driver.duplicates, 0)
})

test('GapTracker hears a restarted publisher whose second datagram is lost', () => {
  const driver = longRun().wait(20e6)
  driver.show({ first: 1 }, { first: 3 }, { first: 4 }).finish()
  assert.equal(driver.restarts, 1)
  assert.deepEqual(driver.delivered.slice(1000), [1, 3, 4])
  assert.deepEqual(driver.gaps, [{ first: 2, count: 1, reason: 'network' }])
})

test('GapTracker hears a restarted publisher of whose first datagrams every other is lost', () => {
  const driver = longRun().wait(20e6)
  for (let first = 2; first < 40; first += 2) driver.show({ first })
  assert.equal(driver.restarts, 1)
})

test('GapTracker asks a restarted publisher for what it took for duplicates', () => {
  const driver = longRun({ policy: RECOVERING }).wait(20e6)
  driver.show(...inOrder(3, 8))
  assert.equal(driver.restarts, 1)
  assert.equal(
    driver.tracker.missing(),
    9,
    'the two that were lost, and seven that were not believed',
  )
})

test('GapTracker is not led astray by a lone datagram of another session, however quiet the feed', () => {
  const driver = new TrackerDriver().show({ first: 5, session: 1 }, { first: 1, session: 2 })
  // A heartbeat says that the session goes on.
  driver.wait(1e9).show({ first: 6, count: 0, session: 1 }).wait(SESSION_SILENCE_NS)
  driver.show({ first: 6, session: 1 }).finish()
  assert.deepEqual(driver.delivered, [5, 6])
  assert.equal(driver.restarts, 0)
})

test('GapTracker believes the last datagram of all that there is, unless something contradicts it', () => {
  const alone = new TrackerDriver().show({ first: 5 }, { first: FAR, count: 3 }).believeLast()
  assert.deepEqual(alone.finish().delivered, [5, FAR, FAR + 1, FAR + 2])
  assert.deepEqual(alone.gaps, [{ first: 6, count: FAR - 6, reason: 'network' }])
  assert.equal(alone.restarts, 0)
  const overrun = new TrackerDriver().show({ first: 5 }, { first: FAR }, { first: 6 })
  assert.deepEqual(overrun.believeLast().finish().delivered, [5, 6])
  const heard = new TrackerDriver().show({ first: 5 }, { first: FAR }, { first: 6, count: 0 })
  assert.deepEqual(heard.believeLast().finish().delivered, [5])
  const again = new TrackerDriver({ initialSequence: 1 }).show(...inOrder(1, 1000))
  assert.equal(again.wait(1e9).show({ first: 1 }).believeLast().finish().restarts, 0)
  const stopped = new TrackerDriver().show({ first: 5 }, { first: FAR })
  assert.deepEqual(stopped.finish().delivered, [5])
})

test('GapTracker takes neither copies of a stray datagram nor two strays for a witness', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 10))
  driver.show({ first: FAR }, { first: FAR }, { first: 3 * FAR }, { first: 10 })
  assert.equal(driver.restarts, 0)
  assert.deepEqual(driver.finish().delivered, range(0, 10))
})

test('GapTracker believes a far jump when the datagram behind the first one is lost', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1 }, { first: FAR })
  driver.show({ first: FAR + 2 }).finish()
  assert.deepEqual(driver.delivered, [0, 1, FAR, FAR + 2])
})

test('GapTracker keeps a far jump of a slow feed until the next datagram bears witness', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1 }, { first: FAR })
  driver
    .wait(5e9)
    .show({ first: FAR + 1 })
    .finish()
  assert.deepEqual(driver.delivered, [0, 1, FAR, FAR + 1])
})

test('GapTracker takes a heartbeat as the witness of a far jump', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1 }, { first: FAR })
  driver.show({ first: FAR + 1, count: 0 })
  assert.equal(driver.delivered.at(-1), FAR)
})

test('GapTracker does not go back to the old session when the slower line still brings it', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  for (const first of range(1, 20)) driver.show({ first, line: 0, session: 1 })
  for (const first of range(1, 10)) driver.show({ first, line: 1, session: 1 })
  driver.show({ first: 1, line: 0, session: 2 }, { first: 2, line: 0, session: 2 })
  for (const first of range(11, 20)) driver.show({ first, line: 1, session: 1 })
  for (const first of range(1, 3)) driver.show({ first, line: 1, session: 2 })
  driver.finish()
  assert.deepEqual(driver.delivered, [...range(1, 20), 1, 2, 3])
  assert.equal(driver.restarts, 1)
})

test('GapTracker goes on in a session that was left and comes back for good where it was left', () => {
  const driver = new TrackerDriver({ initialSequence: 1, policy: RECOVERING })
  driver.show({ first: 1, count: 5, session: 1 })
  driver.show({ first: 1, session: 2 }, { first: 2, session: 2 })
  driver.wait(1e9).show({ first: 6, session: 1 }, { first: 7, session: 1 }).finish()
  assert.deepEqual(driver.delivered, [...range(1, 5), 1, 2, 6, 7])
  assert.equal(driver.restarts, 2)
})

test('GapTracker does not take the rest of the slower line for the future after a restart', () => {
  const driver = longRun({ lineCount: 2 })
  driver.show({ first: 899, line: 1 }, { first: 900, line: 1 }).wait(20e6)
  driver.show({ first: 1, line: 0 }, { first: 2, line: 0 })
  assert.equal(driver.restarts, 1)
  for (const first of range(901, 1000)) driver.show({ first, line: 1 })
  driver.show({ first: 1001, count: 0, line: 1 })
  for (const first of range(1, 3)) driver.show({ first, line: 1 })
  driver.show({ first: 3, line: 0 }, { first: 4, line: 0 }).finish()
  assert.deepEqual(driver.delivered.slice(1000), [1, 2, 3, 4])
  assert.deepEqual(driver.gaps, [])
})

test('GapTracker does not go back to where a stream was before it restarted, whatever is left of it', () => {
  const driver = longRun().wait(20e6).show({ first: 1 }, { first: 2 })
  driver.show({ first: 998 }, { first: 999 })
  assert.equal(driver.verdicts.at(-1), VERDICT.duplicate)
  driver.show({ first: 3 }).finish()
  assert.deepEqual(driver.delivered.slice(1000), [1, 2, 3])
})

test('What both lines lost of a run before its restart is too late when a slower line brings it', () => {
  const driver = longRun({ lineCount: 2 })
  for (const first of range(1, 900)) driver.show({ first, line: 1 })
  driver.wait(20e6).show({ first: 1, line: 0 }, { first: 2, line: 0 })
  assert.equal(driver.restarts, 1)
  for (const first of range(901, 1003)) driver.show({ first, line: 1 })
  for (const first of range(1, 3)) driver.show({ first, line: 1 })
  driver.finish()
  assert.deepEqual(driver.delivered.slice(1000), [1, 2, 3])
  assert.deepEqual(driver.gaps, [])
  assert.equal(driver.part('tooLate', 1), 3)
})

test('What was overtaken by a restart does not move the feed to where the run before it was', () => {
  for (const count of [1, 0]) {
    const driver = longRun().wait(20e6)
    driver.show({ first: 1 }, { first: 2 }, { first: 1003, count }).wait(2e6)
    if (count === 0) driver.show({ first: 1003, count })
    driver.show({ first: 3 }, { first: 4 }).finish()
    assert.deepEqual(driver.delivered.slice(1000), [1, 2, 3, 4])
    assert.deepEqual(driver.gaps, [], `${count} messages`)
  }
})

test('GapTracker does not fill an old gap from a publisher that restarted', () => {
  const driver = new TrackerDriver({ initialSequence: 1, policy: RECOVERING })
  driver.show({ first: 1 }, ...inOrder(4, 1000)).wait(20e6)
  driver.show(...inOrder(2, 12))
  assert.equal(driver.restarts, 1)
  assert.deepEqual(driver.delivered.slice(0, 2), [1, 4])
  assert.ok(!driver.delivered.slice(0, 1001).includes(2))
})

test('GapTracker asks for the beginning of a feed that it was there for', () => {
  const driver = new TrackerDriver({ initialSequence: 1, policy: RECOVERING }).show({ first: 4 })
  assert.equal(driver.tracker.missing(), 3)
})

test('GapTracker asks for no beginning of a feed that it came to late', () => {
  const driver = new TrackerDriver({ initialSequence: 1, policy: RECOVERING })
  assert.equal(driver.show({ first: 400 }).tracker.missing(), 0)
})

test('Two lines whose publisher restarts hear it although both lost the first datagram', () => {
  const driver = new TrackerDriver({ initialSequence: 1, lineCount: 2 })
  for (const first of range(1, 1000)) driver.show({ first, line: 0 }, { first, line: 1 })
  driver.wait(20e6)
  for (const first of range(2, 60)) driver.show({ first, line: 0 }, { first, line: 1 })
  driver.finish()
  assert.equal(driver.restarts, 1)
  assert.equal(driver.delivered.at(-1), 60)
})

test('A stray datagram ahead, with or without messages, does not make a feed deaf', () => {
  for (const [ahead, count] of [
    [100_000, 1],
    [1_000_000, 1],
    [100_000, 0],
    [2000, 1],
  ] as const) {
    const driver = new TrackerDriver().show(...inOrder(0, 100))
    driver.show({ first: 100 + ahead, count })
    for (let first = 100; first < 3000; first++) {
      if (first === 100 + ahead) continue
      driver.wait(400e3).show({ first })
    }
    driver.finish()
    assert.equal(driver.lostTotal, 0, `${ahead} ahead with ${count}`)
    assert.equal(driver.expected, 3000, `${ahead} ahead with ${count}`)
  }
})

test('A stray heartbeat on one of two lines makes no restart', () => {
  const driver = new TrackerDriver({ initialSequence: 1, lineCount: 2 })
  for (const first of range(1, 100)) driver.show({ first, line: 0 })
  driver.wait(300e6).show({ first: 90, count: 0, line: 1 })
  for (const first of range(1, 100)) driver.show({ first, line: 1 })
  assert.equal(driver.finish().restarts, 0)
  assert.equal(driver.duplicates, 100)
})

test('Two lines lose behind the last message only what both lost', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  for (const first of range(0, 999)) driver.show({ first, line: 0 }, { first, line: 1 })
  const tail = { ...NO_TAIL, ringMessages: 623, ringEnd: 900 }
  driver.finishWith(Number.NaN, [NO_TAIL, tail])
  assert.equal(driver.expected, 1000)
  assert.equal(driver.lostTotal, 0)
})

test('A total is not over by what one line dropped, as long as the other one can bring it', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  for (const first of range(0, 19)) driver.show({ first, line: 0 }, { first, line: 1 })
  // Every other datagram has brought nothing new, so ten stand for five messages.
  const dropped = { ...NO_TAIL, kernelDatagrams: 10 }
  assert.equal(driver.tracker.isTailLost(25, [dropped, NO_TAIL]), false)
  assert.equal(driver.tracker.isTailLost(25, [dropped, dropped]), true)
})

test('A second publisher that alternates is of another stream, and neither duplicate nor too late', () => {
  const driver = new TrackerDriver({ initialSequence: 1 })
  for (let i = 0; i < 400; i++) {
    driver.show({ first: 1 + i, session: 1 }).show({ first: 1 + i, session: 2 })
  }
  driver.show({ first: 401, session: 1 }).finish()
  assert.deepEqual(driver.delivered, range(1, 401))
  assert.equal(driver.part('foreign'), 400)
  assert.equal(driver.duplicates, 0)
  assert.equal(driver.restarts, 0)
})

test('The last word of a second publisher that has alternated with the feed is no session at the end', () => {
  const driver = new TrackerDriver({ initialSequence: 1 })
  for (const first of range(1, 20)) driver.show({ first, session: 1 }, { first, session: 2 })
  driver.finish()
  assert.deepEqual(driver.delivered, range(1, 20))
  assert.equal(driver.restarts, 0)
  assert.equal(driver.part('foreign'), 20)
})

test('A line that begins with copies contradicts what a second publisher says on it', () => {
  const driver = new TrackerDriver({ initialSequence: 1, lineCount: 2 })
  for (const first of range(1, 20)) driver.show({ first, line: 0, session: 1 })
  for (const first of range(1, 5)) {
    driver.show({ first, line: 1, session: 1 }, { first, line: 1, session: 2 })
  }
  driver.show({ first: 21, line: 0, session: 1 }).finish()
  assert.deepEqual(driver.delivered, range(1, 21))
  assert.equal(driver.restarts, 0)
})

test('The last word of a second publisher on one line finds no witness in what a slower line brings of it', () => {
  const driver = new TrackerDriver({ initialSequence: 1, lineCount: 2 })
  for (const line of [0, 1]) {
    for (const first of range(1, 20)) driver.show({ first, line, session: 1 })
    for (const first of range(1, 4)) {
      driver.show({ first: 20 + first, line, session: 1 }, { first, line, session: 2 })
    }
  }
  driver.show({ first: 25, line: 0, session: 1 }, { first: 25, line: 1, session: 1 }).finish()
  assert.equal(driver.restarts, 0)
  assert.deepEqual(driver.delivered, range(1, 25))
  assert.deepEqual([driver.part('foreign', 0), driver.part('foreign', 1)], [4, 4])
})

test('An answer fills open gaps and nothing else, and after a restart none for a while', () => {
  const driver = longRun({ policy: RECOVERING })
  driver.tracker.nowNs += 1e6
  assert.equal(driver.tracker.acceptRecovered(0, 1001, 3), VERDICT.duplicate)
  driver.show({ first: 1003 })
  driver.tracker.noteRequest()
  assert.equal(driver.tracker.acceptRecovered(0, 1001, 3), VERDICT.checkEach)
  driver.wait(60e6).show({ first: 2 }, ...inOrder(3, 20))
  assert.equal(driver.restarts, 1)
  assert.equal(
    driver.tracker.acceptRecovered(0, 1, 1),
    VERDICT.duplicate,
    'it may be of the run before',
  )
  driver.tracker.nowNs += 200e6
  assert.equal(driver.tracker.acceptRecovered(0, 1, 1), VERDICT.checkEach)
})
