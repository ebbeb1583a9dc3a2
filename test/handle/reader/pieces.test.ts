import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { moldDatagram, rawDatagram } from '../../wire/datagrams.js'
import { type Stamp, TestFeed } from '../test-feed.js'

const SLOTS = 64
const MESSAGE_BYTES = 29

const MISHAPS = [
  'none',
  'gap',
  'again',
  'other',
  'kernel',
  'ring',
  'cut',
  'train',
  'broken',
] as const
type Mishap = (typeof MISHAPS)[number]

/** What happens at the rings of both feeds. */
interface Step {
  readonly counts: readonly number[]
  /** What befalls the first datagram of the step. */
  readonly mishap: Mishap
  /** How much later it was received. */
  readonly laterNs: number
  /** Whether all of its messages have the time stamps of those before them. */
  readonly sameStamp: boolean
  readonly read: boolean
}

const steps = fc.array(
  fc.record<Step>({
    counts: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 }),
    mishap: fc.constantFrom('none', ...MISHAPS),
    laterNs: fc.integer({ min: 0, max: 20e6 }),
    sameStamp: fc.boolean(),
    read: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
)

/** A feed to which steps happen, with all that its reader tells. */
class Watched {
  readonly feed: TestFeed
  readonly received: number[] = []
  pieces = 0
  #sequence: number
  readonly #sent: Uint8Array[] = []
  #drops = 0
  #stampNs = 0
  #nowNs = 0.5e9

  constructor(
    readonly framing: 'raw' | 'moldudp64',
    wide: boolean,
    first: number,
    total: number,
  ) {
    this.feed = new TestFeed({ framing, slots: SLOTS, slotBytes: 512, total })
    if (!wide) this.feed.reader.run.wide = false
    this.#sequence = first
    this.feed.onMessage = () => {
      this.received.push(this.feed.cursor.receivedNs)
      this.pieces = Math.max(this.pieces, this.feed.reader.run.pieceCount)
    }
  }

  play({ counts, mishap, laterNs, sameStamp, read }: Step): void {
    this.#nowNs += laterNs
    counts.forEach((count, i) => {
      this.#publish(count, i === 0 ? mishap : 'none', sameStamp)
    })
    if (read) this.feed.read()
  }

  #publish(count: number, mishap: Step['mishap'], sameStamp: boolean): void {
    if (!sameStamp) this.#stampNs += 1
    if (mishap === 'again' && this.#sent.length > 5) {
      this.feed.publish(this.#sent.at(-5) ?? new Uint8Array(0), { kernelDrops: this.#drops })
      return
    }
    const again = mishap === 'other' && this.#sequence > 10
    const first = again ? this.#sequence - 10 : this.#sequence + (mishap === 'gap' ? 3 : 0)
    if (mishap === 'kernel') this.#drops += 1
    let payload = this.#datagram(first, count)
    let stamp: Stamp = { kernelDrops: this.#drops, receivedNs: this.#nowNs }
    if (mishap === 'ring') stamp = { ...stamp, ringDrops: 2 }
    if (mishap === 'train' && this.framing === 'raw')
      stamp = { ...stamp, segmentBytes: MESSAGE_BYTES }
    if (mishap === 'broken') payload = payload.subarray(0, payload.length - 1)
    if (mishap === 'cut') payload = new Uint8Array(600)
    if (!this.feed.publish(payload, stamp) || again) return
    this.#sequence = first + count
    this.#sent.push(payload)
  }

  #datagram(first: number, count: number): Uint8Array {
    if (this.framing === 'moldudp64') {
      const message = (i: number) => Uint8Array.of(this.#stampNs & 255, (first + i) & 255)
      const messages = Array.from({ length: count }, (_, i) => message(i))
      return moldDatagram({ sequence: BigInt(first), messages })
    }
    const datagram = rawDatagram(first % 2 ** 32, count)
    const view = new DataView(datagram.buffer)
    for (let i = 0; i < count; i++) view.setUint32(i * MESSAGE_BYTES, this.#stampNs, true)
    return datagram
  }

  /** All that it has counted. */
  account(): unknown {
    const { state, delivered, gaps } = this.feed
    return {
      delivered,
      gaps,
      received: this.received,
      counters: [...state.counters],
      tracker: [...state.tracker],
      latency: [...state.latency.snapshot().buckets()],
      released: this.feed.lineCounter(0, 'released'),
      dropsSeen: this.feed.lineCounter(0, 'dropsSeen'),
    }
  }
}

for (const framing of ['raw', 'moldudp64'] as const) {
  test(`FeedReader counts ${framing} datagrams that it opens together as one by one`, () => {
    let most = 0
    fc.assert(
      fc.property(
        steps,
        fc.boolean(),
        fc.integer({ min: 20, max: 2000 }),
        (played, wraps, total) => {
          const first = framing === 'raw' && wraps ? 2 ** 32 - 20 : 1
          const feeds = [true, false].map((wide) => new Watched(framing, wide, first, total))
          for (const step of played) for (const feed of feeds) feed.play(step)
          for (const { feed } of feeds) feed.read().finish()
          const [together, single] = feeds.map((feed) => feed.account())
          assert.deepEqual(together, single)
          most = Math.max(most, feeds[0]?.pieces ?? 0)
          assert.equal(feeds[1]?.pieces ?? 1, Math.min(1, feeds[1]?.received.length ?? 1))
        },
      ),
      { numRuns: 60 },
    )
    assert.ok(most > 8, `${most} datagrams at most were opened together`)
  })
}
