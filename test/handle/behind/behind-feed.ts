import assert from 'node:assert/strict'
import type { BehindPolicy } from '../../../src/handle/behind-policy.js'
import type { Skip } from '../../../src/handle/handler.js'
import { createMessageReader } from '../../../src/handle/loop/create-message-reader.js'
import { MessageCursor } from '../../../src/handle/loop/message-cursor.js'
import type { MessageReader } from '../../../src/handle/message-reader.js'
import { TestFeed, type TestFeedOptions } from '../test-feed.js'

/** What a native message is about; instrument 0 and no side unless given. */
export interface MarketParts {
  readonly instrument?: number
  readonly side?: number
}

/** Native messages whose sequences follow one another, written independently of the reader under test. */
export function marketDatagram(
  firstSequence: number,
  messages: readonly MarketParts[],
): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(messages.length * 29)
  const view = new DataView(payload.buffer)
  messages.forEach(({ instrument, side }, i) => {
    view.setUint32(i * 29 + 16, (firstSequence + i) % 2 ** 32, true)
    view.setUint32(i * 29 + 20, instrument ?? 0, true)
    view.setUint8(i * 29 + 28, side ?? 0)
  })
  return payload
}

/** Something that the handler was told of, in the order in which it was. */
export type Told =
  | { readonly kind: 'message'; readonly sequence: number; readonly key: string; late: boolean }
  | { readonly kind: 'skip'; readonly skip: Skip }
  | { readonly kind: 'gap'; readonly first: number; readonly count: number }
  | { readonly kind: 'status'; readonly status: string }

/** A test feed that is read as a policy says, and remembers all that its handler was told of. */
export class BehindFeed {
  readonly feed: TestFeed
  readonly told: Told[] = []
  readonly reader: MessageReader
  readonly cursor: MessageCursor
  /** Called with each message before it counts as delivered; may throw. */
  onMessage: (sequence: number) => void = () => {}
  onSkip: (skip: Skip) => void = () => {}

  constructor(policy: BehindPolicy, options: TestFeedOptions = {}) {
    this.feed = new TestFeed(options)
    const listener = {
      onGap: (gap: { firstSequence: number; count: number }) => {
        this.told.push({ kind: 'gap', first: gap.firstSequence, count: gap.count })
      },
      onStatus: (status: { kind: string }) => {
        this.told.push({ kind: 'status', status: status.kind })
      },
      onSkip: (skip: Skip) => {
        this.told.push({ kind: 'skip', skip: { ...skip } })
        this.onSkip(skip)
      },
    }
    this.reader = createMessageReader({ ...this.feed.readerOptions(), ...listener }, policy)
    this.cursor = new MessageCursor(this.reader)
  }

  /** Handles so many batches. */
  read(batches = Number.POSITIVE_INFINITY): this {
    for (let i = 0; i < batches && this.reader.take(); i++) this.deliver()
    return this
  }

  deliver(): void {
    const { cursor } = this
    while (cursor.next()) {
      const { message, sequence, late } = cursor
      const { bytes, offset, length } = message
      // Only native messages say what they are about.
      const native = length === 29
      if (native) assert.equal(bytes.getUint32(offset + 16, true), sequence % 2 ** 32)
      const instrument = native ? bytes.getUint32(offset + 20, true) : 0
      const side = native ? bytes.getUint8(offset + 28) : 0
      this.onMessage(sequence)
      this.told.push({ kind: 'message', sequence, key: `${instrument}/${side}`, late })
    }
  }

  /** Lets time pass without a datagram. */
  idle(ns: number): this {
    this.feed.clock.ns += ns
    if (this.reader.take()) this.deliver()
    this.reader.whileIdle(true)
    this.deliver()
    return this
  }

  get delivered(): number[] {
    return this.told.flatMap((one) => (one.kind === 'message' ? [one.sequence] : []))
  }

  get skips(): Skip[] {
    return this.told.flatMap((one) => (one.kind === 'skip' ? [one.skip] : []))
  }

  get skippedCount(): number {
    return this.skips.reduce((sum, { count }) => sum + count, 0)
  }

  /** Closes the account, as a handler's thread does whose time is over. */
  finish(): this {
    if (!this.reader.complete) this.reader.fail()
    while (this.reader.take()) while (this.cursor.next());
    this.reader.finish()
    return this
  }

  /** expected = delivered + undelivered + skipped + lost, and all were told of. */
  assertBalanced(): void {
    const { feed } = this
    const skipped = feed.counter('skipped')
    const handed = feed.counter('delivered') + feed.counter('undelivered') + skipped
    assert.equal(feed.track('expected'), handed + feed.lostTotal)
    assert.equal(feed.counter('pending'), 0)
    assert.equal(this.skippedCount, skipped)
    assert.equal(this.skips.length, feed.counter('skips'))
    assert.equal(this.delivered.length, feed.counter('delivered'))
    feed.lines.forEach((_, line) => {
      assert.equal(feed.lineCounter(line, 'handled'), feed.lineCounter(line, 'released'))
    })
  }
}
