import { assert } from '../foundation/assert.js'
import { TWO_POW_32 } from '../foundation/units.js'
import {
  CONTROL_BYTES,
  IOVEC_BASE,
  IOVEC_BYTES,
  IOVEC_LENGTH,
  MMSGHDR_BYTES,
  MMSGHDR_CONTROLLEN,
  MMSGHDR_FLAGS,
  MMSGHDR_LENGTH,
  MMSGHDR_NAME,
  MMSGHDR_NAMELEN,
} from '../native/layout.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'
import { Doorbell } from './doorbell.js'
import {
  layoutOf,
  PRODUCER_ASLEEP,
  PUBLISHED,
  RELEASED,
  type RingLayout,
  STAMP_BYTES,
  STAMP_DROPPED_BEFORE,
  STAMP_DUE,
  STAMP_LINE,
  STAMP_PUSHED,
} from './layout.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const SLOT_HEADER_BYTES = MMSGHDR_BYTES
const HEADER_WORDS = MMSGHDR_BYTES / 4
const CONTROL_LENGTH_AT = MMSGHDR_CONTROLLEN
const FLAGS_AT = MMSGHDR_FLAGS
const NAME_LENGTH_AT = MMSGHDR_NAMELEN
const LENGTH_AT = MMSGHDR_LENGTH
const SLOT_STAMP_BYTES = STAMP_BYTES
const DROPPED_BEFORE_AT = STAMP_DROPPED_BEFORE
const CONTROL_ROOM_BYTES = CONTROL_BYTES

/**
 * The reading end of a slot ring. One thread.
 *
 * `take` looks at the producer's counter only when it has no slot left of those that it has seen: a
 * stale copy is too low, so it can only hide full slots, never show an unfilled one.
 */
export class SlotConsumer {
  readonly layout: RingLayout
  /** The whole ring, for reading payloads in place; the same in words. */
  readonly bytes: DataView
  readonly words: Int32Array<SharedArrayBuffer>
  /** What `readPushed` and `readDue` found. Fields and no results, which would be boxed. */
  pushedNs = Number.NaN
  dueNs = Number.NaN
  readonly #doubles: Float64Array
  readonly #mask: number
  /** Of the layout, at hand. */
  readonly #headersOffset: number
  readonly #stampsOffset: number
  readonly #slotsOffset: number
  readonly #stride: number
  /** Room for the address of a slot's sender, if the kernel is asked for it; else 0. */
  #nameBytes: number
  readonly #spaceBell: Doorbell
  #released: number
  #publishedCopy: number

  constructor(buffer: SharedArrayBuffer) {
    this.layout = layoutOf(buffer)
    this.bytes = new DataView(buffer)
    this.words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#mask = this.layout.slotCount - 1
    this.#headersOffset = this.layout.headersOffset
    this.#stampsOffset = this.layout.stampsOffset
    this.#slotsOffset = this.layout.slotsOffset
    this.#stride = this.layout.stride
    this.#nameBytes = this.layout.nameBytes
    this.#spaceBell = new Doorbell(buffer, PRODUCER_ASLEEP)
    this.#released = Atomics.load(this.words, RELEASED / 4)
    this.#publishedCopy = this.#released
  }

  /** How many slots can be read now, at most `limit`. The first one is at `firstIndex`. */
  take(limit: number): number {
    let ready = (this.#publishedCopy - this.#released) | 0
    if (ready === 0) {
      this.#publishedCopy = Atomics.load(this.words, PUBLISHED / 4)
      ready = (this.#publishedCopy - this.#released) | 0
      assert(ready >= 0 && ready <= this.layout.slotCount, 'full slots are within the ring')
    }
    return Math.min(ready, limit)
  }

  /** Slots that the producer has handed over and that were not given back, at this moment. */
  backlog(): number {
    return (Atomics.load(this.words, PUBLISHED / 4) - this.#released) | 0
  }

  /** The index of the `nth` slot that was taken and not yet released. */
  indexAt(nth: number): number {
    return (this.#released + nth) & this.#mask
  }

  /** Bytes from the buffer's start to the payload of a slot. */
  slotOffset(index: number): number {
    return this.#slotsOffset + index * this.#stride
  }

  /** Bytes from the buffer's start to the ancillary data of a slot. */
  stampOffset(index: number): number {
    return this.#stampsOffset + index * SLOT_STAMP_BYTES
  }

  /** Bytes from the buffer's start to the address of a slot's sender. */
  nameOffset(index: number): number {
    return this.layout.namesOffset + index * SOCKET_ADDRESS_ROOM_BYTES
  }

  /** Payload bytes in a slot. */
  length(index: number): number {
    return this.words[(this.headerOffset(index) + LENGTH_AT) >> 2]
  }

  /** For a sender's ring: bytes of a slot that shall be sent. */
  sendLength(index: number): number {
    return this.words[(this.layout.iovecsOffset + index * IOVEC_BYTES + IOVEC_LENGTH) >> 2]
  }

  /** Bytes of ancillary data that the kernel wrote. */
  controlBytes(index: number): number {
    return this.words[(this.headerOffset(index) + CONTROL_LENGTH_AT) >> 2]
  }

  /** The flags that the kernel set, MSG_TRUNC for one. */
  flags(index: number): number {
    return this.words[(this.headerOffset(index) + FLAGS_AT) >> 2]
  }

  /** Messages that the producer read and discarded just before this slot. */
  droppedBefore(index: number): number {
    return this.#doubles[(this.stampOffset(index) + DROPPED_BEFORE_AT) >> 3]
  }

  /** The line on which a datagram of a sender's ring should leave. */
  sendLine(index: number): number {
    return this.#doubles[(this.stampOffset(index) + STAMP_LINE) >> 3]
  }

  /** Reads into `dueNs` when a datagram of a sender's ring should leave. */
  readDue(index: number): void {
    this.dueNs = this.#doubles[(this.stampOffset(index) + STAMP_DUE) >> 3]
  }

  /** Reads into `pushedNs` when a datagram of a receiver's ring was handed over, in a run that is profiled. */
  readPushed(index: number): void {
    this.pushedNs = this.#doubles[(this.stampOffset(index) + STAMP_PUSHED) >> 3]
  }

  /** The producer's note has been read. */
  clearDroppedBefore(index: number): void {
    this.#doubles[(this.stampOffset(index) + DROPPED_BEFORE_AT) >> 3] = 0
  }

  /** Makes a slot ready for the kernel again; it overwrote how much room its stamp and name have. */
  resetStamp(index: number): void {
    const header = this.headerOffset(index)
    this.words[(header + CONTROL_LENGTH_AT) >> 2] = CONTROL_ROOM_BYTES
    if (this.#nameBytes > 0) this.words[(header + NAME_LENGTH_AT) >> 2] = this.#nameBytes
  }

  /** The same for so many slots that were taken and not yet released, from the `nth` on. */
  resetStamps(nth: number, count: number): void {
    const { words } = this
    const mask = this.#mask
    const nameBytes = this.#nameBytes
    const headers = this.#headersOffset >> 2
    const first = this.#released + nth
    for (let i = 0; i < count; i++) {
      const header = headers + ((first + i) & mask) * HEADER_WORDS
      words[header + CONTROL_LENGTH_AT / 4] = CONTROL_ROOM_BYTES
      if (nameBytes > 0) words[header + NAME_LENGTH_AT / 4] = nameBytes
    }
  }

  /**
   * From now on the kernel is asked who sent each datagram: sets it in the headers of all slots. One that it
   * is filling at this moment, or has filled, has no name yet. Not hot.
   */
  askNames(): void {
    if (this.#nameBytes > 0) return
    this.#nameBytes = SOCKET_ADDRESS_ROOM_BYTES
    const { slotCount, iovecsOffset } = this.layout
    const words = new Uint32Array(this.bytes.buffer)
    const address = new Float64Array(1)
    const halves = new Uint32Array(address.buffer)
    for (let index = 0; index < slotCount; index++) {
      const iovec = (iovecsOffset + index * IOVEC_BYTES + IOVEC_BASE) / 4
      const slot = words[iovec] + words[iovec + 1] * TWO_POW_32
      const name = slot - this.slotOffset(index) + this.nameOffset(index)
      halves[0] = name % TWO_POW_32
      halves[1] = Math.floor(name / TWO_POW_32)
      const header = this.headerOffset(index)
      words[this.nameOffset(index) / 4] = 0
      // The pointer last, and with one store: without it the kernel does not look at the length.
      words[(header + MMSGHDR_NAMELEN) / 4] = SOCKET_ADDRESS_ROOM_BYTES
      this.#doubles[(header + MMSGHDR_NAME) / 8] = address[0]
    }
  }

  /** Whether a slot has the address of its sender. */
  hasName(index: number): boolean {
    return this.bytes.getUint16(this.nameOffset(index), true) !== 0
  }

  /** Gives the first `count` taken slots back, with one store, and wakes a producer that waits. */
  release(count: number): void {
    this.#released = (this.#released + count) | 0
    Atomics.store(this.words, RELEASED / 4, this.#released)
    this.#spaceBell.ring()
  }

  /** Bytes from the buffer's start to the header of a slot. */
  headerOffset(index: number): number {
    return this.#headersOffset + index * SLOT_HEADER_BYTES
  }
}
