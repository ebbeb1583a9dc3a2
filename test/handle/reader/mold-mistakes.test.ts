/**
 * What public readers of MoldUDP64 get wrong, each as a whole feed shows it. What concerns a datagram
 * alone (a block's length, counts) has more tests in test/wire, the bounds of the store in test/send.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedStatus } from '../../../src/handle/handler.js'
import { moldDatagram } from '../../wire/datagrams.js'
import { TestFeed } from '../test-feed.js'
import { TestServer } from '../test-server.js'

const MS = 1e6
const WAIT_MS = 50

/** A feed of one line that asks for what is missing, and all that happens in it. */
class MoldFeed {
  readonly server = new TestServer()
  readonly statuses: FeedStatus[] = []
  readonly feed: TestFeed

  constructor() {
    this.feed = new TestFeed({
      framing: 'moldudp64',
      slots: 2048,
      reader: {
        policy: { ordered: true, recovering: true, waitNs: WAIT_MS * MS },
        holdBytes: 65536,
        recovery: this.server,
        onStatus: (status) => this.statuses.push({ ...status }),
      },
    })
  }

  /** Messages from `first` to `last`, one in each datagram. */
  messages(first: number, last = first, session = 'MON'): this {
    for (let sequence = first; sequence <= last; sequence++) {
      this.feed.publish(
        moldDatagram({ session, sequence: BigInt(sequence), messages: [Uint8Array.of(1)] }),
      )
    }
    this.feed.read()
    return this
  }

  /** The end of the session, with the sequence that would be next. */
  end(next: number): this {
    const parts = { session: 'MON', sequence: BigInt(next), messages: [], count: 0xffff }
    this.feed.publish(moldDatagram(parts))
    this.feed.read()
    return this
  }

  after(ms: number): this {
    this.feed.idle(ms * MS)
    return this
  }
}

test('A request names the session', () => {
  const { server } = new MoldFeed().messages(1).messages(3).after(3)
  assert.equal(Buffer.from(server.request.buffer).toString('latin1', 0, 10), 'MON       ')
  assert.deepEqual(server.asked, [{ first: 2, count: 1 }])
})

test('The count of 65,535 of an end of session is no number of messages', () => {
  const { feed, statuses } = new MoldFeed().messages(1, 3).end(4)
  assert.equal(feed.track('expected'), 3)
  assert.equal(feed.counter('invalidDatagrams'), 0)
  assert.deepEqual(statuses, [{ kind: 'end-of-session', line: -1, sequence: 4, count: 0 }])
})

test('A datagram whose blocks do not fill it delivers nothing, and the feed goes on', () => {
  const mold = new MoldFeed().messages(1)
  const broken = moldDatagram({ session: 'MON', sequence: 2n, messages: [Uint8Array.of(1, 2, 3)] })
  mold.feed.publish(broken.subarray(0, broken.length - 1))
  mold.messages(2)
  assert.deepEqual(mold.feed.delivered, [1, 2])
  assert.equal(mold.feed.counter('invalidDatagrams'), 1)
})

test('What is ahead of a gap is not discarded', () => {
  const { feed } = new MoldFeed().messages(1).messages(3, 9).messages(2)
  assert.deepEqual(feed.delivered, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.equal(feed.lostTotal, 0)
})

test('A publisher that begins the session anew is heard again', () => {
  const { feed, statuses } = new MoldFeed().messages(1, 600).after(300).messages(1, 20)
  assert.equal(feed.delivered.length, 620)
  assert.equal(feed.track('duplicates'), 0)
  assert.deepEqual(
    statuses.map(({ kind }) => kind),
    ['session'],
  )
})

test('A publisher that restarts is heard although its first datagrams are lost', () => {
  const { feed } = new MoldFeed().messages(1, 600).after(300).messages(3, 30)
  // Nobody answers.
  for (let ms = 0; ms < 2 * WAIT_MS; ms++) feed.read().idle(MS)
  assert.equal(feed.delivered.at(-1), 30)
  feed.finish().assertBalanced()
  assert.equal(feed.track('restarts'), 1)
})

test('Messages of another session are not taken for this one', () => {
  const { feed } = new MoldFeed().messages(1, 3).messages(4, 4, 'TUE').messages(4, 5)
  assert.deepEqual(feed.delivered, [1, 2, 3, 4, 5])
  assert.equal(feed.track('restarts'), 0)
})

test('The end of a session with a gap open is told of, and the gap is filled all the same', () => {
  const mold = new MoldFeed().messages(1).messages(3).end(6)
  assert.deepEqual(mold.statuses, [], 'one alone may be made up')
  mold.after(1).end(6)
  assert.deepEqual(mold.statuses, [{ kind: 'end-of-session', line: -1, sequence: 6, count: 3 }])
  mold.after(3)
  assert.deepEqual(mold.server.asked, [
    { first: 2, count: 1 },
    { first: 4, count: 2 },
  ])
  for (const sequence of [4n, 2n, 5n]) {
    mold.server.answer(moldDatagram({ session: 'MON', sequence, messages: [Uint8Array.of(1)] }))
  }
  mold.feed.read()
  assert.deepEqual(mold.feed.delivered, [1, 2, 3, 4, 5])
  assert.equal(mold.feed.track('recovered'), 3)
})

test('All gaps are asked for at once', () => {
  const mold = new MoldFeed()
  for (let sequence = 1; sequence < 40; sequence += 2) mold.messages(sequence)
  assert.equal(mold.after(3).server.asked.length, 19)
})

test('Signs of life before the session opens, and heartbeats without a count, are no lost messages', () => {
  const feed = new MoldFeed()
  const beat = (sequence: number) =>
    moldDatagram({ session: 'MON', sequence: BigInt(sequence), messages: [] })
  feed.feed.publish(beat(0))
  feed.feed.publish(beat(0).slice(0, 18))
  feed.messages(1, 3)
  feed.feed.publish(beat(4).slice(0, 18))
  feed.feed.publish(beat(0))
  feed.messages(4).feed.finish()
  assert.deepEqual(feed.feed.delivered, [1, 2, 3, 4])
  assert.deepEqual([feed.feed.track('expected'), feed.feed.lostTotal], [4, 0])
  assert.deepEqual([feed.feed.counter('heartbeats'), feed.feed.counter('invalidDatagrams')], [4, 0])
})

test('What a publisher sends behind its blocks is counted, and its messages are delivered', () => {
  const { feed } = new MoldFeed().messages(1)
  const datagram = moldDatagram({ session: 'MON', sequence: 2n, messages: [Uint8Array.of(1)] })
  feed.publish(Uint8Array.from([...datagram, 0, 0, 0]))
  feed.publish(moldDatagram({ session: 'MON', sequence: 3n, messages: [Uint8Array.of(1)] }))
  feed.read().finish()
  assert.deepEqual([feed.delivered, feed.counter('trailingBytes')], [[1, 2, 3], 3])
  assert.deepEqual([feed.counter('invalidDatagrams'), feed.lostTotal], [0, 0])
})
