import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_OPEN_GAPS } from '../../src/sequence/gap-table.js'
import { TRACK, VERDICT } from '../../src/sequence/tracker-state.js'
import { inOrder, range, TrackerDriver } from './tracker-driver.js'

const NOTHING_LOST = { ring: 0, invalid: 0, kernel: 0, network: 0, cutOff: 0, unrecovered: 0 }
const PATIENCE_NS = 50e6
const WINDOW = 256
const FAR = 2 ** 21

test('GapTracker delivers what comes in order', () => {
  const driver = new TrackerDriver().show({ first: 7, count: 3 }, { first: 10 }, { first: 11 })
  assert.deepEqual(driver.delivered, range(7, 11))
  assert.equal(driver.finish().expected, 5, 'a feed starts where it was joined')
  assert.deepEqual(driver.lost, NOTHING_LOST)
  assert.deepEqual(driver.gaps, [])
})

test('GapTracker opens a gap and gives it up once enough newer messages came', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 3 })
  assert.deepEqual(driver.gaps, [])
  assert.equal(driver.tracker.missing(), 2)
  driver.show(...inOrder(4, WINDOW - 1))
  assert.deepEqual(driver.gaps, [], 'up to the window it may still come')
  driver.show(...inOrder(3 + WINDOW, 2))
  assert.deepEqual(driver.gaps, [{ first: 1, count: 2, reason: 'network' }])
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, network: 2 })
})

test('GapTracker gives a gap up when its time is over', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 3 }).wait(PATIENCE_NS)
  assert.deepEqual(driver.gaps, [])
  driver.wait(1)
  assert.deepEqual(driver.gaps, [{ first: 1, count: 2, reason: 'network' }])
})

test('GapTracker blames the ring first, then invalid datagrams, the kernel, and the network', () => {
  const driver = new TrackerDriver()
  driver.show({ first: 0 }, { first: 11, ringDrops: 1, invalid: 2, kernelDrops: 3 }).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, ring: 1, invalid: 2, kernel: 3, network: 4 })
  assert.deepEqual(driver.gaps, [{ first: 1, count: 10, reason: 'network' }])
  assert.equal(driver.expected, 12)
})

for (const [note, reason] of [
  ['ringDrops', 'ring'],
  ['invalid', 'invalid'],
  ['kernelDrops', 'kernel'],
] as const) {
  test(`GapTracker blames ${reason} alone for a gap that its count explains`, () => {
    const driver = new TrackerDriver().show({ first: 0 }, { first: 6, [note]: 5 }).finish()
    assert.deepEqual(driver.lost, { ...NOTHING_LOST, [reason]: 5 })
    assert.deepEqual(driver.gaps, [{ first: 1, count: 5, reason }])
  })
}

test('GapTracker reckons a dropped datagram with as many messages as the largest had', () => {
  const driver = new TrackerDriver()
  driver.show({ first: 0, count: 4 }, { first: 12, count: 4, kernelDrops: 2 }).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, kernel: 8 })
})

test('GapTracker reports a gap long before the window ends when drops on its only line explain it', () => {
  const driver = new TrackerDriver()
  driver.show({ first: 0 }, { first: 2, kernelDrops: 1 }, ...inOrder(3, 20))
  assert.deepEqual(driver.gaps, [{ first: 1, count: 1, reason: 'kernel' }])
})

test('GapTracker waits for the other line although drops on one explain a gap', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  driver.show({ first: 0 }, { first: 2, kernelDrops: 1 }, { first: 3 }, { first: 1, line: 1 })
  assert.deepEqual(driver.gaps, [])
  assert.deepEqual(driver.delivered, [0, 2, 3, 1])
  assert.equal(driver.finish().lostTotal, 0)
})

test('GapTracker fills a gap with a late datagram', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 2 }, { first: 1 }, { first: 3 })
  assert.deepEqual(driver.delivered, [0, 2, 1, 3])
  assert.equal(driver.late, 1)
  assert.deepEqual(driver.finish().lost, NOTHING_LOST)
  assert.deepEqual(driver.gaps, [])
})

test('GapTracker splits a gap that a late datagram fills in the middle', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 6 }, { first: 3 })
  assert.equal(driver.tracker.openGaps, 2)
  driver.finish()
  assert.deepEqual(driver.gaps, [
    { first: 1, count: 2, reason: 'network' },
    { first: 4, count: 2, reason: 'network' },
  ])
  assert.deepEqual(driver.delivered, [0, 6, 3])
})

test('GapTracker takes the new part of a datagram that is old and new in one', () => {
  const driver = new TrackerDriver().show({ first: 0, count: 3 }, { first: 1, count: 4 })
  assert.deepEqual(driver.delivered, range(0, 4))
  assert.equal(driver.duplicates, 2)
  driver.show({ first: 7 }, { first: 4, count: 6 })
  assert.deepEqual(driver.delivered, [...range(0, 4), 7, 5, 6, 8, 9])
  assert.equal(driver.duplicates, 4)
  assert.equal(driver.late, 2)
})

test('GapTracker counts duplicates and delivers none', () => {
  const driver = new TrackerDriver().show({ first: 0, count: 2 }, { first: 0, count: 2 })
  driver.show({ first: 4 }, { first: 4 }, { first: 1 }, { first: 2 }, { first: 2 })
  assert.deepEqual(driver.delivered, [0, 1, 4, 2])
  assert.equal(driver.duplicates, 5)
  assert.equal(driver.finish().expected, 5)
})

test('GapTracker keeps counting where 32 bits wrap', () => {
  const top = 2 ** 32
  const driver = new TrackerDriver({ sequenceBits: 32 })
  driver.show({ first: top - 2 }, { first: top - 1, count: 3 }, { first: 2 }, { first: 5 })
  driver.show({ first: 3 }, { first: top - 1 }).finish()
  assert.deepEqual(driver.delivered, [...range(top - 2, top + 2), top + 5, top + 3])
  assert.equal(driver.duplicates, 1)
  assert.deepEqual(driver.gaps, [{ first: top + 4, count: 1, reason: 'network' }])
})

test('GapTracker keeps counting through several wraps', () => {
  const driver = new TrackerDriver({ sequenceBits: 32 })
  const step = 2 ** 19
  const count = 3 * 2 ** 13 + 1
  for (let i = 0; i < count; i++) {
    driver.show({ first: (i * step) % 2 ** 32, kernelDrops: i === 0 ? 0 : step - 1 })
  }
  driver.finish()
  assert.equal(driver.expected, (count - 1) * step + 1)
  assert.equal(driver.delivered.at(-1), (count - 1) * step)
  assert.equal(driver.lost.kernel, (count - 1) * (step - 1))
})

test('GapTracker learns of a lost tail from a heartbeat that is repeated', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1, count: 0 })
  assert.equal(driver.tracker.openGaps, 0, 'nothing was sent behind 0')
  driver.show({ first: 3, count: 0 }, { first: 3, count: 0 })
  assert.equal(driver.tracker.missing(), 0, 'it may have been made up, and the other one a copy')
  driver.wait(1e6).show({ first: 3, count: 0 })
  assert.equal(driver.tracker.missing(), 2)
  driver.show({ first: 3, count: 0 }).finish()
  assert.deepEqual(driver.gaps, [{ first: 1, count: 2, reason: 'network' }])
  assert.equal(driver.duplicates, 0)
})

test('GapTracker takes an old heartbeat as nothing', () => {
  const driver = new TrackerDriver().show({ first: 0, count: 5 }, { first: 2, count: 0 }).finish()
  assert.equal(driver.expected, 5)
  assert.equal(driver.duplicates, 0)
})

test('GapTracker follows a change of session once a second datagram bears witness', () => {
  const driver = new TrackerDriver().show({ first: 500, session: 1 }, { first: 502, session: 1 })
  driver.show({ first: 1, count: 2, session: 2 })
  assert.equal(driver.verdicts.at(-1), VERDICT.hold)
  driver.show({ first: 3, session: 2 }).finish()
  assert.deepEqual(driver.delivered, [500, 502, 1, 2, 3])
  assert.equal(driver.restarts, 1)
  assert.equal(driver.duplicates, 0)
  assert.deepEqual(driver.gaps, [{ first: 501, count: 1, reason: 'network' }])
})

test('GapTracker does not believe silence, but a heartbeat of the other session', () => {
  const driver = new TrackerDriver().show({ first: 500, session: 1 }, { first: 1, session: 2 })
  driver.wait(60e9)
  assert.deepEqual(driver.delivered, [500])
  driver.show({ first: 2, count: 0, session: 2 })
  assert.deepEqual(driver.delivered, [500, 1])
  assert.equal(driver.restarts, 1)
})

test('GapTracker follows a change of session that comes last of all', () => {
  const driver = new TrackerDriver().show({ first: 500, session: 1 }, { first: 1, session: 2 })
  assert.deepEqual(driver.finish().delivered, [500, 1])
})

test('GapTracker follows a restart at the initial sequence once it has a witness', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 1000))
  driver.show({ first: 0 })
  assert.equal(driver.delivered.length, 1000)
  driver.show({ first: 1 }, { first: 2 }).finish()
  assert.deepEqual(driver.delivered.slice(1000), [0, 1, 2])
  assert.equal(driver.restarts, 1)
  assert.equal(driver.duplicates, 0)
  assert.equal(driver.expected, 1003)
})

test('GapTracker takes a stray first datagram without witness as a duplicate', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 1000))
  driver.show({ first: 0 }, ...inOrder(1000, 10)).finish()
  assert.deepEqual(driver.delivered, range(0, 1009))
  assert.equal(driver.restarts, 0)
  assert.equal(driver.duplicates, 1)
})

test('GapTracker follows the restart of a short run after some silence', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 100))
  driver
    .wait(1e9)
    .show(...inOrder(0, 100))
    .finish()
  assert.equal(driver.delivered.length, 200)
  assert.equal(driver.restarts, 1)
  assert.equal(driver.duplicates, 0)
})

test('GapTracker takes a short run that comes twice without silence for duplicates', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 100))
  driver
    .wait(1e6)
    .show(...inOrder(0, 100))
    .finish()
  assert.equal(driver.delivered.length, 100)
  assert.equal(driver.duplicates, 100)
})

test('GapTracker takes a silent second line that starts late for duplicates', () => {
  const driver = new TrackerDriver({ lineCount: 2 }).show(...inOrder(0, 100))
  driver.wait(1e9)
  for (let first = 0; first < 100; first++) driver.show({ first, line: 1 })
  assert.equal(driver.finish().restarts, 0)
  assert.equal(driver.duplicates, 100)
})

test('GapTracker keeps drops that run ahead until their gap shows, however late', () => {
  const driver = new TrackerDriver({ dropsRunAhead: true })
  driver.show({ first: 0 }, { first: 1, kernelDrops: 7 }, ...inOrder(2, 3000))
  driver.show({ first: 3005 }).finish(3010)
  assert.equal(driver.lost.kernel, 7)
  assert.equal(driver.lost.network, 0)
})

test('GapTracker wants the witness of a restart from the same line', () => {
  const driver = new TrackerDriver({ lineCount: 2 }).show(...inOrder(0, 1000))
  driver.show({ first: 0, line: 0 }, { first: 1, line: 1 })
  assert.equal(driver.restarts, 0)
  driver.show({ first: 1, line: 0 })
  assert.equal(driver.restarts, 1)
})

test('GapTracker does not believe a far jump without a witness', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1 }, { first: FAR })
  assert.equal(driver.verdicts.at(-1), VERDICT.hold)
  driver.show({ first: FAR + 1 }).finish()
  assert.deepEqual(driver.delivered, [0, 1, FAR, FAR + 1])
  assert.deepEqual(driver.gaps, [{ first: 2, count: FAR - 2, reason: 'network' }])
  assert.equal(driver.restarts, 0)
})

test('GapTracker expects nothing of a lone stray datagram, which is of another stream', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1 }, { first: FAR, count: 5 })
  assert.equal(driver.part('held'), 5)
  driver.show({ first: 2 }, { first: 3 })
  driver.wait(PATIENCE_NS).show({ first: 4 }).finish()
  assert.deepEqual(driver.delivered, range(0, 4))
  assert.deepEqual(driver.lost, NOTHING_LOST)
  assert.equal(driver.part('held'), 0)
  assert.equal(driver.part('foreign'), 5)
  assert.equal(driver.expected, 5)
})

test('GapTracker believes a far jump at once when drops explain it', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: FAR, kernelDrops: FAR })
  assert.deepEqual(driver.delivered, [0, FAR])
  assert.deepEqual(driver.finish().lost, { ...NOTHING_LOST, kernel: FAR - 1 })
})

test('GapTracker lets a feed start at the second datagram when the first was a stray', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: FAR }, { first: FAR + 1 }).finish()
  assert.deepEqual(driver.delivered, [0, FAR, FAR + 1])
  assert.equal(driver.expected, 3)
})

test('GapTracker counts an invalid datagram that fills no gap as a message of its own', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1, invalid: 2 }).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, invalid: 2 })
  assert.equal(driver.expected, 4)
})

test('GapTracker counts the tail that a known total reveals', () => {
  const driver = new TrackerDriver().show({ first: 0, count: 3 }).finish(10)
  assert.equal(driver.expected, 10)
  assert.deepEqual(driver.gaps, [{ first: 3, count: 7, reason: 'network' }])
})

test('GapTracker explains the tail of a known total by the last drops', () => {
  const driver = new TrackerDriver().show(...inOrder(0, 3)).finish(10, 4, 2)
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, ring: 2, kernel: 4, network: 1, unrecovered: 0 })
})

test('GapTracker reads a total below what came as no tail', () => {
  assert.equal(new TrackerDriver().show(...inOrder(0, 3)).finish(2).expected, 3)
})

test('GapTracker estimates an unknown tail from the last drops', () => {
  const driver = new TrackerDriver().show({ first: 0, count: 2 }, { first: 2, count: 4 })
  driver.finish(Number.NaN, 5, 7)
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, ring: 7, kernel: 15 })
  assert.equal(driver.expected, 6 + 22)
})

test('GapTracker knows of no tail where nobody tells of one', () => {
  assert.equal(new TrackerDriver().show(...inOrder(0, 3)).finish().expected, 3)
})

test('GapTracker invents no tail from drops on a line when the other one brought all', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  for (const first of range(0, 9)) driver.show({ first, line: 0 })
  driver.show({ first: 9, line: 1, kernelDrops: 9 }).finish()
  assert.equal(driver.expected, 10)
})

test('GapTracker invents no tail from copies that one line discarded before an old one', () => {
  const driver = new TrackerDriver({ lineCount: 2 })
  for (const line of [0, 1]) for (const first of range(0, 9)) driver.show({ first, line })
  driver.show({ first: 3, line: 1, ringDrops: 2 }).finish()
  assert.equal(driver.expected, 10)
})

test('GapTracker invents no tail from drops before a heartbeat', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 1, count: 0, kernelDrops: 3 })
  assert.equal(driver.finish().expected, 1)
})

test('GapTracker counts the total of a feed of which nothing came', () => {
  const driver = new TrackerDriver().finish(5, 2)
  assert.equal(driver.expected, 5)
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, kernel: 2, network: 3 })
})

test('GapTracker reconciles losses with drops that were stamped too late', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 3 }, { first: 4, kernelDrops: 2 })
  driver.show(...inOrder(5, 10)).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, kernel: 2 })
})

test('GapTracker reconciles no more than was lost', () => {
  const driver = new TrackerDriver().show({ first: 0 }, { first: 2 }, { first: 3, kernelDrops: 9 })
  driver.show({ first: 4 }).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, kernel: 1 })
})

test('GapTracker does not reconcile with two lines, where a drop on one is no loss', () => {
  const driver = new TrackerDriver({ lineCount: 2 }).show({ first: 0 }, { first: 2 })
  driver.show({ first: 3, kernelDrops: 1 }, { first: 4 }).finish()
  assert.deepEqual(driver.lost, { ...NOTHING_LOST, network: 1 })
})

test('GapTracker declares the oldest gap lost when it has no room for another', () => {
  const driver = new TrackerDriver()
  for (let gap = 0; gap < MAX_OPEN_GAPS + 10; gap++) driver.show({ first: gap * 2 })
  assert.ok(driver.tracker.openGaps <= MAX_OPEN_GAPS)
  assert.ok(driver.gaps.length >= 9)
  assert.deepEqual(driver.gaps[0], { first: 1, count: 1, reason: 'network' })
  driver.finish()
  assert.equal(driver.lost.network, MAX_OPEN_GAPS + 9)
})

test('GapTracker survives late datagrams that split gap after gap in a crowded table', () => {
  const driver = new TrackerDriver()
  for (let gap = 0; gap < MAX_OPEN_GAPS - 4; gap++) driver.show({ first: gap * 4 })
  for (let gap = 20; gap < MAX_OPEN_GAPS - 5; gap++) driver.show({ first: gap * 4 + 2 })
  driver.finish()
  assert.equal(new Set(driver.delivered).size, driver.delivered.length)
})

test('GapTracker is taken over by another one with the state as it is', () => {
  const first = new TrackerDriver().show({ first: 0 }, { first: 4 })
  const second = new TrackerDriver({}, first.state)
  assert.equal(second.tracker.accept(0, 2, 1), VERDICT.checkEach)
  assert.equal(second.tracker.acceptOne(2), true)
  assert.equal(second.tracker.missing(), 2)
  assert.equal(second.state[TRACK.expected], 5)
})

test('GapTracker delivers a late message although a drop behind it seemed to explain its gap', () => {
  // Sent 0 1 2 3 4; 3 overtakes 1 and 2 and is dropped by the kernel, 2 overtakes 1.
  const driver = new TrackerDriver().show({ first: 0 }, { first: 2, kernelDrops: 1 })
  driver.show({ first: 1 }, { first: 4 }).finish()
  assert.deepEqual(driver.delivered, [0, 2, 1, 4])
  assert.equal(driver.lostTotal, 1)
  assert.equal(driver.duplicates, 0)
})

for (const [what, policy] of [
  ['can be asked for', { ordered: false, recovering: true, waitNs: 50e6 }],
  ['another line may bring', { ordered: true, recovering: false, waitNs: 50e6 }],
] as const) {
  test(`GapTracker misses the first messages of a session, which ${what}`, () => {
    const driver = new TrackerDriver({ initialSequence: 1, lineCount: 2, policy })
    driver.show({ first: 3, count: 2 })
    assert.equal(driver.tracker.gaps.first(0), 1)
    assert.equal(driver.tracker.missing(), 2)
    driver.show({ first: 2, line: 1 }, { first: 1, line: 1 })
    assert.equal(driver.tracker.openGaps, 0)
    assert.deepEqual(driver.delivered, [3, 4, 2, 1])
    assert.equal(driver.finish().late, 2)
  })
}

test('GapTracker that joins a feed further on misses nothing of what was before', () => {
  const policy = { ordered: true, recovering: true, waitNs: 50e6 }
  const joined = new TrackerDriver({ initialSequence: 1, policy }).show({ first: 258 })
  assert.equal(joined.tracker.openGaps, 0)
  const near = new TrackerDriver({ initialSequence: 1, policy }).show({ first: 257 })
  assert.equal(near.tracker.missing(), 256)
  const alone = new TrackerDriver({ initialSequence: 1 }).show({ first: 3 })
  assert.equal(alone.tracker.openGaps, 0)
})

test('GapTracker takes no lone datagram of another session while its own goes on', () => {
  const driver = new TrackerDriver({ initialSequence: 1 }).show({ first: 1, count: 5 })
  driver.show({ first: 1000, session: 7 })
  for (let first = 6; first <= 30; first++) driver.wait(5e6).show({ first })
  assert.equal(driver.restarts, 0)
  assert.equal(driver.tracker.session, 0)
  assert.ok(!driver.delivered.includes(1000))
  assert.equal(driver.delivered.length, 30)
  assert.equal(driver.finish().lostTotal, 0)
  assert.equal(driver.part('foreign'), 1)
})
