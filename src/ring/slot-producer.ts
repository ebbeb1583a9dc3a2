import { assert } from '../foundation/assert.js'
import { MSG_TRUNC, SO_TIMESTAMPNS, SOL_SOCKET } from '../native/constants.js'
import {
  CMSGHDR_BYTES,
  CMSGHDR_LENGTH,
  CMSGHDR_LEVEL,
  CMSGHDR_TYPE,
  IOVEC_BYTES,
  IOVEC_LENGTH,
  MMSGHDR_BYTES,
  MMSGHDR_CONTROLLEN,
  MMSGHDR_FLAGS,
  MMSGHDR_LENGTH,
} from '../native/layout.js'
import { Doorbell } from './doorbell.js'
import {
  FULL_COUNT,
  HIGH_WATER,
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

const TIMESPEC_BYTES = 16

/**
 * The writing end of a slot ring. One thread.
 *
 * ```
 *          released            published         released + count
 *  ... free | full full full full | free free free |
 *                                   ^ claimed slots start here
 * ```
 *
 * `claim` looks at the consumer's counter only when its own copy of it says that the ring is full:
 * a stale copy is too low, so it can only hide free slots, never hand out a full one.
 */
export class SlotProducer {
  readonly layout: RingLayout
  /** The whole ring, for writing payloads. */
  readonly bytes: DataView
  /** Rung by the consumer when it gives slots back to a producer that sleeps. */
  readonly spaceBell: Doorbell
  /** What `stampPushed` notes. A field and not an argument, which would be boxed. */
  pushedNs = Number.NaN
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #doubles: Float64Array
  readonly #octets: Uint8Array
  readonly #mask: number
  /** Of the layout, at hand. */
  readonly #headersOffset: number
  readonly #slotsOffset: number
  readonly #stride: number
  #published: number
  #releasedCopy: number
  #highWater = 0

  constructor(buffer: SharedArrayBuffer) {
    this.layout = layoutOf(buffer)
    this.bytes = new DataView(buffer)
    this.spaceBell = new Doorbell(buffer, PRODUCER_ASLEEP)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#octets = new Uint8Array(buffer)
    this.#mask = this.layout.slotCount - 1
    this.#headersOffset = this.layout.headersOffset
    this.#slotsOffset = this.layout.slotsOffset
    this.#stride = this.layout.stride
    this.#published = Atomics.load(this.#words, PUBLISHED / 4)
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
  }

  /**
   * Free slots that follow one another in memory, at most `limit`; 0 if the ring is full. They start at
   * `claimedIndex` and stay claimed until published.
   */
  claim(limit: number): number {
    const slotCount = this.layout.slotCount
    let free = slotCount - ((this.#published - this.#releasedCopy) | 0)
    if (free === 0) {
      this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
      free = slotCount - ((this.#published - this.#releasedCopy) | 0)
      if (free === 0) return 0
    }
    const toEnd = slotCount - (this.#published & this.#mask)
    return Math.min(free, toEnd, limit)
  }

  /** Notes that a producer with something to publish found the ring full. */
  countFull(): void {
    this.#doubles[FULL_COUNT / 8] += 1
  }

  /** Whether the consumer has yet to give back some of what was published; looks at its counter. */
  get isBehind(): boolean {
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
    return this.#releasedCopy !== this.#published
  }

  /** The index of the first claimed slot. */
  get claimedIndex(): number {
    return this.#published & this.#mask
  }

  /** Bytes from the buffer's start to the header of a slot. */
  headerOffset(index: number): number {
    return this.#headersOffset + index * MMSGHDR_BYTES
  }

  /** Bytes from the buffer's start to the payload of a slot. */
  slotOffset(index: number): number {
    return this.#slotsOffset + index * this.#stride
  }

  /**
   * For producers other than the kernel: writes a datagram into a claimed slot, or as much of it as
   * fits, marked as cut, as the kernel would.
   */
  write(index: number, payload: Uint8Array): void {
    const bytes = Math.min(payload.length, this.layout.slotBytes)
    const header = this.headerOffset(index)
    const whole = bytes === payload.length
    this.#octets.set(whole ? payload : payload.subarray(0, bytes), this.slotOffset(index))
    this.#words[(header + MMSGHDR_LENGTH) >> 2] = bytes
    this.#words[(header + MMSGHDR_FLAGS) >> 2] = whole ? 0 : MSG_TRUNC
  }

  /** For producers other than the kernel, in a ring with names: notes who sent the datagram of a claimed slot. */
  writeName(index: number, socketAddress: Uint8Array): void {
    const { namesOffset, nameBytes } = this.layout
    this.#octets.set(socketAddress.subarray(0, nameBytes), namesOffset + index * nameBytes)
  }

  /** For producers that write into `bytes` themselves: how many bytes of a claimed slot they have written. */
  setLength(index: number, bytes: number): void {
    this.#words[(this.headerOffset(index) + MMSGHDR_LENGTH) >> 2] = bytes
  }

  /** For producers other than the kernel: copies bytes into a claimed slot, `offset` bytes behind its start. */
  copy(index: number, payload: Uint8Array, offset: number): void {
    this.#octets.set(payload, this.slotOffset(index) + offset)
  }

  /** For producers other than the kernel: notes when the datagram was received, as the kernel would. */
  setReceived(index: number, seconds: number, nanoseconds: number): void {
    const { bytes } = this
    const at = this.layout.stampsOffset + index * STAMP_BYTES
    bytes.setUint32(at + CMSGHDR_LENGTH, CMSGHDR_BYTES + TIMESPEC_BYTES, true)
    bytes.setUint32(at + CMSGHDR_LENGTH + 4, 0, true)
    bytes.setInt32(at + CMSGHDR_LEVEL, SOL_SOCKET, true)
    bytes.setInt32(at + CMSGHDR_TYPE, SO_TIMESTAMPNS, true)
    bytes.setUint32(at + CMSGHDR_BYTES, seconds, true)
    bytes.setUint32(at + CMSGHDR_BYTES + 4, 0, true)
    bytes.setUint32(at + CMSGHDR_BYTES + 8, nanoseconds, true)
    bytes.setUint32(at + CMSGHDR_BYTES + 12, 0, true)
    this.#words[(this.headerOffset(index) + MMSGHDR_CONTROLLEN) >> 2] =
      CMSGHDR_BYTES + TIMESPEC_BYTES
  }

  /** For a sender's ring: how many bytes of a slot shall be sent. */
  setSendLength(index: number, bytes: number): void {
    this.#words[(this.layout.iovecsOffset + index * IOVEC_BYTES + IOVEC_LENGTH) >> 2] = bytes
  }

  /** For a sender's ring: bytes of a slot that shall be sent. */
  sendLength(index: number): number {
    return this.#words[(this.layout.iovecsOffset + index * IOVEC_BYTES + IOVEC_LENGTH) >> 2]
  }

  /** Bytes that the kernel wrote into a claimed slot. */
  length(index: number): number {
    return this.#words[(this.headerOffset(index) + MMSGHDR_LENGTH) >> 2]
  }

  /** Notes the messages that were read and discarded just before this slot. */
  setDroppedBefore(index: number, messages: number): void {
    const stamp = this.layout.stampsOffset + index * STAMP_BYTES
    this.#doubles[(stamp + STAMP_DROPPED_BEFORE) >> 3] = messages
  }

  /** For a sender's ring: on which line the datagram should leave. */
  setSendLine(index: number, line: number): void {
    this.#doubles[(this.layout.stampsOffset + index * STAMP_BYTES + STAMP_LINE) >> 3] = line
  }

  /** For a sender's ring: when the datagram should leave. */
  setDueNs(index: number, dueNs: number): void {
    this.#doubles[(this.layout.stampsOffset + index * STAMP_BYTES + STAMP_DUE) >> 3] = dueNs
  }

  /** Notes `pushedNs` on the first `count` claimed slots. */
  stampPushed(count: number): void {
    const first = this.layout.stampsOffset + this.claimedIndex * STAMP_BYTES + STAMP_PUSHED
    for (let i = 0; i < count; i++) this.#doubles[(first + i * STAMP_BYTES) >> 3] = this.pushedNs
  }

  /** Hands the first `count` claimed slots to the consumer, with one store. */
  publish(count: number): void {
    this.#published = (this.#published + count) | 0
    Atomics.store(this.#words, PUBLISHED / 4, this.#published)
    if (((this.#published - this.#releasedCopy) | 0) > this.#highWater) this.#raiseHighWater()
  }

  /** The copy of the consumer's counter may be stale, so the true use is looked up before it counts. */
  #raiseHighWater(): void {
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
    const used = (this.#published - this.#releasedCopy) | 0
    assert(used >= 0 && used <= this.layout.slotCount, 'slots in use are within the ring')
    if (used > this.#highWater) {
      this.#highWater = used
      this.#words[HIGH_WATER / 4] = used
    }
  }
}
