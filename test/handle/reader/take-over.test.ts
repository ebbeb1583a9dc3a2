import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { iexTpDatagram, rawDatagram } from '../../wire/datagrams.js'
import { TestFeed } from '../test-feed.js'

const RUNS = 1000

/** What the publisher and the network do next. */
interface Turn {
  readonly count: number
  readonly line: number
  readonly skip: number
  readonly invalid: boolean
  readonly ringDrops: boolean
  readonly kernelDrops: boolean
  readonly read: boolean
}

const turn = fc.record<Turn>({
  count: fc.integer({ min: 1, max: 4 }),
  line: fc.nat(1),
  skip: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  invalid: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
  ringDrops: fc.boolean(),
  kernelDrops: fc.boolean(),
  read: fc.boolean(),
})
const turns = fc.array(turn, { minLength: 1, maxLength: 60, size: 'max' })

class Abandoned extends Error {}

/** Publishes as the turns say; reads from time to time, until the reader is abandoned. */
function play(feed: TestFeed, lines: number, script: readonly Turn[]): void {
  let sequence = 0
  let kernelDrops = 0
  let abandoned = false
  const read = () => {
    if (abandoned) return
    try {
      feed.read()
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error
      abandoned = true
    }
  }
  for (const { count, line, skip, invalid, ringDrops, kernelDrops: dropped, read: now } of script) {
    sequence += skip
    if (skip > 0 && dropped) kernelDrops += skip
    const stamp =
      skip > 0 && ringDrops && !dropped ? { kernelDrops, ringDrops: skip } : { kernelDrops }
    const payload = invalid ? new Uint8Array(count) : rawDatagram(sequence, count)
    if (!feed.publish(payload, stamp, line % lines)) {
      read()
      // A ring that nobody empties any more: the receiver waits, and datagrams stay in the kernel.
      if (!feed.publish(payload, stamp, line % lines)) break
    }
    sequence += count
    if (now) read()
  }
  read()
}

/** Puts another reader over the same state, which reads the rest and closes the account. */
function takeOver(feed: TestFeed): void {
  const deliveredBefore = feed.deliveredSoFar
  feed.onMessage = () => {}
  feed.onGap = () => {}
  feed.replaceReader()
  feed.reader.takeOver(true)
  feed.read()
  assert.equal(feed.reader.left(), 'nothing')
  feed.finish()
  assert.equal(feed.deliveredSoFar, deliveredBefore, 'nobody handled anything since')
  feed.assertBalanced()
}

for (const lines of [1, 2]) {
  test(`FeedReader takes over from a handler that died at any message of ${lines} line(s)`, () => {
    fc.assert(
      fc.property(turns, fc.nat(150), fc.boolean(), (script, fatal, atGap) => {
        const feed = new TestFeed({ lines, slots: 16 })
        let calls = 0
        const step = () => {
          if (calls++ === fatal) throw new Abandoned()
        }
        feed.onMessage = step
        if (atGap) feed.onGap = step
        play(feed, lines, script)
        const handled = feed.delivered.length
        assert.ok(feed.deliveredSoFar >= handled - 1)
        assert.ok(feed.deliveredSoFar <= handled)
        takeOver(feed)
        assert.equal(feed.counter('open'), 0)
        for (let line = 0; line < lines; line++) {
          assert.equal(feed.lineCounter(line, 'handled'), feed.lineCounter(line, 'released'))
        }
      }),
      { numRuns: RUNS },
    )
  })
}

test('FeedReader counts the rest of a datagram whose handler died as undelivered', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(0, 4))
  feed.publish(rawDatagram(4, 4))
  feed.onMessage = (sequence) => {
    if (sequence === 2) throw new Abandoned()
  }
  assert.throws(() => feed.read(), Abandoned)
  takeOver(feed)
  assert.equal(feed.deliveredSoFar, 2)
  assert.equal(feed.counter('undelivered'), 6)
})

test('FeedReader takes over a datagram that waits for a witness', () => {
  const feed = new TestFeed()
  feed.publish(rawDatagram(1000, 1))
  feed.publish(rawDatagram(1001, 1))
  feed.publish(rawDatagram(0, 3))
  feed.read()
  feed.publish(rawDatagram(3, 3))
  takeOver(feed)
  assert.equal(feed.track('restarts'), 1)
  assert.equal(feed.deliveredSoFar, 2)
  assert.equal(feed.counter('undelivered'), 6)
})

test('FeedReader takes over a datagram of a new session that nothing follows', () => {
  const feed = new TestFeed({ framing: 'iex-tp' })
  const messages = [Uint8Array.of(1), Uint8Array.of(2)]
  feed.publish(iexTpDatagram({ sequence: 50n, messages, session: 1 }))
  feed.publish(iexTpDatagram({ sequence: 1n, messages, session: 2 }))
  feed.read()
  takeOver(feed)
  assert.equal(feed.deliveredSoFar, 2)
  assert.equal(feed.counter('undelivered'), 2)
})

test('FeedReader takes over while its predecessor is between batches', () => {
  const feed = new TestFeed({ total: 6 })
  feed.publish(rawDatagram(0, 2))
  feed.read()
  feed.publish(rawDatagram(2, 2))
  feed.publish(rawDatagram(4, 2))
  takeOver(feed)
  assert.equal(feed.reader.complete, true)
  assert.equal(feed.counter('undelivered'), 4)
})

test('FeedReader takes over a slot whose note of ring drops was read, and reads it no more', () => {
  const feed = new TestFeed({ slots: 1 })
  feed.publish(rawDatagram(0, 1))
  feed.read()
  feed.publish(rawDatagram(4, 1), { ringDrops: 3 })
  feed.onMessage = () => {
    throw new Abandoned()
  }
  assert.throws(() => feed.read(), Abandoned)
  feed.onMessage = () => {}
  feed.replaceReader()
  feed.reader.takeOver(true)
  feed.publish(rawDatagram(5, 1))
  feed.publish(rawDatagram(9, 1))
  feed.read()
  feed.publish(rawDatagram(9, 1))
  feed.read().finish()
  assert.equal(feed.lineCounter(0, 'ringDropsSeen'), 3)
  assert.deepEqual(feed.lost, {
    ring: 3,
    invalid: 0,
    kernel: 0,
    network: 3,
    cutOff: 0,
    unrecovered: 0,
  })
  feed.assertBalanced()
})
