import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MARKET_DATA_BYTES, MarketDataView } from '../../../src/wire/market-data-view.js'
import { MessageView } from '../../../src/wire/message-view.js'
import { iexTpDatagram, mdp3Datagram, rawDatagram } from '../../wire/datagrams.js'
import { EPOCH, TestFeed } from '../test-feed.js'

const NOTHING_LOST = { ring: 0, invalid: 0, kernel: 0, network: 0, cutOff: 0, unrecovered: 0 }
const LONG_NS = 60e6
const HOLDING = { policy: { ordered: true, recovering: false, waitNs: LONG_NS }, holdBytes: 4096 }

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

test('FeedReader finds nothing in empty rings', () => {
  const feed = new TestFeed({ lines: 2 })
  assert.equal(feed.reader.take(), false)
  assert.equal(feed.reader.left(), 'nothing')
  feed.idle(LONG_NS).finish()
  assert.equal(feed.track('expected'), 0)
  feed.assertBalanced()
})

test('FeedReader delivers messages in order and gives their slots back', () => {
  const feed = new TestFeed({ slots: 4 })
  for (let sequence = 0; sequence < 100; sequence += 2) {
    assert.equal(feed.publish(rawDatagram(sequence, 1)), true)
    assert.equal(feed.publish(rawDatagram(sequence + 1, 1)), true)
    assert.equal(feed.reader.left(), 'messages')
    feed.read()
    assert.equal(feed.reader.left(), 'nothing')
  }
  feed.finish()
  assert.deepEqual(feed.delivered, range(0, 99))
  assert.equal(feed.counter('delivered'), 100)
  assert.equal(feed.counter('datagrams'), 100)
  assert.equal(feed.counter('messages'), 100)
  assert.equal(feed.lineCounter(0, 'handled'), 100)
  assert.equal(feed.lineCounter(0, 'released'), 100)
  feed.assertBalanced()
})

test('FeedReader shows each message where it lies, with all of its fields', () => {
  const feed = new TestFeed()
  const payload = rawDatagram(7, 2)
  const writer = new MarketDataView(EPOCH)
  writer.wrap(new DataView(payload.buffer), MARKET_DATA_BYTES, MARKET_DATA_BYTES)
  writer.instrument = 5
  writer.price = 12.5
  feed.publish(payload)
  assert.equal(feed.reader.take(), true)
  assert.equal(feed.cursor.next(), true)
  assert.equal(feed.cursor.next(), true)
  const { message } = feed.cursor
  assert.ok(message instanceof MarketDataView)
  assert.deepEqual([message.sequence, message.instrument, message.price], [8, 5, 12.5])
  assert.equal(message.bytes.buffer, feed.lines[0]?.ring, 'nothing was copied')
  assert.equal(feed.cursor.next(), false)
})

test('FeedReader counts a message as delivered only when the next one is asked for', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 2))
  feed.reader.take()
  feed.cursor.next()
  assert.equal(feed.deliveredSoFar, 0)
  assert.equal(feed.counter('currentSequence'), 0)
  feed.cursor.next()
  assert.equal(feed.deliveredSoFar, 1)
  assert.equal(feed.counter('delivered'), 0, 'a run is counted once')
  assert.equal(feed.counter('currentSequence'), 1)
  feed.cursor.next()
  assert.equal(feed.counter('delivered'), 2)
})

test('FeedReader walks several messages per datagram and messages without a known layout', () => {
  const feed = new TestFeed({ framing: 'iex-tp' })
  const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(9)]
  feed.publish(iexTpDatagram({ sequence: 1n, messages, session: 4 }))
  feed.publish(iexTpDatagram({ sequence: 4n, messages: [], session: 4 }))
  const seen: number[][] = []
  feed.onMessage = () => {
    const { message } = feed.cursor
    assert.ok(message instanceof MessageView)
    seen.push([...new Uint8Array(message.bytes.buffer, message.offset, message.length)])
  }
  feed.read().finish()
  assert.deepEqual(seen, [[1, 2, 3], [], [9]])
  assert.deepEqual(feed.delivered, [1, 2, 3])
  assert.equal(feed.counter('heartbeats'), 1)
  assert.equal(feed.counter('messages'), 3)
})

test('FeedReader gives all messages of an MDP 3.0 packet its number, and counts packets', () => {
  const feed = new TestFeed({ framing: 'mdp3' })
  const one = [new Uint8Array(8)]
  const three = [new Uint8Array(8), new Uint8Array(9), new Uint8Array(10)]
  feed.publish(mdp3Datagram({ sequence: 1, messages: three }))
  feed.publish(mdp3Datagram({ sequence: 2, messages: one }))
  feed.publish(mdp3Datagram({ sequence: 2, messages: one }))
  feed.publish(mdp3Datagram({ sequence: 5, messages: three }))
  const lengths: number[] = []
  feed.onMessage = () => {
    assert.ok(feed.cursor.message instanceof MessageView)
    lengths.push(feed.cursor.message.length)
  }
  feed.read().finish()
  assert.deepEqual(feed.delivered, [1, 1, 1, 2, 5, 5, 5])
  assert.deepEqual(lengths, [8, 9, 10, 8, 8, 9, 10])
  assert.deepEqual(
    [feed.counter('messages'), feed.counter('delivered'), feed.track('duplicates')],
    [4, 3, 1],
  )
  assert.equal(feed.track('expected'), 5)
  feed.assertBalanced()
})

test('FeedReader merges two lines of MDP 3.0, with what was held back', () => {
  const feed = new TestFeed({ framing: 'mdp3', lines: 2, reader: HOLDING })
  const packet = (sequence: number) =>
    mdp3Datagram({ sequence, messages: [new Uint8Array(8), new Uint8Array(20)] })
  feed.publish(packet(1), {}, 0)
  feed.publish(packet(3), {}, 0)
  feed.publish(packet(2), {}, 1)
  feed.publish(packet(3), {}, 1)
  feed.read().finish()
  assert.deepEqual(feed.delivered, [1, 1, 2, 2, 3, 3])
})

test('FeedReader keeps counting where the wire wraps', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(2 ** 32 - 2, 4))
  feed.publish(rawDatagram(2, 2))
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(2 ** 32 - 2, 2 ** 32 + 3))
})

test('FeedReader reports a gap in-band once it is old, and fills it before', () => {
  const feed = new TestFeed()
  for (const sequence of [0, 3, 1, 6]) feed.publish(rawDatagram(sequence, 1))
  feed.read()
  assert.deepEqual(feed.delivered, [0, 3, 1, 6])
  assert.deepEqual(feed.gaps, [])
  feed.idle(LONG_NS)
  assert.deepEqual(feed.gaps, [
    { firstSequence: 2, count: 1, reason: 'network' },
    { firstSequence: 4, count: 2, reason: 'network' },
  ])
  feed.finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, network: 3 })
  feed.assertBalanced()
})

test('FeedReader blames the kernel by the drop counter beside the datagrams', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(3, 1), { kernelDrops: 2 })
  feed.publish(rawDatagram(4, 1), { kernelDrops: 2 })
  feed.publish(rawDatagram(6, 1), { kernelDrops: 3 })
  feed.read().finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, kernel: 3 })
  assert.deepEqual(
    feed.gaps.map(({ reason }) => reason),
    ['kernel', 'kernel'],
  )
  assert.equal(feed.lineCounter(0, 'dropsSeen'), 3)
})

test('FeedReader takes a drop stamp that goes back for no news', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1), { kernelDrops: 2 })
  feed.publish(rawDatagram(1, 1), { kernelDrops: 1 })
  feed.publish(rawDatagram(2, 1), { kernelDrops: 2 })
  feed.publish(rawDatagram(5, 1), { kernelDrops: 4 })
  feed.read().finish()
  assert.equal(feed.lineCounter(0, 'dropsSeen'), 4)
  assert.deepEqual([feed.lost.kernel, feed.lostTotal], [2, 2])
  feed.assertBalanced()
})

test('FeedReader follows a drop counter that wraps', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1), { kernelDrops: 2 ** 31 - 1 })
  feed.publish(rawDatagram(1, 1), { kernelDrops: 2 ** 32 - 2 })
  feed.publish(rawDatagram(4, 1), { kernelDrops: 2 })
  feed.read()
  assert.equal(feed.lineCounter(0, 'dropsSeen'), 2 ** 32 + 2)
  assert.equal(feed.lineCounter(0, 'dropStamp'), 2)
})

test('FeedReader blames the ring by the note beside the slot, and reads it once', () => {
  const feed = new TestFeed({ slots: 2 })
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(5, 1), { ringDrops: 4 })
  feed.read()
  feed.publish(rawDatagram(6, 1))
  feed.publish(rawDatagram(8, 1))
  feed.read().finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, ring: 4, network: 1 })
})

test('FeedReader counts a datagram that breaks its framing as an invalid message', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1))
  feed.publish(new Uint8Array(30))
  feed.publish(rawDatagram(1, 1))
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1])
  assert.equal(feed.counter('invalidDatagrams'), 1)
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, invalid: 1 })
  assert.equal(feed.track('expected'), 3)
})

test('FeedReader takes an invalid datagram for the one that is missing', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 2))
  feed.publish(new Uint8Array(30))
  feed.publish(rawDatagram(4, 2))
  feed.read().finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, invalid: 2 })
  assert.deepEqual(feed.gaps, [{ firstSequence: 2, count: 2, reason: 'invalid' }])
  assert.equal(feed.track('expected'), 6)
})

test('FeedReader delivers nothing of a datagram that was cut, though the rest is whole', () => {
  const feed = new TestFeed({ slotBytes: 58 })
  feed.publish(rawDatagram(0, 2))
  feed.publish(rawDatagram(2, 3))
  feed.publish(rawDatagram(5, 1))
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 5])
  assert.equal(feed.counter('invalidDatagrams'), 1)
  assert.equal(feed.track('expected'), 6)
  feed.assertBalanced()
})

test('FeedReader is complete when the total is reached, and takes no more', () => {
  const feed = new TestFeed({ total: 5 })
  for (let sequence = 0; sequence < 8; sequence++) feed.publish(rawDatagram(sequence, 1))
  feed.read().finish()
  assert.equal(feed.reader.complete, true)
  assert.deepEqual(feed.delivered, range(0, 4))
  assert.equal(feed.reader.take(), false)
  assert.equal(feed.track('expected'), 5)
  feed.assertBalanced()
})

test('FeedReader stops within a datagram when the total ends there', () => {
  const feed = new TestFeed({ total: 5 })
  feed.publish(rawDatagram(0, 4))
  feed.publish(rawDatagram(4, 4))
  feed.publish(rawDatagram(8, 4))
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(0, 4))
  assert.equal(feed.reader.complete, true)
  assert.equal(feed.track('expected'), 5)
  feed.assertBalanced()
})

test('FeedReader is complete only when no gap before the total is open', () => {
  const feed = new TestFeed({ total: 4 })
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(2, 2))
  feed.read()
  assert.equal(feed.reader.complete, false)
  feed.publish(rawDatagram(1, 1))
  feed.read()
  assert.equal(feed.reader.complete, true)
  assert.deepEqual(feed.finish().delivered, [0, 2, 3, 1])
})

test('FeedReader completes the total by drops behind the last message, when all is quiet', () => {
  const feed = new TestFeed({ total: 10 })
  feed.publish(rawDatagram(0, 1))
  feed.publish(rawDatagram(1, 1))
  feed.read()
  feed.count('kernelDrops', 5)
  feed.count('ringDroppedMessages', 3)
  feed.idle(0)
  assert.equal(feed.reader.complete, false, 'more may come')
  feed.idle(LONG_NS)
  assert.equal(feed.reader.complete, true)
  feed.finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, kernel: 5, ring: 3 })
  assert.equal(feed.track('expected'), 10)
})

test('FeedReader is not complete while too few drops explain the tail', () => {
  const feed = new TestFeed({ total: 10 })
  feed.publish(rawDatagram(0, 1))
  feed.read()
  feed.count('kernelDrops', 8)
  feed.idle(LONG_NS)
  assert.equal(feed.reader.complete, false)
  feed.idle(1e9).finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, kernel: 8, network: 1 })
  assert.equal(feed.track('expected'), 10)
})

test('FeedReader that is stopped while messages come has cut the rest off, and the network lost none', () => {
  const feed = new TestFeed({ total: 10 })
  feed.publish(rawDatagram(0, 1))
  feed.read().finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, cutOff: 9 })
  assert.deepEqual(feed.gaps, [{ firstSequence: 1, count: 9, reason: 'cutOff' }])
  feed.assertBalanced()
})

test('FeedReader does not blame the network for what was sent before it joined', () => {
  const feed = new TestFeed({ total: 10 })
  feed.publish(rawDatagram(4, 5))
  feed.read().idle(1e9).finish()
  assert.deepEqual(feed.lost, { ...NOTHING_LOST, network: 1, cutOff: 4 })
  assert.equal(feed.track('joinedAt'), 4)
})

test('FeedReader delivers each message of lines A and B once, from whichever is first', () => {
  const feed = new TestFeed({ lines: 2 })
  feed.publish(rawDatagram(0, 1), {}, 0)
  feed.read()
  feed.publish(rawDatagram(0, 1), {}, 1)
  feed.publish(rawDatagram(1, 1), {}, 1)
  feed.publish(rawDatagram(2, 1), {}, 1)
  feed.read()
  feed.publish(rawDatagram(2, 1), {}, 0)
  feed.publish(rawDatagram(3, 1), {}, 0)
  feed.read()
  feed.publish(rawDatagram(3, 1), {}, 1)
  feed.read().finish()
  assert.deepEqual(feed.delivered, [0, 1, 2, 3])
  assert.equal(feed.track('duplicates'), 3)
  assert.deepEqual(
    [feed.lineCounter(0, 'firstToArrive'), feed.lineCounter(1, 'firstToArrive')],
    [2, 2],
  )
  assert.equal(feed.lostTotal, 0)
  assert.equal(feed.track('expected'), 4)
})

test('FeedReader fills what line A lost from line B, and loses what both lost', () => {
  const feed = new TestFeed({ lines: 2 })
  for (const sequence of [0, 1, 4, 5]) feed.publish(rawDatagram(sequence, 1), {}, 0)
  feed.read()
  for (const sequence of [0, 2, 4, 5]) feed.publish(rawDatagram(sequence, 1), {}, 1)
  feed.read().idle(LONG_NS).finish()
  assert.deepEqual(feed.delivered, [0, 1, 4, 5, 2])
  assert.deepEqual(feed.gaps, [{ firstSequence: 3, count: 1, reason: 'network' }])
  assert.equal(feed.lineCounter(1, 'firstToArrive') > 0, true)
  feed.assertBalanced()
})

test('FeedReader takes the lines in turn, so that neither starves', () => {
  const feed = new TestFeed({ lines: 2, slots: 64 })
  for (let i = 0; i < 64; i++) feed.publish(rawDatagram(i, 1), {}, 0)
  for (let i = 0; i < 64; i++) feed.publish(rawDatagram(i, 1), {}, 1)
  feed.reader.take()
  feed.deliver()
  const [a, b] = [feed.lineCounter(0, 'handled'), feed.lineCounter(1, 'handled')]
  assert.ok((a === 0) !== (b === 0), 'a batch is of one line')
  feed.reader.take()
  feed.deliver()
  assert.ok(feed.lineCounter(0, 'handled') > 0 && feed.lineCounter(1, 'handled') > 0)
  feed.read().finish()
  assert.deepEqual(feed.delivered, range(0, 63))
  assert.equal(feed.track('duplicates'), 64)
})

test('FeedReader delivers the datagram that waited for a witness, and then the witness', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(1000, 2))
  feed.publish(rawDatagram(1002, 1))
  feed.publish(rawDatagram(0, 2))
  feed.read()
  assert.deepEqual(feed.delivered, range(1000, 1002))
  feed.publish(rawDatagram(2, 2))
  feed.read().finish()
  assert.deepEqual(feed.delivered.slice(3), range(0, 3))
  assert.equal(feed.track('restarts'), 1)
  assert.equal(feed.track('expected'), 7)
  feed.assertBalanced()
})

test('FeedReader delivers the start of a new session that nothing followed', () => {
  const feed = new TestFeed({ framing: 'iex-tp' })
  const messages = [Uint8Array.of(1)]
  feed.publish(iexTpDatagram({ sequence: 50n, messages, session: 1 }))
  feed.publish(iexTpDatagram({ sequence: 1n, messages, session: 2 }))
  feed.read()
  assert.deepEqual(feed.delivered, [50])
  feed.idle(60e9)
  assert.deepEqual(feed.delivered, [50], 'silence proves nothing')
  feed.finish()
  assert.equal(feed.counter('delivered'), 2)
  feed.assertBalanced()
})

test('FeedReader reports a gap in the midst of messages, in the order in which it learns', () => {
  const feed = new TestFeed()
  const order: string[] = []
  feed.onMessage = (sequence) => order.push(`message ${sequence}`)
  feed.onGap = ({ firstSequence }) => order.push(`gap ${firstSequence}`)
  feed.publish(rawDatagram(0, 1))
  for (const sequence of range(2, 40)) feed.publish(rawDatagram(sequence, 1), { kernelDrops: 1 })
  feed.read().finish()
  assert.ok(order.indexOf('message 2') < order.indexOf('gap 1'), order.join(', '))
  assert.ok(order.indexOf('gap 1') < order.indexOf('message 40'), order.join(', '))
})

test('FeedReader measures latency from the sender where its clock is this one', () => {
  const feed = new TestFeed()
  const payload = rawDatagram(0, 1)
  const view = new MarketDataView(EPOCH)
  view.wrap(new DataView(payload.buffer), 0, MARKET_DATA_BYTES).sentNs = feed.clock.ns - 5000
  feed.publish(payload, { receivedNs: feed.clock.ns - 3000 })
  feed.read()
  assert.equal(feed.counter('latencyFrom'), 1)
  assert.equal(feed.counter('firstMessageNs'), feed.clock.ns)
  assert.equal(feed.state.latency.snapshot().count, 1)
})

test('FeedReader measures latency from the kernel where the sender has another clock', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 1), { receivedNs: feed.clock.ns - 3000 })
  feed.read()
  assert.equal(feed.counter('latencyFrom'), 2)
  assert.equal(feed.state.latency.snapshot().count, 1)
})

test('FeedReader leaves what lay in the socket before its first look out of latency and rate', () => {
  const feed = new TestFeed()
  const lookedNs = feed.clock.ns
  feed.publish(rawDatagram(0, 3), { receivedNs: lookedNs - 500e6 })
  feed.publish(rawDatagram(3, 1), { receivedNs: lookedNs - 20e6 })
  feed.read()
  assert.deepEqual(feed.delivered, range(0, 3))
  assert.deepEqual([feed.counter('early'), feed.counter('firstMessageNs')], [4, 0])
  assert.equal(feed.state.latency.snapshot().count, 0)
  feed.clock.ns += 1e9
  feed.publish(rawDatagram(4, 1), { receivedNs: lookedNs + 1e6 })
  feed.read()
  assert.deepEqual([feed.counter('early'), feed.counter('firstMessageNs')], [4, feed.clock.ns])
  assert.equal(feed.state.latency.snapshot().count, 1)
})

test('FeedReader counts what comes after a failure as undelivered, the failed message too', () => {
  const feed = new TestFeed()
  for (let sequence = 0; sequence < 10; sequence += 2) feed.publish(rawDatagram(sequence, 2))
  feed.onMessage = (sequence) => {
    if (sequence === 3) throw new Error('the handler failed')
  }
  assert.throws(() => feed.read(), /the handler failed/)
  feed.reader.fail()
  feed.onMessage = () => {}
  feed.deliver()
  feed.read().finish()
  assert.equal(feed.counter('delivered'), 3)
  assert.equal(feed.counter('undelivered'), 7)
  assert.equal(feed.counter('currentSequence'), 9)
  feed.assertBalanced()
})

test('FeedReader that fails between messages counts none twice', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 2))
  feed.read()
  feed.reader.fail()
  feed.publish(rawDatagram(2, 2))
  feed.read().finish()
  assert.equal(feed.counter('delivered'), 2)
  assert.equal(feed.counter('undelivered'), 2)
  feed.assertBalanced()
})

/** Datagrams coalesced as the kernel does it: all of one size, but for the last. */
