import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LOSS_REASONS } from '../../src/sequence/gap-table.js'
import { TRACK, TRACKER_DOUBLES } from '../../src/sequence/tracker-state.js'
import { watched } from '../kit/watched-memory.js'
import { TrackerDriver } from './tracker-driver.js'

const RUNS = 500
const MAX_MESSAGES = 400
/** Places by which a message may be overtaken; far within the tracker's window. */
const MAX_DELAY = 16
/** Where a gap table keeps how many messages its gaps have together. */
const MISSING_IN_TABLE = 2

type Fate = 'arrives' | 'kernel' | 'ring' | 'network'

/** What happens to one message on its way; each travels in a datagram of its own. */
interface Journey {
  readonly fate: Fate
  readonly delay: number
  /** Places behind itself at which a copy comes; undefined: none does. */
  readonly copy: number | undefined
}

interface Arrival {
  readonly sequence: number
  readonly place: number
  readonly fate: Fate
}

function journeys(fates: readonly Fate[], maxDelay: number) {
  const fate = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fate>('arrives') },
    { weight: 1, arbitrary: fc.constantFrom(...fates) },
  )
  const copy = fc.option(fc.nat(MAX_DELAY), { nil: undefined, freq: 6 })
  const journey = fc.record<Journey>({ fate, delay: fc.nat(maxDelay), copy })
  return fc.array(journey, { maxLength: MAX_MESSAGES, size: 'max' })
}

/** The messages in the order in which they reach the machine; the very first one always does. */
function arrivals(stream: readonly Journey[]): Arrival[] {
  const first: Arrival = { sequence: 0, place: -1, fate: 'arrives' }
  const others = stream.flatMap(({ fate, delay, copy }, i) => {
    const sequence = i + 1
    const place = i + delay
    const original: Arrival = { sequence, place, fate }
    if (copy === undefined || fate !== 'arrives') return [original]
    return [original, { sequence, place: place + copy + 0.5, fate }]
  })
  return [first, ...others.sort((a, b) => a.place - b.place)]
}

/** What the slow and obvious account makes of a stream. */
class BruteForce {
  readonly arrived = new Set<number>()
  readonly dropped = { kernel: 0, ring: 0, network: 0, cutOff: 0, unrecovered: 0 }
  copies = 0
  highest = 0
  /** Drops that the next datagram will announce. */
  kernelPending = 0
  ringPending = 0

  note({ sequence, fate }: Arrival): boolean {
    if (fate !== 'arrives') {
      this.dropped[fate]++
      if (fate === 'kernel') this.kernelPending++
      if (fate === 'ring') this.ringPending++
      return false
    }
    if (this.arrived.has(sequence)) this.copies++
    this.arrived.add(sequence)
    this.highest = Math.max(this.highest, sequence)
    return true
  }
}

/** Shows a stream to a tracker and to the slow account, and compares them after every datagram. */
function follow(stream: readonly Journey[], driver: TrackerDriver, start: number): BruteForce {
  const model = new BruteForce()
  const wire = (sequence: number) => (start + sequence) % 2 ** 32
  for (const arrival of arrivals(stream)) {
    if (!model.note(arrival)) continue
    driver.show({
      first: wire(arrival.sequence),
      kernelDrops: model.kernelPending,
      ringDrops: model.ringPending,
    })
    model.kernelPending = 0
    model.ringPending = 0
    assert.equal(driver.expected, model.highest + 1)
    const placed = driver.delivered.length + driver.duplicates
    assert.equal(placed, model.arrived.size + model.copies, 'each arrival is new or a duplicate')
  }
  driver.finish(stream.length + 1, model.kernelPending, model.ringPending)
  assert.equal(new Set(driver.delivered).size, driver.delivered.length, 'none delivered twice')
  assert.equal(driver.expected, stream.length + 1)
  assert.equal(driver.restarts, 0)
  return model
}

const starts = fc.oneof(fc.constantFrom(0, 2 ** 32 - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }))

test('GapTracker delivers whatever arrives within the window, once, and counts the rest', () => {
  fc.assert(
    fc.property(journeys(['network'], MAX_DELAY), starts, (stream, start) => {
      const driver = new TrackerDriver({ sequenceBits: 32, initialSequence: start })
      const model = follow(stream, driver, start)
      const delivered = new Set(driver.delivered.map((sequence) => sequence - start))
      assert.deepEqual(delivered, new Set(model.arrived))
      assert.equal(driver.duplicates, model.copies)
      assert.deepEqual(driver.lost, {
        ring: 0,
        invalid: 0,
        kernel: 0,
        network: model.dropped.network,
        cutOff: 0,
        unrecovered: 0,
      })
    }),
    { numRuns: RUNS },
  )
})

test('GapTracker blames each loss on who lost it when nothing overtakes', () => {
  fc.assert(
    fc.property(journeys(['kernel', 'ring', 'network'], 0), starts, (stream, start) => {
      const driver = new TrackerDriver({ sequenceBits: 32, initialSequence: start })
      const model = follow(stream, driver, start)
      assert.deepEqual(driver.lost, { ...model.dropped, invalid: 0 })
      assert.equal(driver.duplicates, model.copies)
      assert.equal(driver.delivered.length, model.arrived.size)
    }),
    { numRuns: RUNS },
  )
})

test('GapTracker balances whatever is dropped, doubled and overtaken', () => {
  const lineCounts = fc.constantFrom(1, 2)
  const streams = journeys(['kernel', 'ring', 'network'], MAX_DELAY)
  fc.assert(
    fc.property(streams, starts, lineCounts, (stream, start, lineCount) => {
      follow(stream, new TrackerDriver({ sequenceBits: 32, lineCount }), start)
    }),
    { numRuns: RUNS },
  )
})

test('GapTracker delivers whatever arrives on one of two lines that drop and reorder', () => {
  const line = journeys(['kernel', 'ring', 'network'], MAX_DELAY)
  fc.assert(
    fc.property(line, line, (a, b) => {
      const length = Math.min(a.length, b.length)
      const driver = new TrackerDriver({ lineCount: 2 })
      const arrived = new Set<number>()
      const merged = [a, b]
        .flatMap((stream, line) =>
          arrivals(stream.slice(0, length)).map((one) => ({ ...one, line })),
        )
        .sort((x, y) => x.place - y.place)
      for (const { sequence, fate, line } of merged) {
        if (fate !== 'arrives') continue
        driver.show({ first: sequence, line })
        arrived.add(sequence)
      }
      driver.finish(length + 1)
      assert.deepEqual(new Set(driver.delivered), arrived)
      assert.equal(driver.delivered.length, arrived.size)
      assert.equal(driver.lostTotal, length + 1 - arrived.size)
    }),
    { numRuns: RUNS },
  )
})

test('GapTracker never delivers twice nor loses count when datagrams hold several messages', () => {
  const datagram = fc.record({
    first: fc.integer({ min: 0, max: 300 }),
    count: fc.nat(8),
    line: fc.nat(1),
    kernelDrops: fc.nat(2),
    ringDrops: fc.nat(2),
    invalid: fc.nat(1),
  })
  fc.assert(
    fc.property(
      fc.array(datagram, { maxLength: 200, size: 'max' }),
      fc.nat(400),
      (shown, total) => {
        const driver = new TrackerDriver({ lineCount: 2, initialSequence: 10_000 })
        driver.show({ first: 0 }, ...shown).finish(total)
        assert.equal(new Set(driver.delivered).size, driver.delivered.length)
        assert.ok(driver.expected >= total)
      },
    ),
    { numRuns: RUNS },
  )
})

test('GapTracker balances whatever is shown to it: sessions, restarts, jumps, time', () => {
  const first = fc.oneof(fc.nat(20), fc.nat(2000), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  const datagram = fc.record({
    first,
    count: fc.nat(4),
    line: fc.nat(1),
    session: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(1) },
    ),
    kernelDrops: fc.nat(2),
    ringDrops: fc.nat(2),
    invalid: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(2) },
    ),
  })
  /** The same datagram again, followed by the one behind it: a witness, more often than by chance. */
  const step = fc.record({ datagram, witness: fc.boolean(), waitNs: fc.constantFrom(0, 0, 0, 6e7) })
  const shapes = fc.constantFrom<{ sequenceBits: 32 | 53; lineCount: number }>(
    { sequenceBits: 32, lineCount: 1 },
    { sequenceBits: 32, lineCount: 2 },
    { sequenceBits: 53, lineCount: 1 },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), shapes, (steps, shape) => {
      const driver = new TrackerDriver(shape)
      for (const { datagram: shown, witness, waitNs } of steps) {
        if (waitNs > 0) driver.wait(waitNs)
        const line = shown.line % shape.lineCount
        driver.show({ ...shown, line })
        if (witness) driver.show({ ...shown, line, first: (shown.first + shown.count) % 2 ** 32 })
      }
      driver.finish()
    }),
    { numRuns: RUNS },
  )
})

test('who looks at any moment at a tracker that works finds no message in two places', () => {
  const missing = TRACK.table + MISSING_IN_TABLE
  const lines = fc.constantFrom(1, 2)
  const streams = journeys(['kernel', 'ring', 'network'], MAX_DELAY)
  fc.assert(
    fc.property(streams, lines, (stream, lineCount) => {
      const memory = new Float64Array(TRACKER_DOUBLES)
      let looks = 0
      let delivered: readonly number[] = []
      const look = () => {
        looks++
        let accounted = delivered.length + memory[missing]
        for (let i = 0; i < LOSS_REASONS.length; i++) accounted += memory[TRACK.lost + i]
        assert.ok(accounted <= memory[TRACK.expected], `${accounted} of what was expected`)
      }
      const driver = new TrackerDriver({ sequenceBits: 32, lineCount }, watched(memory, look))
      delivered = driver.delivered
      follow(stream, driver, 0)
      assert.ok(looks > stream.length, `${looks} looks`)
    }),
    { numRuns: RUNS / 5 },
  )
})
