import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BehindPolicy } from '../../../src/handle/behind-policy.js'
import type { FramingName } from '../../../src/wire/framing.js'
import { iexTpDatagram, moldDatagram, rawDatagram } from '../../wire/datagrams.js'
import { BehindFeed, type Told } from './behind-feed.js'

const RUNS = 500
const SLOTS = 32

function skipOldest(limit: number): BehindPolicy {
  return { when: 'skip-oldest', limit, messages: 0 }
}

function datagram(framing: FramingName, sequence: number, count: number): Uint8Array {
  if (framing === 'raw') return rawDatagram(sequence, count)
  const messages = Array.from({ length: count }, () => new Uint8Array(5))
  const first = BigInt(sequence)
  return framing === 'moldudp64'
    ? moldDatagram({ sequence: first, messages })
    : iexTpDatagram({ sequence: first, messages, session: 1 })
}

/** What the publisher and the network do next, and how many batches are read then. */
interface Turn {
  readonly counts: readonly number[]
  readonly line: number
  readonly lost: number
  readonly again: boolean
  readonly swap: boolean
  readonly batches: number
}

const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean())
const turn = fc.record<Turn>({
  counts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20, size: 'max' }),
  line: fc.nat(1),
  lost: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3)),
  again: seldom,
  swap: seldom,
  batches: fc.nat(3),
})
const turns = fc.array(turn, { minLength: 1, maxLength: 20, size: 'max' })

/** Publishes as the turns say, and reads now and then. @returns the sequence after the last */
function play(behind: BehindFeed, framing: FramingName, script: readonly Turn[], lines: number) {
  let sequence = 1
  // A ring that is full is read to make room, as a receiver waits for it.
  const publish = (first: number, count: number, line: number) => {
    while (!behind.feed.publish(datagram(framing, first, count), {}, line)) behind.read(1)
  }
  // The feed begins with what is read first, on whichever line.
  publish(sequence++, 1, 0)
  behind.read()
  for (const { counts, line, lost, again, swap, batches } of script) {
    sequence += lost
    const [first = 1, second = 1] = counts
    const swaps = swap && counts.length > 1
    if (swaps) {
      publish(sequence + first, second, line % lines)
      publish(sequence, first, line % lines)
      sequence += first + second
    }
    for (const count of swaps ? counts.slice(2) : counts) {
      publish(sequence, count, line % lines)
      if (again) publish(sequence, count, (line + 1) % lines)
      sequence += count
    }
    behind.read(batches)
  }
  // Gaps that nothing has filled are declared lost, and what was held back for them follows.
  behind.read().idle(1e9)
  behind.read().finish()
  return sequence
}

/** What each sequence was told as, which is one thing only. */
function coverage(told: readonly Told[]): Map<number, string> {
  const found = new Map<number, string>()
  const cover = (first: number, count: number, what: string) => {
    for (let sequence = first; sequence < first + count; sequence++) {
      assert.equal(found.get(sequence), undefined, `${sequence} was told of twice`)
      found.set(sequence, what)
    }
  }
  for (const one of told) {
    if (one.kind === 'message') cover(one.sequence, 1, 'delivered')
    else if (one.kind === 'gap') cover(one.first, one.count, 'lost')
    else if (one.kind === 'skip') {
      const { firstSequence, lastSequence, count, reason } = one.skip
      assert.equal(lastSequence - firstSequence + 1, count)
      assert.equal(reason, 'behind')
      cover(firstSequence, count, 'skipped')
    }
  }
  return found
}

for (const framing of ['raw', 'moldudp64', 'iex-tp'] as const) {
  for (const lines of [1, 2]) {
    test(`SkippingReader tells of each ${framing} message once as delivered, skipped or lost, on ${lines} line(s)`, () => {
      fc.assert(
        fc.property(turns, fc.integer({ min: 1, max: SLOTS - 1 }), (script, limit) => {
          const behind = new BehindFeed(skipOldest(limit), { slots: SLOTS, framing, lines })
          const end = play(behind, framing, script, lines)
          const found = coverage(behind.told)
          // What was lost behind the last message is not known of.
          for (let sequence = 1; sequence < end; sequence++) assert.ok(found.has(sequence))
          assert.equal(found.size, end - 1)
          behind.assertBalanced()
        }),
        { numRuns: RUNS },
      )
    })
  }
}

test('SkippingReader tells of skips, gaps and messages in the order of their sequences', () => {
  fc.assert(
    fc.property(turns, fc.integer({ min: 1, max: SLOTS - 1 }), (script, limit) => {
      const reader = { policy: { ordered: true, recovering: false, waitNs: 1e6 }, holdBytes: 65536 }
      const behind = new BehindFeed(skipOldest(limit), { slots: SLOTS, reader })
      play(behind, 'raw', script, 1)
      // A raw feed that begins with 1 has lost 0.
      let next = 0
      for (const one of behind.told) {
        if (one.kind === 'message') assert.equal(one.sequence, next++)
        else if (one.kind === 'gap') {
          assert.equal(one.first, next)
          next += one.count
        } else if (one.kind === 'skip') {
          assert.equal(one.skip.firstSequence, next)
          next += one.skip.count
        }
      }
      behind.assertBalanced()
    }),
    { numRuns: RUNS },
  )
})

test('SkippingReader delivers all as long as no more than the limit wait', () => {
  const behind = new BehindFeed(skipOldest(20), { slots: SLOTS })
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 20; i++) behind.feed.publish(rawDatagram(round * 20 + i, 1))
    behind.read()
  }
  assert.equal(behind.delivered.length, 200)
  assert.deepEqual(behind.skips, [])
})

test('SkippingReader jumps ahead until half of the limit waits behind the batch', () => {
  const behind = new BehindFeed(skipOldest(20), { slots: 64 })
  behind.feed.publish(rawDatagram(0, 1))
  behind.onMessage = () => {
    // A slow handler: batches of one.
    behind.feed.clock.ns += 1e5
  }
  behind.read()
  for (let i = 1; i <= 60; i++) behind.feed.publish(rawDatagram(i, 1))
  behind.read(1)
  assert.deepEqual(behind.skips, [
    { firstSequence: 1, lastSequence: 49, count: 49, reason: 'behind' },
  ])
  assert.deepEqual(behind.delivered, [0, 50])
  assert.equal(behind.feed.counter('skipped'), 49)
  behind.read()
  assert.equal(behind.delivered.length, 12)
})

test('SkippingReader tells of a skip although nothing follows it', () => {
  const behind = new BehindFeed(skipOldest(1), { slots: 8 })
  for (let i = 0; i < 4; i++) behind.feed.publish(rawDatagram(0, 1))
  for (let i = 0; i < 4; i++) behind.feed.publish(rawDatagram(0, 4))
  behind.read()
  behind.idle(1)
  assert.equal(behind.skippedCount, behind.feed.counter('skipped'))
  assert.ok(behind.skippedCount > 0)
})

test('SkippingReader passes nothing over once its handler has failed', () => {
  const behind = new BehindFeed(skipOldest(1), { slots: SLOTS })
  behind.feed.publish(rawDatagram(0, 1))
  behind.onMessage = () => {
    throw new Error('handler')
  }
  assert.throws(() => behind.read())
  for (let i = 1; i < SLOTS; i++) behind.feed.publish(rawDatagram(i, 1))
  behind.finish()
  behind.assertBalanced()
  assert.equal(behind.feed.counter('undelivered'), SLOTS)
  assert.equal(behind.feed.counter('skipped'), 0)
})

test('SkippingReader keeps what onSkip threw, and the account goes on', () => {
  const behind = new BehindFeed(skipOldest(1), { slots: SLOTS })
  behind.onSkip = () => {
    throw new Error('from onSkip')
  }
  for (let i = 0; i < SLOTS; i++) behind.feed.publish(rawDatagram(i, 1))
  behind.read()
  assert.equal((behind.reader.problem as Error).message, 'from onSkip')
  behind.finish()
  behind.assertBalanced()
})

test('A reader takes over from one that died while it passed messages over', () => {
  fc.assert(
    fc.property(turns, fc.nat(40), (script, fatal) => {
      const behind = new BehindFeed(skipOldest(4), { slots: SLOTS })
      let calls = 0
      const step = () => {
        if (calls++ === fatal) throw new Error('died')
      }
      behind.onMessage = step
      try {
        play(behind, 'raw', script, 1)
      } catch {
        // The state is as the dead thread left it.
      }
      const { feed } = behind
      feed.replaceReader()
      feed.reader.takeOver(true)
      feed.read().finish()
      const skipped = feed.counter('skipped')
      const handed = feed.counter('delivered') + feed.counter('undelivered') + skipped
      assert.equal(feed.track('expected'), handed + feed.lostTotal)
    }),
    { numRuns: RUNS },
  )
})
