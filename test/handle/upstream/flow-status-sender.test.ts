import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowPort } from '../../../src/handle/reader/feed-reader-options.js'
import { FLOW_SETUP_BYTES, FlowSetup } from '../../../src/wire/flow-setup.js'
import { FLOW_STATUS_BYTES, FlowStatus } from '../../../src/wire/flow-status.js'
import { moldDatagram, rawDatagram as rawMessages } from '../../wire/datagrams.js'
import { TestFeed, type TestFeedOptions } from '../test-feed.js'

const MS = 1e6
/** Time after which a feed counts as quiet. */
const QUIET = 400 * MS

/** Collects what a receiver would send back. */
class Mailbox implements FlowPort {
  readonly window: number
  readonly receiverHigh = 1
  readonly receiverLow = 2
  readonly names: readonly DataView[]
  readonly statuses: readonly DataView[]
  readonly sent: { line: number; session: number; consumed: number; leaving: boolean }[] = []

  constructor(window: number, lines: number) {
    this.window = window
    this.names = Array.from({ length: lines }, () => new DataView(new ArrayBuffer(32)))
    this.statuses = this.names.map(() => new DataView(new ArrayBuffer(FLOW_STATUS_BYTES)))
  }

  trySend(line: number): boolean {
    const status = new FlowStatus()
    assert.ok(this.statuses[line] && status.read(this.statuses[line], 0, FLOW_STATUS_BYTES))
    assert.equal(status.window, this.window)
    this.sent.push({
      line,
      session: status.sessionLow,
      consumed: status.consumed,
      leaving: status.leaving,
    })
    return true
  }

  /** The sequences before which all is consumed, as told since the last look. */
  told(): number[] {
    return this.sent.splice(0).map(({ consumed }) => consumed)
  }
}

function rawDatagram(first: number, count = 1): Uint8Array {
  return rawMessages(first, count)
}

function setup(sequence: number, session = 1): Uint8Array {
  const one = new FlowSetup()
  one.sessionLow = session
  one.sequence = sequence
  const bytes = new Uint8Array(FLOW_SETUP_BYTES)
  one.write(new DataView(bytes.buffer), 0)
  return bytes
}

function openFeed(window = 40, options: TestFeedOptions = {}) {
  const mailbox = new Mailbox(window, options.lines ?? 1)
  const reader = { ...options.reader, flow: mailbox }
  return { mailbox, feed: new TestFeed({ ...options, reader }) }
}

test('A setup is counted apart: no message, not invalid, no loss, answered or not', () => {
  for (const framing of ['raw', 'moldudp64', 'iex-tp'] as const) {
    const feed = new TestFeed({ framing })
    feed.publish(setup(1))
    feed.read().finish()
    assert.equal(feed.counter('setups'), 1, framing)
    assert.equal(feed.counter('invalidDatagrams'), 0, framing)
    assert.equal(feed.counter('datagrams'), 1, framing)
    assert.deepEqual([feed.counter('messages'), feed.track('expected')], [0, 0], framing)
  }
})

test('A stray setup far ahead makes no feed deaf that nobody controls', () => {
  for (const framing of ['raw', 'moldudp64'] as const) {
    const feed = new TestFeed({ framing })
    const message = (sequence: number) =>
      framing === 'raw'
        ? rawDatagram(sequence)
        : moldDatagram({ sequence: BigInt(sequence), messages: [new Uint8Array(1)] })
    for (let sequence = 1; sequence <= 300; sequence++) {
      if (sequence === 101) feed.publish(setup(100_000))
      feed.publish(message(sequence))
      if (sequence % 10 === 0) feed.read().idle(4 * MS)
    }
    feed.finish()
    assert.deepEqual([feed.delivered.length, feed.track('expected')], [300, 300], framing)
    assert.deepEqual([feed.lostTotal, feed.track('tooLate')], [0, 0], framing)
  }
})

test('FlowStatusSender answers the first setup at once, then each quarter of the window, and every 50 ms', () => {
  const { feed, mailbox } = openFeed(40)
  feed.publish(rawDatagram(0))
  feed.read()
  assert.deepEqual(mailbox.told(), [])
  feed.publish(setup(1))
  feed.read()
  assert.deepEqual(mailbox.told(), [1])
  for (let i = 1; i < 30; i++) {
    feed.publish(rawDatagram(i))
    feed.read()
  }
  assert.deepEqual(mailbox.told(), [11, 21])
  feed.idle(49 * MS)
  assert.deepEqual(mailbox.told(), [])
  feed.idle(2 * MS)
  assert.deepEqual(mailbox.told(), [30])
  feed.finish()
  assert.deepEqual(mailbox.sent, [{ line: 0, session: 1, consumed: 30, leaving: true }])
})

test('FlowStatusSender counts what is lost as consumed, at the tail too, where a setup tells of it', () => {
  for (const framing of ['raw', 'moldudp64'] as const) {
    const { feed, mailbox } = openFeed(8, { framing })
    const datagram = (sequence: number) =>
      framing === 'raw'
        ? rawDatagram(sequence)
        : moldDatagram({ sequence: BigInt(sequence), session: 'S', messages: [Uint8Array.of(1)] })
    feed.publish(setup(1))
    feed.read()
    feed.publish(datagram(1))
    feed.publish(datagram(6))
    feed.read()
    assert.deepEqual(mailbox.told(), [1, 7], framing)
    feed.idle(10 * MS)
    feed.publish(setup(9))
    feed.read().idle(MS)
    assert.deepEqual(mailbox.told(), [], 'one alone proves nothing')
    feed.publish(setup(9))
    feed.read()
    assert.deepEqual(mailbox.told(), [9], framing)
    feed.finish()
    assert.equal(feed.lost.network, 6, framing)
    feed.assertBalanced()
  }
})

test('FlowStatusSender counts what is held back for a gap only when the gap is filled or declared lost', () => {
  const policy = { ordered: true, recovering: false, waitNs: 20 * MS }
  const { feed, mailbox } = openFeed(8, { reader: { policy, holdBytes: 4096 } })
  feed.publish(setup(0))
  feed.publish(rawDatagram(0))
  feed.publish(rawDatagram(2, 4))
  feed.read()
  assert.deepEqual(mailbox.told(), [1])
  feed.idle(60 * MS).idle(1)
  assert.deepEqual(mailbox.told(), [6])
  feed.publish(rawDatagram(7, 4))
  feed.read()
  feed.idle(5 * MS)
  assert.deepEqual(mailbox.told(), [])
  feed.publish(rawDatagram(6))
  feed.read()
  assert.deepEqual(mailbox.told(), [11])
})

test('FlowStatusSender keeps to 32 bits on the wire where sequences wrap there', () => {
  const { feed, mailbox } = openFeed(8)
  feed.publish(setup(2 ** 32 - 2))
  feed.read()
  assert.deepEqual(mailbox.told(), [2 ** 32 - 2])
  feed.publish(rawDatagram(2 ** 32 - 2))
  feed.publish(rawDatagram(2 ** 32 - 1))
  feed.publish(rawDatagram(0, 4))
  feed.read()
  assert.deepEqual(mailbox.told(), [4])
  assert.equal(feed.delivered.at(-1), 2 ** 32 + 3)
})

test('FlowStatusSender gives a sender that restarts its credit before the feed believes it', () => {
  const { feed, mailbox } = openFeed(8)
  feed.publish(setup(0))
  feed.publish(rawDatagram(0, 8))
  feed.read()
  assert.equal(mailbox.told().at(-1), 8)
  // Another sender while the first one is at work is not listened to.
  feed.publish(setup(0, 2))
  feed.publish(setup(8, 3))
  feed.read()
  assert.deepEqual(mailbox.sent, [])
  feed.idle(QUIET)
  mailbox.told()
  feed.publish(setup(0, 2))
  feed.read()
  assert.deepEqual(mailbox.sent, [{ line: 0, session: 2, consumed: 0, leaving: false }])
  mailbox.told()
  // With a window of one message nothing proves the restart before this is counted.
  feed.publish(rawDatagram(0))
  feed.idle(60 * MS)
  feed.publish(setup(1, 2))
  feed.read()
  feed.publish(rawDatagram(1))
  feed.idle(60 * MS)
  assert.equal(mailbox.told().at(-1), 2)
  assert.equal(feed.track('restarts'), 1)
  assert.deepEqual(feed.delivered.slice(-2), [0, 1])
})

test('FlowStatusSender answers on every line on which it has heard the sender', () => {
  const { feed, mailbox } = openFeed(8, { lines: 2 })
  feed.publish(setup(0), {}, 0)
  feed.read()
  feed.publish(setup(0), {}, 1)
  feed.read()
  mailbox.told()
  for (let i = 0; i < 2; i++) feed.publish(rawDatagram(i), {}, 1)
  feed.read()
  assert.deepEqual(
    mailbox.sent.map(({ line, consumed }) => [line, consumed]),
    [
      [0, 2],
      [1, 2],
    ],
  )
})

test('A setup makes its source known, and that of another source than is allowed does not', () => {
  const { feed, mailbox } = openFeed(8, { allowed: ['10.0.0.1'] })
  feed.publish(setup(0), { from: '10.0.0.2' })
  feed.read()
  assert.deepEqual(mailbox.sent, [])
  feed.publish(setup(0), { from: '10.0.0.1' })
  feed.read()
  assert.equal(mailbox.sent.length, 1)
  const name = mailbox.names[0]
  assert.equal(name?.getUint16(2), 4711)
  assert.equal(name?.getUint32(4), 0x0a000001)
})
