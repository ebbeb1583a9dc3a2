import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedStatus } from '../../../src/handle/handler.js'
import type { RecoveryPort } from '../../../src/handle/reader/feed-reader-options.js'
import { createRing, SlotProducer } from '../../../src/ring/index.js'
import { DEFAULT_ASK_LIMITS } from '../../../src/sequence/request-planner.js'
import type { GapPolicy } from '../../../src/sequence/tracker-state.js'
import { SlotSource } from '../../../src/transport/slot-source.js'
import { MOLD_HEADER_BYTES } from '../../../src/wire/moldudp64.js'
import { moldDatagram, rawDatagram } from '../../wire/datagrams.js'
import { EPOCH, PLAIN_FEED, TestFeed, type TestFeedOptions } from '../test-feed.js'

const WAIT_NS = 50e6
const ORDERED: GapPolicy = { ordered: true, recovering: false, waitNs: WAIT_NS }
const RECOVERING: GapPolicy = { ordered: true, recovering: true, waitNs: WAIT_NS }
const AT_ONCE: GapPolicy = { ordered: false, recovering: true, waitNs: 1e9 }
const HOLD_BYTES = 65536

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** A server that answers when the test says so. */
class TestPort implements RecoveryPort {
  readonly request = new DataView(new ArrayBuffer(MOLD_HEADER_BYTES))
  readonly source: SlotSource
  /** What was asked for: first sequence and count. */
  readonly asked: [number, number][] = []
  /** Whether requests can be sent. */
  reachable = true
  readonly #producer: SlotProducer

  constructor() {
    const ring = createRing(64, 2048)
    this.#producer = new SlotProducer(ring)
    this.source = new SlotSource(ring, EPOCH)
  }

  poll(): void {}

  trySend(): boolean {
    if (this.reachable) this.asked.push([this.request.getUint32(14), this.request.getUint16(18)])
    return this.reachable
  }

  answer(payload: Uint8Array): void {
    assert.equal(this.#producer.claim(1), 1)
    this.#producer.write(this.#producer.claimedIndex, payload)
    this.#producer.publish(1)
  }
}

interface Setup {
  readonly feed: TestFeed
  readonly port: TestPort
  readonly statuses: FeedStatus[]
}

function recoveringFeed(policy: GapPolicy = RECOVERING, options: TestFeedOptions = {}): Setup {
  const port = new TestPort()
  const statuses: FeedStatus[] = []
  const feed = new TestFeed({
    ...options,
    reader: {
      policy,
      holdBytes: HOLD_BYTES,
      recovery: port,
      onStatus: (status) => statuses.push({ ...status }),
      ...options.reader,
    },
  })
  return { feed, port, statuses }
}

function orderedFeed(options: TestFeedOptions = {}): TestFeed {
  return new TestFeed({ ...options, reader: { policy: ORDERED, holdBytes: HOLD_BYTES } })
}

test('What comes ahead of a gap is held back until the gap is filled, and comes in order', () => {
  const feed = orderedFeed()
  for (const first of [0, 2, 4, 5, 1, 3]) feed.publish(rawDatagram(first, 1))
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 5))
  assert.deepEqual(feed.gaps, [])
  feed.finish().assertBalanced()
})

test('What is held back comes when its gap is declared lost, behind the report of the gap', () => {
  const feed = orderedFeed()
  const events: string[] = []
  feed.onMessage = (sequence) => events.push(`${sequence}`)
  feed.onGap = ({ firstSequence, count }) => events.push(`gap ${firstSequence}+${count}`)
  for (const first of [0, 2, 3, 6]) feed.publish(rawDatagram(first, 1))
  feed.read().idle(WAIT_NS)
  assert.deepEqual(events, ['0'])
  feed.idle(1)
  assert.deepEqual(events, ['0', 'gap 1+1', '2', '3', 'gap 4+2', '6'])
  feed.finish().assertBalanced()
  assert.equal(feed.lost.network, 3)
})

test('The end of a run lets go what is held back', () => {
  const feed = orderedFeed()
  for (const first of [0, 2, 5]) feed.publish(rawDatagram(first, 2))
  feed.publish(rawDatagram(9, 1))
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 3))
  feed.reader.finish()
  assert.equal(feed.counter('delivered'), 7)
  feed.assertBalanced()
})

test('The other line fills the gap, and a gap that both have passed is declared lost at once', () => {
  const feed = orderedFeed({ lines: 2, slots: 1024 })
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(2, 1))
  feed.read()
  for (const first of [0, 1, 2]) feed.publish(rawDatagram(first, 1), {}, 1)
  feed.read()
  assert.deepEqual(feed.delivered, [0, 1, 2])
  for (const line of [0, 1]) {
    for (let first = 4; first < 300; first++) feed.publish(rawDatagram(first, 1), {}, line)
  }
  feed.read()
  assert.deepEqual(feed.gaps, [{ firstSequence: 3, count: 1, reason: 'network' }])
  assert.equal(feed.delivered.at(-1), 299)
  assert.deepEqual([feed.lineCounter(0, 'firstToArrive') > 0, feed.track('late')], [true, 1])
})

test('Several messages in a datagram are held back as one, and those known already left out', () => {
  const feed = orderedFeed()
  feed.publish(rawDatagram(0, 2))
  feed.publish(rawDatagram(4, 2))
  feed.publish(rawDatagram(8, 2))
  // Overlaps what is held back and both gaps.
  feed.publish(rawDatagram(1, 8))
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 9))
  assert.equal(feed.track('duplicates'), 4)
  feed.finish().assertBalanced()
})

test('A train of coalesced datagrams is held back whole', () => {
  const feed = orderedFeed({ slotBytes: 2048 })
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(2, 30), { segmentBytes: 29 })
  feed.publish(rawDatagram(1, 1))
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 31))
})

test('When there is no room to hold back, the oldest gap is declared lost first', () => {
  const port = new TestPort()
  const feed = new TestFeed({
    slots: 1024,
    slotBytes: 2048,
    reader: { policy: RECOVERING, holdBytes: 4096, recovery: port },
  })
  feed.publish(rawDatagram(0, 1))
  for (let first = 2; first < 800; first += 1) {
    if (first !== 10) feed.publish(rawDatagram(first, 1))
  }
  feed.read()
  assert.deepEqual(feed.gaps[0], { firstSequence: 1, count: 1, reason: 'network' })
  assert.ok(feed.delivered.length > 100)
  assert.deepEqual(
    feed.delivered,
    [...feed.delivered].sort((a, b) => a - b),
  )
  feed.finish().assertBalanced()
})

test('All open gaps are asked for at once, when they are old enough', () => {
  const { feed, port } = recoveringFeed()
  for (const first of [0, 2, 5, 9]) feed.publish(rawDatagram(first, 1))
  feed.read().idle(DEFAULT_ASK_LIMITS.delayNs - 1)
  assert.deepEqual(port.asked, [])
  feed.idle(1)
  assert.deepEqual(port.asked, [
    [1, 1],
    [3, 2],
    [6, 3],
  ])
  assert.equal(feed.counter('requests'), 3)
})

test('Answers fill gaps in any order, and count as recovered', () => {
  const { feed, port } = recoveringFeed()
  for (const first of [0, 2, 5]) feed.publish(rawDatagram(first, 1))
  feed.read().idle(5e6)
  port.answer(rawDatagram(3, 2))
  feed.read()
  assert.deepEqual(feed.delivered, [0])
  port.answer(rawDatagram(1, 1))
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 5))
  assert.equal(feed.track('recovered'), 3)
  assert.equal(feed.track('late'), 0)
  assert.equal(feed.state.recovery.snapshot().count, 3)
  feed.finish().assertBalanced()
  assert.equal(feed.lostTotal, 0)
})

test('A partial answer is followed by a request for the rest', () => {
  const { feed, port } = recoveringFeed()
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(41, 1))
  feed.read().idle(5e6)
  port.answer(rawDatagram(1, 10))
  feed.read().idle(3e6)
  assert.deepEqual(port.asked, [
    [1, 40],
    [11, 30],
  ])
  assert.equal(feed.delivered.at(-1), 10)
})

test('What is asked for in vain is unrecovered after the wait', () => {
  const { feed, port } = recoveringFeed()
  for (const first of [0, 3, 4]) feed.publish(rawDatagram(first, 1))
  feed.read().idle(5e6).idle(WAIT_NS).idle(1).idle(1)
  assert.ok(port.asked.length >= 1)
  assert.deepEqual(feed.gaps, [{ firstSequence: 1, count: 2, reason: 'unrecovered' }])
  assert.deepEqual(feed.delivered, [0, 3, 4])
  port.answer(rawDatagram(1, 2))
  feed.read()
  assert.equal(feed.track('tooLate'), 2)
  assert.equal(feed.track('duplicates'), 0)
  feed.finish().assertBalanced()
  assert.equal(feed.lost.unrecovered, 2)
})

test('A server that cannot be reached is counted, and holds nothing up for longer', () => {
  const { feed, port } = recoveringFeed()
  port.reachable = false
  for (const first of [0, 2]) feed.publish(rawDatagram(first, 1))
  feed
    .read()
    .idle(5e6)
    .idle(WAIT_NS + 1)
    .idle(1)
  assert.deepEqual(feed.delivered, [0, 2])
  assert.ok(feed.counter('requestsFailed') > 0)
})

test('Without a wait messages come at once, are told of as missing, and come late', () => {
  const { feed, port, statuses } = recoveringFeed(AT_ONCE)
  const late: number[] = []
  feed.onMessage = (sequence) => {
    if (feed.cursor.late) late.push(sequence)
  }
  for (const first of [0, 3, 4]) feed.publish(rawDatagram(first, 1))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 3, 4])
  assert.deepEqual(statuses, [{ kind: 'missing', line: -1, sequence: 1, count: 2 }])
  feed.idle(5e6)
  port.answer(rawDatagram(1, 2))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 3, 4, 1, 2])
  assert.deepEqual(late, [1, 2])
  feed.finish().assertBalanced()
})

test('A reader that takes over counts what a dead thread held back as undelivered', () => {
  const feed = orderedFeed()
  for (const first of [0, 2, 3]) feed.publish(rawDatagram(first, 1))
  feed.read()
  const second = feed.createReader()
  second.takeOver(true)
  second.finish()
  assert.equal(feed.counter('undelivered'), 2)
  feed.assertBalanced()
})

test('A line that brings nothing while the other goes on is an alarm, until it does again', () => {
  const statuses: FeedStatus[] = []
  const feed = new TestFeed({
    lines: 2,
    slots: 1024,
    reader: {
      policy: ORDERED,
      holdBytes: HOLD_BYTES,
      onStatus: (status) => statuses.push({ ...status }),
    },
  })
  for (const line of [0, 1]) feed.publish(rawDatagram(0, 1), {}, line)
  feed.read()
  for (let first = 1; first <= 30; first++) {
    feed.publish(rawDatagram(first, 1))
    feed.read().idle(50e6)
  }
  assert.deepEqual(
    statuses.map(({ kind, line }) => `${kind} ${line}`),
    ['line-silent 1'],
  )
  feed.publish(rawDatagram(30, 1), {}, 1)
  feed.read().idle(50e6)
  assert.equal(statuses.at(-1)?.kind, 'line-live')
  assert.equal(feed.lineCounter(1, 'silentAlarms'), 1)
})

test('The line that brings a datagram first is told by how much it was ahead', () => {
  const feed = orderedFeed({ lines: 2 })
  feed.publish(rawDatagram(0, 1), { receivedNs: 5e9 })
  feed.read()
  feed.publish(rawDatagram(0, 1), { receivedNs: 5e9 + 7000 }, 1)
  feed.read()
  const [first, second] = feed.state.leads
  assert.equal(first?.snapshot().count, 1)
  assert.ok(Math.abs((first?.snapshot().percentile(50) ?? 0) - 7000) < 100)
  assert.equal(second?.snapshot().count, 0)
})

test('The line that brought a datagram first is ahead, whichever is read first', () => {
  const feed = orderedFeed({ lines: 2 })
  feed.publish(rawDatagram(0, 1), { receivedNs: 5e9 + 7000 })
  feed.read()
  feed.publish(rawDatagram(0, 1), { receivedNs: 5e9 }, 1)
  feed.read()
  const [first, second] = feed.state.leads
  assert.equal(first?.snapshot().count, 0)
  assert.ok(Math.abs((second?.snapshot().percentile(50) ?? 0) - 7000) < 100)
})

test('A feed of which nothing comes from the start is stale, once, and live when something does', () => {
  const statuses: FeedStatus[] = []
  const watch = { ...PLAIN_FEED.watch, staleNs: 1e9 }
  const onStatus = (status: FeedStatus) => statuses.push({ ...status })
  const feed = new TestFeed({ reader: { watch, onStatus } })
  for (let i = 0; i < 30; i++) feed.idle(50e6)
  assert.deepEqual(
    statuses.map(({ kind, line }) => `${kind} ${line}`),
    ['stale -1'],
  )
  feed.publish(rawDatagram(0, 1))
  feed.read().idle(50e6)
  assert.equal(statuses.at(-1)?.kind, 'live')
  assert.equal(feed.counter('staleAlarms'), 1)
})

test('An end of session that messages come behind silences no alarm, and the one behind them is told', () => {
  const statuses: string[] = []
  const watch = { ...PLAIN_FEED.watch, staleNs: 1e9 }
  const onStatus = ({ kind }: FeedStatus) => statuses.push(kind)
  const feed = new TestFeed({ framing: 'moldudp64', reader: { watch, onStatus } })
  const message = (sequence: bigint) => moldDatagram({ sequence, messages: [new Uint8Array(1)] })
  const end = (sequence: bigint) => moldDatagram({ sequence, messages: [], count: 0xffff })
  feed.publish(message(1n))
  feed.publish(end(2n))
  feed.publish(end(2n))
  feed.publish(message(2n))
  feed.read()
  for (let i = 0; i < 30; i++) feed.idle(50e6)
  assert.deepEqual(statuses, ['end-of-session', 'stale'])
  feed.publish(end(3n))
  feed.read()
  for (let i = 0; i < 30; i++) feed.idle(50e6)
  assert.deepEqual(statuses, ['end-of-session', 'stale', 'end-of-session', 'live'])
})

test('A gap that was asked for counts once, however often', () => {
  const { feed, port } = recoveringFeed()
  feed.publish(rawDatagram(0, 1), {}, 0)
  feed.publish(rawDatagram(3, 1), {}, 0)
  feed.publish(rawDatagram(6, 1), {}, 0)
  feed.read()
  for (let i = 0; i < 4; i++) feed.idle(12e6)
  assert.ok(port.asked.length > 2, `${port.asked.length} requests`)
  assert.equal(feed.counter('requests'), port.asked.length)
  assert.equal(feed.counter('gapsAsked'), 2)
})

test('Many answers do not keep the lines waiting: they are taken in turn', () => {
  const { feed, port } = recoveringFeed(AT_ONCE)
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(100, 1))
  feed.read().idle(5e6)
  for (let i = 0; i < 60; i++) port.answer(rawDatagram(1 + i, 1))
  for (let i = 0; i < 3; i++) feed.publish(rawDatagram(101 + i, 1))
  const batches: number[] = []
  while (feed.reader.take()) {
    const before = feed.counter('answers')
    feed.deliver()
    batches.push(feed.counter('answers') - before)
  }
  // Answers, what the line has, and then the other answers.
  assert.ok((batches[0] ?? 0) > 0)
  assert.equal(batches[1], 0)
  assert.equal(
    batches.reduce((sum, count) => sum + count),
    60,
  )
})

test('what was let go while nothing came waits for whoever walks it, and nothing is let go meanwhile', () => {
  const feed = new TestFeed({ reader: { policy: ORDERED, holdBytes: HOLD_BYTES } })
  for (const sequence of [0, 2, 4]) feed.publish(rawDatagram(sequence, 1))
  feed.read()
  feed.clock.ns += 2 * WAIT_NS
  assert.equal(feed.reader.whileIdle(true), true)
  assert.equal(feed.reader.whileIdle(true), true)
  feed.deliver()
  assert.equal(feed.reader.whileIdle(true), false)
  feed.finish().assertBalanced()
  assert.deepEqual(feed.delivered, [0, 2, 4])
})
