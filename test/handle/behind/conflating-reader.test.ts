import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BehindPolicy } from '../../../src/handle/behind-policy.js'
import { SIDE } from '../../../src/wire/market-data-view.js'
import type { TestFeedOptions } from '../test-feed.js'
import { BehindFeed, type MarketParts, marketDatagram, type Told } from './behind-feed.js'

const RUNS = 500
const SLOTS = 32

function conflate(limit = Number.NaN, messages = 1024): BehindPolicy {
  return { when: 'conflate', limit, messages }
}

/** A datagram, what happens to it, and how many batches are read then. */
interface Turn {
  readonly messages: readonly MarketParts[]
  readonly line: number
  readonly lost: number
  readonly again: boolean
  /** Whether it comes behind the next one. */
  readonly swap: boolean
  readonly batches: number
}

const message = fc.record<MarketParts>({
  instrument: fc.nat(3),
  side: fc.constantFrom(SIDE.none, SIDE.bid, SIDE.bid, SIDE.ask, SIDE.ask, SIDE.trade, 200),
})
const seldom = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean())
const turn = fc.record<Turn>({
  messages: fc.array(message, { minLength: 1, maxLength: 6 }),
  line: fc.nat(1),
  lost: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(3)),
  again: seldom,
  swap: seldom,
  batches: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(2)),
})
const turns = fc.array(turn, { minLength: 1, maxLength: 150, size: 'max' })

interface Sent {
  readonly sequence: number
  readonly key: string
  readonly kept: boolean
}

/** Publishes as the turns say, reads now and then, and all at the end. @returns what was published */
function play(behind: BehindFeed, script: readonly Turn[], lines: number, swaps: boolean): Sent[] {
  const sent: Sent[] = []
  let sequence = 0
  let swapped: (() => void) | undefined
  // A ring that is full is read to make room, as a receiver waits for it.
  const publish = (first: number, messages: readonly MarketParts[], line: number) => {
    while (!behind.feed.publish(marketDatagram(first, messages), {}, line)) behind.read(1)
  }
  publish(sequence++, [{ side: SIDE.trade }], 0)
  sent.push({ sequence: 0, key: `0/${SIDE.trade}`, kept: true })
  behind.read()
  for (const { messages, line, lost, again, swap, batches } of script) {
    sequence += lost
    const first = sequence
    sequence += messages.length
    messages.forEach(({ instrument, side }, i) => {
      const kept = side !== SIDE.bid && side !== SIDE.ask
      sent.push({ sequence: first + i, key: `${instrument}/${side}`, kept })
    })
    const publishThis = () => {
      publish(first, messages, line % lines)
      if (again) publish(first, messages, (line + 1) % lines)
    }
    const before = swapped
    swapped = swaps && swap && before === undefined ? publishThis : undefined
    if (swapped === undefined) publishThis()
    before?.()
    behind.read(batches)
  }
  swapped?.()
  behind.read()
  return sent
}

/** The last message of each key, by the order of telling or of sending. */
function newest(messages: readonly { readonly key: string; readonly sequence: number }[]) {
  return new Map(messages.map(({ key, sequence }) => [key, sequence]))
}

type Message = Extract<Told, { kind: 'message' }>

function deliveredMessages(behind: BehindFeed): Message[] {
  return behind.told.filter((one) => one.kind === 'message')
}

function assertConflated(behind: BehindFeed, sent: readonly Sent[]): void {
  const delivered = deliveredMessages(behind)
  const kept = delivered.filter(({ sequence }) => sent.find((s) => s.sequence === sequence)?.kept)
  assert.deepEqual(
    kept.map(({ sequence }) => sequence).sort((a, b) => a - b),
    sent.filter((one) => one.kept).map(({ sequence }) => sequence),
  )
  assert.equal(behind.feed.counter('pending'), 0)
}

/** Ascending; what is skipped is skipped at its place, and nothing delivered lies in between. */
function assertInOrder(told: readonly Told[]): void {
  let last = -1
  let total = 0
  for (const one of told) {
    if (one.kind === 'message') {
      assert.ok(one.sequence > last, `${one.sequence} after ${last}`)
      last = one.sequence
      total++
    } else if (one.kind === 'skip') {
      const { firstSequence, lastSequence, count, reason } = one.skip
      assert.equal(reason, 'conflated')
      assert.ok(firstSequence > last && lastSequence >= firstSequence)
      assert.ok(count > 0 && count <= lastSequence - firstSequence + 1)
      last = lastSequence
      total += count
    }
  }
  assert.ok(total > 0)
}

const ORDERED: TestFeedOptions = {
  reader: { policy: { ordered: true, recovering: false, waitNs: 1e6 }, holdBytes: 65536 },
}
const SETUPS: readonly { readonly name: string; readonly options: TestFeedOptions }[] = [
  { name: '1 line', options: {} },
  { name: '1 line that holds back', options: ORDERED },
  { name: '2 lines that hold back', options: { ...ORDERED, lines: 2 } },
]

for (const { name, options } of SETUPS) {
  const lines = options.lines ?? 1
  const holdsBack = options.reader !== undefined
  test(`ConflatingReader delivers every trade and the last quote of each, of ${name}`, () => {
    fc.assert(
      fc.property(
        turns,
        fc.constantFrom(Number.NaN, 1, 2, 8),
        fc.constantFrom(1, 2, 7, 1024),
        (script, limit, messages) => {
          const behind = new BehindFeed(conflate(limit, messages), { ...options, slots: SLOTS })
          const sent = play(behind, script, lines, holdsBack)
          // What was lost before the last is declared lost.
          behind.idle(1e9)
          behind.read()
          assertConflated(behind, sent)
          const last = newest(sent)
          assert.deepEqual(newest(deliveredMessages(behind)), last)
          assertInOrder(behind.told)
          behind.finish().assertBalanced()
          assert.equal(behind.feed.counter('undelivered'), 0)
        },
      ),
      { numRuns: RUNS },
    )
  })
}

test('ConflatingReader delivers what came late, marked as such, and the newest of each', () => {
  fc.assert(
    fc.property(
      turns,
      fc.constantFrom(Number.NaN, 1, 8),
      fc.constantFrom(1, 2),
      (script, limit, lines) => {
        const behind = new BehindFeed(conflate(limit), { slots: SLOTS, lines })
        const sent = play(behind, script, lines, true)
        assertConflated(behind, sent)
        const delivered = deliveredMessages(behind)
        const newestOf = newest(delivered.toSorted((a, b) => a.sequence - b.sequence))
        for (const [key, sequence] of newest(sent)) assert.equal(newestOf.get(key), sequence, key)
        assert.equal(delivered.filter(({ late }) => late).length, behind.feed.track('late'))
        assertInOrder(behind.told.filter((one) => one.kind !== 'message' || !one.late))
        behind.idle(1e9).finish().assertBalanced()
      },
    ),
    { numRuns: RUNS },
  )
})

const QUOTE = { instrument: 7, side: SIDE.bid }
const TRADE = { instrument: 7, side: SIDE.trade }

/** A handler that is slow, so that batches are of one datagram. */
function slowHandler(options: TestFeedOptions = {}, messages = 1024, first = 0): BehindFeed {
  const behind = new BehindFeed(conflate(Number.NaN, messages), { slots: SLOTS, ...options })
  behind.onMessage = () => {
    behind.feed.clock.ns += 1e5
  }
  behind.feed.publish(marketDatagram(first, [TRADE]))
  return behind.read()
}

test('ConflatingReader delivers in place as long as the handler keeps up', () => {
  const behind = new BehindFeed(conflate(), { slots: SLOTS })
  for (let i = 0; i < 100; i++) {
    behind.feed.publish(marketDatagram(i, [QUOTE]))
    assert.equal(behind.reader.take(), true)
    assert.equal(behind.cursor.next(), true)
    assert.equal(behind.cursor.message.bytes.buffer, behind.feed.lines[0]?.ring)
    assert.equal(behind.cursor.next(), false)
  }
  assert.equal(behind.feed.counter('skipped'), 0)
})

test('ConflatingReader conflates the rest of a batch when the handler falls behind in it', () => {
  const behind = new BehindFeed(conflate(), { slots: SLOTS })
  const datagram = (index: number) =>
    marketDatagram(8 * index, new Array<MarketParts>(8).fill(QUOTE))
  for (let i = 0; i < 8; i++) behind.feed.publish(datagram(i))
  behind.onMessage = (sequence) => {
    if (sequence === 0) for (let i = 8; i < 28; i++) behind.feed.publish(datagram(i))
  }
  behind.read()
  // Looks lie 16 messages apart, and a run of as many may begin before one is due.
  assert.ok(behind.delivered.length < 32, `${behind.delivered.length} were delivered`)
  assert.equal(behind.delivered.at(-1), 28 * 8 - 1)
  behind.finish().assertBalanced()
})

test('ConflatingReader tells of what it skipped before the message behind it', () => {
  const behind = slowHandler()
  for (let i = 1; i <= 3; i++) behind.feed.publish(marketDatagram(i, [QUOTE]))
  behind.feed.publish(marketDatagram(4, [TRADE]))
  for (let i = 5; i <= 8; i++) behind.feed.publish(marketDatagram(i, [QUOTE]))
  behind.read()
  const skip = (firstSequence: number, lastSequence: number, count: number) => ({
    kind: 'skip',
    skip: { firstSequence, lastSequence, count, reason: 'conflated' },
  })
  assert.deepEqual(behind.told.slice(1), [
    skip(1, 3, 3),
    { kind: 'message', sequence: 4, key: '7/3', late: false },
    skip(5, 7, 3),
    { kind: 'message', sequence: 8, key: '7/1', late: false },
  ])
})

test('ConflatingReader gives slots back at once, as far as its table has room', () => {
  const behind = slowHandler({}, 4)
  for (let i = 1; i <= 20; i++) behind.feed.publish(marketDatagram(i, [TRADE]))
  behind.reader.take()
  assert.equal(behind.feed.counter('pending'), 4)
  // With the one that is open, which came in order.
  assert.equal(behind.feed.lineCounter(0, 'handled'), 5)
  behind.deliver()
  behind.read()
  assert.equal(behind.delivered.length, 21)
  behind.finish().assertBalanced()
  // Those that did not fit at first were not looked at twice.
  assert.deepEqual([behind.feed.counter('messages'), behind.feed.track('duplicates')], [21, 0])
})

test('ConflatingReader tells of gaps and of sessions behind the messages that came before', () => {
  const behind = slowHandler({}, 1024, 1000)
  behind.feed.publish(marketDatagram(1001, [TRADE, QUOTE, QUOTE]))
  behind.feed.publish(marketDatagram(1006, [QUOTE]))
  // Two that follow one another prove a restart.
  behind.feed.publish(marketDatagram(0, [QUOTE]))
  behind.feed.publish(marketDatagram(1, [QUOTE]))
  behind.read()
  assert.equal(behind.feed.track('restarts'), 1)
  assert.deepEqual(
    behind.told.map((one) => (one.kind === 'message' ? one.sequence : one.kind)),
    [1000, 1001, 'skip', 'gap', 'status', 'skip', 1],
  )
  assert.deepEqual(behind.skips, [
    // Two in between were lost.
    { firstSequence: 1002, lastSequence: 1006, count: 3, reason: 'conflated' },
    { firstSequence: 0, lastSequence: 0, count: 1, reason: 'conflated' },
  ])
  behind.finish().assertBalanced()
})

test('ConflatingReader is complete only when nothing waits any more', () => {
  const behind = slowHandler({ total: 8 })
  for (let i = 1; i < 8; i++) behind.feed.publish(marketDatagram(i, [TRADE]))
  behind.reader.take()
  assert.equal(behind.feed.counter('complete'), 1)
  assert.equal(behind.reader.complete, false)
  assert.equal(behind.reader.left(), 'messages')
  behind.deliver()
  behind.read()
  assert.equal(behind.reader.complete, true)
  assert.equal(behind.reader.left(), 'nothing')
  assert.equal(behind.delivered.length, 8)
})

test('ConflatingReader counts what waits as undelivered when its handler fails', () => {
  const behind = slowHandler()
  for (let i = 1; i < 11; i += 2) behind.feed.publish(marketDatagram(i, [QUOTE, TRADE]))
  behind.onMessage = () => {
    throw new Error('handler')
  }
  assert.throws(() => behind.read())
  behind.finish().assertBalanced()
  assert.equal(behind.feed.counter('delivered'), 1)
  assert.equal(behind.feed.counter('skipped') + behind.feed.counter('undelivered'), 10)
})

test('A reader takes over from one that died with messages in its table', () => {
  fc.assert(
    fc.property(turns, fc.nat(100), fc.constantFrom(1, 8, 1024), (script, fatal, messages) => {
      const behind = new BehindFeed(conflate(1, messages), { slots: SLOTS, lines: 2 })
      let calls = 0
      behind.onMessage = () => {
        if (calls++ === fatal) throw new Error('died')
      }
      try {
        play(behind, script, 2, true)
      } catch {
        // The state is as the dead thread left it.
      }
      const { feed } = behind
      const deliveredBefore = feed.deliveredSoFar
      feed.replaceReader()
      feed.reader.takeOver(true)
      feed.read().finish()
      assert.equal(feed.deliveredSoFar, deliveredBefore)
      assert.equal(feed.counter('pending'), 0)
      const handed = deliveredBefore + feed.counter('undelivered') + feed.counter('skipped')
      assert.equal(feed.track('expected'), handed + feed.lostTotal)
    }),
    { numRuns: RUNS },
  )
})
