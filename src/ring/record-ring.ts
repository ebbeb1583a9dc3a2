import { FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import { Doorbell } from './doorbell.js'

/**
 * Records of any length from one thread to another, in one SharedArrayBuffer. The writer never waits: a
 * record for which there is no room is refused, and the writer says so to whom it may concern.
 *
 * ```
 *      0  written      i32   units of 8 bytes, modulo 2^32     writer
 *    128  released     i32   units of 8 bytes, modulo 2^32     reader
 *    256  asleep       i32   the reader sleeps                 both (a doorbell)
 *    384  full         i32   the writer waits for room         both (a doorbell)
 *    512  high water   f64   most bytes ever in use            writer
 *    640  records      a power of two of bytes
 *
 *   a record, at a multiple of 8:
 *   byte    0         4         8
 *           +---------+---------+----------  ----------+
 *           |  bytes  |  kind   |   the writer's own   |   `bytes` counts all of it; kind 0: unused up to the end
 *           +---------+---------+----------  ----------+
 * ```
 */
const WRITTEN = 0
const RELEASED = FALSE_SHARING_RANGE_BYTES
const READER_ASLEEP = 2 * FALSE_SHARING_RANGE_BYTES
const WRITER_ASLEEP = 3 * FALSE_SHARING_RANGE_BYTES
const HIGH_WATER = 4 * FALSE_SHARING_RANGE_BYTES
const RECORDS = 5 * FALSE_SHARING_RANGE_BYTES
const UNIT = 8
/** Bytes before what the writer puts into a record. */
export const RECORD_HEADER_BYTES = 8
const UNUSED = 0

/** @param bytes for records, a power of two from 4,096 to 2^30 */
export function createRecordRing(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(RECORDS + bytes)
}

/** The writing end. One thread; no allocation. */
export class RecordWriter {
  /** The ring's memory, for writing what `claim` gave. */
  readonly bytes: DataView
  readonly readerBell: Doorbell
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #doubles: Float64Array
  readonly #spaceBell: Doorbell
  readonly #capacity: number
  #written: number
  #releasedCopy: number
  #claimed = 0

  constructor(buffer: SharedArrayBuffer) {
    this.bytes = new DataView(buffer)
    this.readerBell = new Doorbell(buffer, READER_ASLEEP)
    this.#spaceBell = new Doorbell(buffer, WRITER_ASLEEP)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#capacity = buffer.byteLength - RECORDS
    this.#written = Atomics.load(this.#words, WRITTEN / 4)
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
  }

  /**
   * Makes room for a record of one kind, 1 or more.
   *
   * @param bytes that the writer will put behind the record's header
   * @param reserve bytes that have to stay free behind it
   * @returns where: bytes from the start of the memory; -1 if there is no room
   */
  claim(kind: number, bytes: number, reserve: number): number {
    const total = (RECORD_HEADER_BYTES + bytes + UNIT - 1) & -UNIT
    let position = this.#position()
    const toEnd = this.#capacity - position
    const needed = (total <= toEnd ? total : toEnd + total) + reserve
    if (needed > this.#free() && needed > this.#freeNow()) return -1
    if (total > toEnd) {
      this.bytes.setUint32(RECORDS + position, toEnd, true)
      this.bytes.setUint32(RECORDS + position + 4, UNUSED, true)
      this.#written = (this.#written + toEnd / UNIT) | 0
      position = 0
    }
    const at = RECORDS + position
    this.bytes.setUint32(at, total, true)
    this.bytes.setUint32(at + 4, kind, true)
    this.#claimed = total
    return at + RECORD_HEADER_BYTES
  }

  /** Whether at least half of the ring is free at this moment. */
  get isHalfFree(): boolean {
    return this.#freeNow() >= this.#capacity / 2
  }

  /** Hands the record over that was claimed last. */
  publish(): void {
    this.#written = (this.#written + this.#claimed / UNIT) | 0
    Atomics.store(this.#words, WRITTEN / 4, this.#written)
    const used = this.#capacity - this.#free()
    if (used > this.#doubles[HIGH_WATER / 8]) {
      const now = this.#capacity - this.#freeNow()
      if (now > this.#doubles[HIGH_WATER / 8]) this.#doubles[HIGH_WATER / 8] = now
    }
    this.readerBell.ring()
  }

  /** Sleeps until the reader gives room back, or the time is over. For a writer that may wait. */
  waitForRoom(timeoutMs: number): void {
    this.#spaceBell.arm()
    const before = this.#releasedCopy
    this.#freeNow()
    if (this.#releasedCopy === before) this.#spaceBell.wait(timeoutMs)
    else this.#spaceBell.disarm()
  }

  #position(): number {
    return (this.#written * UNIT) & (this.#capacity - 1)
  }

  #free(): number {
    return this.#capacity - ((this.#written - this.#releasedCopy) | 0) * UNIT
  }

  #freeNow(): number {
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
    return this.#free()
  }
}

/** The reading end. One thread. */
export class RecordReader {
  readonly bytes: DataView
  /** Rung by the writer when there is something to read. */
  readonly bell: Doorbell
  /** Of the record that `next` found: its kind, and where what the writer put there begins and ends. */
  kind = UNUSED
  offset = 0
  end = 0
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #doubles: Float64Array
  readonly #spaceBell: Doorbell
  readonly #capacity: number
  #read: number
  #released: number

  constructor(buffer: SharedArrayBuffer) {
    this.bytes = new DataView(buffer)
    this.bell = new Doorbell(buffer, READER_ASLEEP)
    this.#spaceBell = new Doorbell(buffer, WRITER_ASLEEP)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#capacity = buffer.byteLength - RECORDS
    this.#read = Atomics.load(this.#words, RELEASED / 4)
    this.#released = this.#read
  }

  /** Moves to the next record; false if there is none. The ones before stay until they are released. */
  next(): boolean {
    while (this.#read !== Atomics.load(this.#words, WRITTEN / 4)) {
      const at = RECORDS + ((this.#read * UNIT) & (this.#capacity - 1))
      const bytes = this.bytes.getUint32(at, true)
      this.kind = this.bytes.getUint32(at + 4, true)
      this.#read = (this.#read + bytes / UNIT) | 0
      if (this.kind === UNUSED) continue
      this.offset = at + RECORD_HEADER_BYTES
      this.end = at + bytes
      return true
    }
    return false
  }

  /** Whether nothing lies ready. */
  get isEmpty(): boolean {
    return this.#read === Atomics.load(this.#words, WRITTEN / 4)
  }

  /** Bytes that were written and not given back, at this moment; the most that ever were. */
  get usedBytes(): number {
    return ((Atomics.load(this.#words, WRITTEN / 4) - this.#released) | 0) * UNIT
  }

  get highWaterBytes(): number {
    return this.#doubles[HIGH_WATER / 8] ?? 0
  }

  /** Gives back all that was read. */
  release(): void {
    if (this.#released === this.#read) return
    this.#released = this.#read
    Atomics.store(this.#words, RELEASED / 4, this.#released)
    this.#spaceBell.ring()
  }
}
