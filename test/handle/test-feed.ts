import assert from 'node:assert/strict'
import {
  deliveredSoFar,
  FEED,
  FEED_LINE,
  feedLineCounters,
} from '../../src/account/feed-counters.js'
import { LINE, LINE_COUNTERS_BYTES, lineCounters } from '../../src/account/line-counters.js'
import { type Clock, sessionEpoch } from '../../src/foundation/clock.js'
import { alignUp } from '../../src/foundation/units.js'
import type { Gap } from '../../src/handle/handler.js'
import { MessageCursor } from '../../src/handle/loop/message-cursor.js'
import { FeedReader } from '../../src/handle/reader/feed-reader.js'
import type { FeedReaderOptions } from '../../src/handle/reader/feed-reader-options.js'
import { FeedState } from '../../src/handle/state/feed-state.js'
import {
  SO_RXQ_OVFL,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
} from '../../src/native/constants.js'
import { MMSGHDR_CONTROLLEN } from '../../src/native/layout.js'
import { encodeSocketAddress } from '../../src/native/socket-address.js'
import { createRing, SlotProducer } from '../../src/ring/index.js'
import { STAMP_BYTES } from '../../src/ring/layout.js'
import { LOSS_REASONS, type LossReason } from '../../src/sequence/gap-table.js'
import { DEFAULT_ASK_LIMITS } from '../../src/sequence/request-planner.js'
import { DELIVER_AT_ONCE, TRACK } from '../../src/sequence/tracker-state.js'
import { SlotSource } from '../../src/transport/slot-source.js'
import { createFraming } from '../../src/wire/create-framing.js'
import type { FramingName } from '../../src/wire/framing.js'

export const EPOCH = sessionEpoch(1_700_000_000)

/** One line, nobody to ask, and nobody who wants to know of silence. */
export const PLAIN_FEED = {
  profile: undefined,
  policy: DELIVER_AT_ONCE,
  holdBytes: 0,
  watch: { silentNs: 1e9, behindMessages: 1e4, staleNs: Number.POSITIVE_INFINITY },
  recovery: undefined,
  ask: DEFAULT_ASK_LIMITS,
  onStatus: undefined,
} as const satisfies Partial<FeedReaderOptions>

/** What a receiver knows of a datagram beside its payload. */
export interface Stamp {
  /** Running total of datagrams that the kernel has dropped at the socket. */
  readonly kernelDrops?: number
  /** Messages that the receiver discarded just before. */
  readonly ringDrops?: number
  readonly receivedNs?: number
  /** When the receiver handed it over, in a run that is profiled. */
  readonly pushedNs?: number
  /** IPv4 address of the sender, in a feed that tells sources apart. */
  readonly from?: string
  /** Bytes of each datagram, if the kernel coalesced several. */
  readonly segmentBytes?: number
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  ns = 1e9

  read(): void {}
}

interface TestLine {
  readonly ring: SharedArrayBuffer
  readonly producer: SlotProducer
  readonly counters: Float64Array
}

export interface TestFeedOptions {
  readonly lines?: number
  readonly slots?: number
  readonly slotBytes?: number
  readonly framing?: FramingName
  readonly total?: number
  /** What else is to be other than plain. */
  readonly reader?: Partial<FeedReaderOptions>
  /** IPv4 addresses of the only sources. */
  readonly allowed?: readonly string[]
}

/** A feed whose receivers are the test: it publishes datagrams into the rings, and reads them. */
export class TestFeed {
  readonly clock = new ManualClock()
  readonly state: FeedState
  readonly lines: readonly TestLine[]
  readonly delivered: number[] = []
  readonly gaps: Gap[] = []
  /** Called with each message before it counts as delivered; may throw. */
  onMessage: (sequence: number) => void = () => {}
  onGap: (gap: Gap) => void = () => {}
  reader: FeedReader
  cursor: MessageCursor
  readonly #options: TestFeedOptions

  constructor(options: TestFeedOptions = {}) {
    this.#options = options
    this.state = FeedState.create(options.lines ?? 1)
    this.lines = Array.from({ length: options.lines ?? 1 }, () => {
      const names = options.allowed !== undefined
      const ring = createRing(options.slots ?? 64, options.slotBytes ?? 256, names)
      const counters = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
      return { ring, producer: new SlotProducer(ring), counters }
    })
    this.reader = this.createReader()
    this.cursor = new MessageCursor(this.reader)
  }

  /** Another reader over the same rings and the same state. */
  createReader(): FeedReader {
    return new FeedReader(this.readerOptions())
  }

  /** Puts another reader in the place of this one. */
  replaceReader(): void {
    this.reader = this.createReader()
    this.cursor = new MessageCursor(this.reader)
  }

  /** Messages whose handler call returned. */
  get deliveredSoFar(): number {
    return deliveredSoFar(this.state.counters)
  }

  /** What a reader over these rings and this state is made of. */
  readerOptions(): FeedReaderOptions {
    return {
      lines: this.lines.map(({ ring, counters }) => ({
        source: new SlotSource(ring, EPOCH, this.#options.allowed),
        counters,
      })),
      framing: createFraming(this.#options.framing ?? 'raw'),
      state: this.state,
      epoch: EPOCH,
      clock: this.clock,
      total: this.#options.total ?? Number.NaN,
      stages: false,
      ...PLAIN_FEED,
      ...this.#options.reader,
      onGap: (gap) => {
        this.gaps.push({ ...gap })
        this.onGap(gap)
      },
    }
  }

  /** Publishes one datagram on a line, as a receiver does; false if its ring is full. */
  publish(payload: Uint8Array, stamp: Stamp = {}, line = 0): boolean {
    const { producer, counters, ring } = this.#line(line)
    if (producer.claim(1) === 0) return false
    const index = producer.claimedIndex
    producer.write(index, payload)
    this.#writeControl(producer, index, stamp)
    if (stamp.from !== undefined) {
      const { namesOffset, nameBytes } = producer.layout
      const name = encodeSocketAddress(stamp.from, 4711)
      new Uint8Array(ring).set(name, namesOffset + index * nameBytes)
    }
    if (stamp.ringDrops !== undefined) {
      producer.setDroppedBefore(index, stamp.ringDrops)
      counters[LINE.ringDroppedMessages] += stamp.ringDrops
    }
    if (stamp.pushedNs !== undefined) {
      producer.pushedNs = stamp.pushedNs
      producer.stampPushed(1)
    }
    if (stamp.kernelDrops !== undefined) counters[LINE.kernelDrops] = stamp.kernelDrops
    counters[LINE.datagrams] += 1
    producer.publish(1)
    return true
  }

  /** Sets what a receiver counts without a datagram that tells. */
  count(counter: keyof typeof LINE, value: number, line = 0): void {
    this.#line(line).counters[LINE[counter]] = value
  }

  /** Handles all that is in the rings. */
  read(): this {
    while (this.reader.take()) this.deliver()
    return this
  }

  /** Handles what is left of the open batch, or what waiting has opened. */
  deliver(): void {
    while (this.cursor.next()) {
      this.onMessage(this.cursor.sequence)
      this.delivered.push(this.cursor.sequence)
    }
  }

  /** Lets time pass without a datagram, and looks for some once more, as the handling loop does. */
  idle(ns: number): this {
    this.clock.ns += ns
    this.read()
    this.reader.whileIdle(true)
    this.deliver()
    return this
  }

  finish(): this {
    this.reader.finish()
    return this
  }

  counter(name: keyof typeof FEED): number {
    return this.state.counters[FEED[name]]
  }

  lineCounter(line: number, name: keyof typeof FEED_LINE): number {
    return feedLineCounters(this.state.counters, line)[FEED_LINE[name]]
  }

  track(name: keyof typeof TRACK): number {
    return this.state.tracker[TRACK[name]]
  }

  get lost(): Readonly<Record<LossReason, number>> {
    const entries = LOSS_REASONS.map((reason, i) => [reason, this.state.tracker[TRACK.lost + i]])
    return Object.fromEntries(entries) as Record<LossReason, number>
  }

  get lostTotal(): number {
    return LOSS_REASONS.reduce((sum, reason) => sum + this.lost[reason], 0)
  }

  /** expected = delivered + undelivered + lost, once the account is closed. */
  assertBalanced(): void {
    const handed = this.counter('delivered') + this.counter('undelivered')
    assert.equal(this.track('expected'), handed + this.lostTotal)
  }

  #line(line: number): TestLine {
    const found = this.lines[line]
    assert.ok(found !== undefined)
    return found
  }

  /** Ancillary data as the kernel lays it out; it leaves the drop counter out while that is 0. */
  #writeControl(producer: SlotProducer, index: number, stamp: Stamp): void {
    const { bytes, layout } = producer
    const start = layout.stampsOffset + index * STAMP_BYTES
    const receivedNs = stamp.receivedNs ?? this.clock.ns
    const seconds = EPOCH.unixSeconds + Math.floor(receivedNs / 1e9)
    let at = start
    const write = (level: number, type: number, words: readonly number[]) => {
      bytes.setUint32(at, 16 + 4 * words.length, true)
      bytes.setUint32(at + 4, 0, true)
      bytes.setInt32(at + 8, level, true)
      bytes.setInt32(at + 12, type, true)
      words.forEach((word, i) => {
        bytes.setUint32(at + 16 + 4 * i, word, true)
      })
      at += alignUp(16 + 4 * words.length, 8)
    }
    write(SOL_SOCKET, SO_TIMESTAMPNS, [seconds, 0, receivedNs % 1e9, 0])
    if (stamp.kernelDrops) write(SOL_SOCKET, SO_RXQ_OVFL, [stamp.kernelDrops])
    if (stamp.segmentBytes) write(SOL_UDP, UDP_GRO, [stamp.segmentBytes])
    bytes.setUint32(producer.headerOffset(index) + MMSGHDR_CONTROLLEN, at - start, true)
  }
}
