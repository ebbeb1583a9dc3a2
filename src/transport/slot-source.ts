import { assert } from '../foundation/assert.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { MSG_TRUNC } from '../native/constants.js'
import {
  MMSGHDR_BYTES,
  MMSGHDR_CONTROLLEN,
  MMSGHDR_FLAGS,
  MMSGHDR_LENGTH,
} from '../native/layout.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'
import { STAMP_BYTES, STAMP_DROPPED_BEFORE } from '../ring/layout.js'
import { SlotConsumer } from '../ring/slot-consumer.js'
import type { Pieces } from '../wire/pieces.js'
import { AncillaryReader, isUsual, usualBytes, usualTimeNs } from './ancillary.js'
import type { DatagramSource, DatagramTap } from './datagram-source.js'
import { SourceFilter } from './source-filter.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const TRUNCATED = MSG_TRUNC
// In words: what one slot has, and from its header on.
const HEADER_WORDS = MMSGHDR_BYTES / 4
const STAMP_WORDS = STAMP_BYTES / 4
const CONTROL_LENGTH = MMSGHDR_CONTROLLEN / 4
const FLAGS = MMSGHDR_FLAGS / 4
const LENGTH = MMSGHDR_LENGTH / 4
const DROPPED_BEFORE = STAMP_DROPPED_BEFORE / 4

/** Datagrams out of a slot ring, which a receiver's thread fills. */
export class SlotSource implements DatagramSource {
  readonly capacity: number
  readonly maxBytes: number
  readonly dropsRunAhead = false
  readonly bytes: DataView
  offset = 0
  length = 0
  segmentBytes = 0
  foreign = false
  damaged = false
  cut = false
  receivedNs = Number.NaN
  pushedNs = Number.NaN
  drops = 0
  droppedMessages = 0
  tap: DatagramTap | null = null
  readonly #consumer: SlotConsumer
  readonly #ancillary: AncillaryReader
  readonly #filter: SourceFilter | null
  readonly #epochSeconds: number
  /** Index of the slot that was opened last. */
  #opened = 0

  /** @param allowed addresses of the only sources, in a ring with names; none: any source is allowed */
  constructor(ring: SharedArrayBuffer, epoch: SessionEpoch, allowed: readonly string[] = []) {
    this.#consumer = new SlotConsumer(ring)
    this.#ancillary = new AncillaryReader(epoch)
    this.#epochSeconds = epoch.unixSeconds
    this.#filter = allowed.length === 0 ? null : new SourceFilter(allowed)
    assert(
      this.#filter === null || this.#consumer.layout.nameBytes > 0,
      'a ring whose sources are filtered has names',
    )
    this.capacity = this.#consumer.layout.slotCount
    this.maxBytes = this.#consumer.layout.slotBytes
    this.bytes = this.#consumer.bytes
  }

  take(limit: number): number {
    return this.#consumer.take(limit)
  }

  open(nth: number): void {
    const consumer = this.#consumer
    const ancillary = this.#ancillary
    const index = consumer.indexAt(nth)
    this.#opened = index
    ancillary.read(this.bytes, consumer.stampOffset(index), consumer.controlBytes(index))
    this.offset = consumer.slotOffset(index)
    this.length = consumer.length(index)
    this.segmentBytes = ancillary.segmentBytes
    this.foreign = this.#filter !== null && this.#isForeign(this.#filter, index)
    this.damaged = (consumer.flags(index) & TRUNCATED) !== 0
    this.cut = this.damaged
    this.receivedNs = ancillary.receivedNs
    this.drops = ancillary.drops
    this.droppedMessages = consumer.droppedBefore(index)
    // Now and not in `close`: a reader that takes over closes what it has not opened.
    if (this.droppedMessages > 0) consumer.clearDroppedBefore(index)
    if (this.tap !== null) this.tap.copy(this)
  }

  lookAhead(pieces: Pieces, nth: number, most: number, drops: number): number {
    // What is copied, or may not be looked at, is opened one by one.
    if (this.tap !== null || this.#filter !== null) return 0
    const consumer = this.#consumer
    const { words } = consumer
    const { stride } = consumer.layout
    const { offsets, lengths, receivedNs } = pieces
    const epochSeconds = this.#epochSeconds
    const bytes = usualBytes(drops)
    const index = consumer.indexAt(nth)
    // Up to the ring's end: so all steps are equal.
    const count = Math.min(most, this.capacity - index)
    let header = consumer.headerOffset(index) >> 2
    let stamp = consumer.stampOffset(index) >> 2
    let offset = consumer.slotOffset(index)
    pieces.segmentBytes = 0
    for (let piece = 0; piece < count; piece++) {
      const usual =
        words[header + CONTROL_LENGTH] === bytes &&
        (words[header + FLAGS] & TRUNCATED) === 0 &&
        (words[stamp + DROPPED_BEFORE] | words[stamp + DROPPED_BEFORE + 1]) === 0 &&
        isUsual(words, stamp, drops)
      if (!usual) return piece
      offsets[piece] = offset
      lengths[piece] = words[header + LENGTH]
      receivedNs[piece] = usualTimeNs(words, stamp, epochSeconds)
      header = (header + HEADER_WORDS) | 0
      stamp = (stamp + STAMP_WORDS) | 0
      offset += stride
    }
    return count
  }

  readPushed(nth: number): void {
    const consumer = this.#consumer
    consumer.readPushed(consumer.indexAt(nth))
    this.pushedNs = consumer.pushedNs
  }

  copySender(name: DataView): boolean {
    const offset = this.#consumer.nameOffset(this.#opened)
    for (let i = 0; i < SOCKET_ADDRESS_ROOM_BYTES; i += 4) {
      name.setUint32(i, this.bytes.getUint32(offset + i))
    }
    return this.#consumer.hasName(this.#opened)
  }

  tellSenders(): void {
    this.#consumer.askNames()
  }

  close(nth: number, count: number): void {
    this.#consumer.resetStamps(nth, count)
  }

  release(count: number): void {
    this.#consumer.release(count)
  }

  isEmpty(): boolean {
    return this.#consumer.backlog() === 0
  }

  holdsMoreThan(limit: number): boolean {
    return this.#consumer.backlog() > limit
  }

  #isForeign(filter: SourceFilter, index: number): boolean {
    return !filter.passes(this.bytes, this.#consumer.nameOffset(index) + filter.offsetInName)
  }
}
