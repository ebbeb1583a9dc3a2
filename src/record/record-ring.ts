import type { LossListener, LossLog } from '../account/loss-log.js'
import { RECORDER } from '../account/recorder-counters.js'
import { assert } from '../foundation/assert.js'
import { copyBytes } from '../foundation/copy-bytes.js'
import { MAX_LINES } from '../foundation/limits.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES, isPowerOfTwo } from '../foundation/units.js'
import type { DatagramSource, DatagramTap } from '../transport/datagram-source.js'

/**
 * The ring between the thread that handles a feed and the one that records it: datagrams of any length, one
 * behind the other, in one SharedArrayBuffer. One producer, one consumer.
 *
 * ```
 *      0  published    i32   units of 16 bytes handed over, modulo 2^32       producer
 *    128  released     i32   units given back, modulo 2^32                    consumer
 *    256  closed       i32   1: nothing more comes; 2: nothing of it is wanted
 *    260  capacity     u32   units, a power of two
 *    384  lines        16 x 32 bytes: the socket address that a line's datagrams go to
 *    896  records
 *
 *   record, at a multiple of 16
 *    0          4        6        8              16                48
 *    +----------+--------+--------+--------------+-----------------+-----------------+
 *    |length i32|line u16|unused  |received f64  |sender's address | payload, padded |
 *    +----------+--------+--------+--------------+-----------------+-----------------+
 * ```
 *
 * Messages that were declared lost travel between the datagrams, with a length of -2: the line (65535: the
 * feed's) and the cause at 4 and 6, when at 8, the first sequence at 16, how many at 24.
 *
 * `length` is -1 where the rest of the memory is left out, since a record lies in one piece. `received` is in
 * nanoseconds since the session epoch; NaN: nobody knows. An address of zeros is not known either.
 */
const PUBLISHED = 0
const RELEASED = FALSE_SHARING_RANGE_BYTES
const CLOSED = 2 * FALSE_SHARING_RANGE_BYTES
const CAPACITY = CLOSED + 4
const LINES = 3 * FALSE_SHARING_RANGE_BYTES
export const ADDRESS_BYTES = 32
const RECORDS = LINES + MAX_LINES * ADDRESS_BYTES
const UNIT_BYTES = 16
const RECORD_HEADER_BYTES = 48
const RECORD_LINE = 4
const RECORD_RECEIVED = 8
const RECORD_SENDER = 16
const REST_LEFT_OUT = -1
const LOSS = -2
const LOSS_CAUSE = 6
const LOSS_FIRST = 16
const LOSS_COUNT = 24
const LOSS_UNITS = 2
const NO_LINE = 0xffff
/** How long a producer that may wait sleeps before it looks again. */
const WAIT_MS = 1

const OPEN = 0
const ENDED = 1
const ABANDONED = 2

/** Messages that were declared lost. */
export interface RecordedLoss {
  /** Index of the line; null: the feed's. */
  readonly line: number | null
  /** A value of `LOSS`. */
  readonly cause: number
  /** When they were declared lost, ns since the session epoch. */
  readonly ns: number
  readonly first: number
  readonly count: number
}

/** @param bytes for records, a power of two */
export function createRecordRing(bytes: number): SharedArrayBuffer {
  assert(
    isPowerOfTwo(bytes) && bytes >= 65_536,
    'a record ring is a power of two, of 64 KiB at least',
  )
  const buffer = new SharedArrayBuffer(RECORDS + bytes)
  new DataView(buffer).setUint32(CAPACITY, bytes / UNIT_BYTES, true)
  return buffer
}

/** What any thread may say to both ends of the ring. */
export class RecordRingControl {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #bytes: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
  }

  /** Nothing more comes: the consumer ends when it has taken what there is. */
  end(): void {
    Atomics.compareExchange(this.#words, CLOSED / 4, OPEN, ENDED)
  }

  /** The run never began: what was made for it is to be removed. */
  abandon(): void {
    Atomics.store(this.#words, CLOSED / 4, ABANDONED)
  }

  get ended(): boolean {
    return Atomics.load(this.#words, CLOSED / 4) !== OPEN
  }

  get abandoned(): boolean {
    return Atomics.load(this.#words, CLOSED / 4) === ABANDONED
  }

  /** Says where the datagrams of a line go to: a sockaddr_in or sockaddr_in6. */
  setDestination(line: number, address: Uint8Array): void {
    this.#bytes.set(address, LINES + line * ADDRESS_BYTES)
  }
}

/**
 * The writing end: copies datagrams as the handling thread opens them. A full ring costs nobody time: what does
 * not fit is counted. One thread; no allocation after its construction.
 */
export class RecordProducer implements LossListener {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #view: DataView
  readonly #counters: Float64Array
  readonly #capacity: number
  /** Whether it waits for room: nobody sends a recording faster than it is read. */
  readonly #waits: boolean
  readonly #sender = new DataView(new ArrayBuffer(ADDRESS_BYTES))
  readonly #destinationKnown: boolean[]
  #published: number
  #releasedCopy: number
  /** Units that ever waited at most. */
  #highWater = 0

  /** @param counters as RECORDER lays them out */
  constructor(buffer: SharedArrayBuffer, counters: Float64Array, waits: boolean) {
    this.#words = new Int32Array(buffer)
    this.#view = new DataView(buffer)
    this.#counters = counters
    this.#waits = waits
    this.#destinationKnown = Array.from({ length: MAX_LINES }, () => !waits)
    this.#capacity = this.#view.getUint32(CAPACITY, true)
    this.#published = Atomics.load(this.#words, PUBLISHED / 4)
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
  }

  /** Copies what a source has opened; a train datagram by datagram. */
  copy(source: DatagramSource, line: number): void {
    if (source.foreign) return
    const { segmentBytes, length } = source
    if (source.damaged) {
      this.#counters[RECORDER.damaged] += 1
      return
    }
    if (!this.#destinationKnown[line]) this.#learnDestination(source, line)
    if (!source.copySender(this.#sender)) this.#sender.setUint16(0, 0)
    if (segmentBytes <= 0 || segmentBytes >= length) {
      this.#add(source, line, source.offset, length)
      return
    }
    const end = source.offset + length
    for (let offset = source.offset; offset < end; offset += segmentBytes) {
      this.#add(source, line, offset, offset + segmentBytes < end ? segmentBytes : end - offset)
    }
  }

  /** Hands on what was declared lost. */
  lost({ first, count, ns }: LossLog, line: number, cause: number): void {
    const at = this.#claim(LOSS_UNITS)
    if (at < 0) {
      this.#counters[RECORDER.lossesLeftOut] += 1
      return
    }
    const view = this.#view
    view.setInt32(at, LOSS, true)
    view.setUint16(at + RECORD_LINE, line < 0 ? NO_LINE : line, true)
    view.setUint16(at + LOSS_CAUSE, cause, true)
    view.setFloat64(at + RECORD_RECEIVED, ns, true)
    view.setFloat64(at + LOSS_FIRST, first, true)
    view.setFloat64(at + LOSS_COUNT, count, true)
    this.#publish(LOSS_UNITS)
  }

  #add(source: DatagramSource, line: number, offset: number, length: number): void {
    const units = (RECORD_HEADER_BYTES + length + UNIT_BYTES - 1) >> 4
    const at = this.#claim(units)
    if (at < 0) {
      this.#counters[RECORDER.slow] += 1
      return
    }
    const view = this.#view
    view.setInt32(at, length, true)
    view.setUint16(at + RECORD_LINE, line, true)
    view.setFloat64(at + RECORD_RECEIVED, source.receivedNs, true)
    copyBytes(this.#sender, 0, view, at + RECORD_SENDER, ADDRESS_BYTES)
    copyBytes(source.bytes, offset, view, at + RECORD_HEADER_BYTES, length)
    this.#publish(units)
    this.#counters[RECORDER.taken] += 1
  }

  /** Room for a record in one piece: where it begins; -1: there is none. */
  #claim(units: number): number {
    const mask = this.#capacity - 1
    for (;;) {
      const place = this.#published & mask
      const toEnd = this.#capacity - place
      const needed = units <= toEnd ? units : toEnd + units
      if (this.#hasRoom(needed)) {
        if (units <= toEnd) return RECORDS + place * UNIT_BYTES
        this.#view.setInt32(RECORDS + place * UNIT_BYTES, REST_LEFT_OUT, true)
        this.#publish(toEnd)
        continue
      }
      if (!this.#waits || Atomics.load(this.#words, CLOSED / 4) !== OPEN) return -1
      Atomics.wait(this.#words, RELEASED / 4, this.#releasedCopy, WAIT_MS)
    }
  }

  #hasRoom(units: number): boolean {
    const free = this.#capacity - ((this.#published - this.#releasedCopy) | 0)
    if (free >= units) return true
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
    return this.#capacity - ((this.#published - this.#releasedCopy) | 0) >= units
  }

  #publish(units: number): void {
    this.#published = (this.#published + units) | 0
    Atomics.store(this.#words, PUBLISHED / 4, this.#published)
    const used = (this.#published - this.#releasedCopy) | 0
    if (used > this.#highWater) this.#raiseHighWater()
  }

  /** The copy of the consumer's counter may be stale, so the true use is looked up before it counts. */
  #raiseHighWater(): void {
    this.#releasedCopy = Atomics.load(this.#words, RELEASED / 4)
    const used = (this.#published - this.#releasedCopy) | 0
    if (used <= this.#highWater) return
    this.#highWater = used
    this.#counters[RECORDER.ringHighWaterBytes] = used * UNIT_BYTES
  }

  /** The destination of a recording's datagrams is in the recording. */
  #learnDestination(source: DatagramSource, line: number): void {
    if (source.copyDestination?.(this.#sender) !== true) return
    copyBytes(this.#sender, 0, this.#view, LINES + line * ADDRESS_BYTES, ADDRESS_BYTES)
    this.#destinationKnown[line] = true
  }
}

/** The tap of one line. */
export class LineTap implements DatagramTap {
  readonly #producer: RecordProducer
  readonly #line: number

  constructor(producer: RecordProducer, line: number) {
    this.#producer = producer
    this.#line = line
  }

  copy(source: DatagramSource): void {
    this.#producer.copy(source, this.#line)
  }
}

/**
 * The reading end.
 *
 * ```ts
 * while (consumer.next()) use(consumer.bytes, consumer.offset, consumer.length)
 * consumer.release()
 * ```
 */
export class RecordConsumer {
  /** The whole ring; the payload of the present datagram and the address of its sender lie in it. */
  readonly bytes: DataView
  offset = 0
  length = 0
  senderOffset = 0
  line = 0
  /** When it was received, ns since the session epoch; NaN: not known. */
  receivedNs = Number.NaN
  /** Told of messages that were declared lost before the datagram that comes next. */
  onLoss: ((loss: RecordedLoss) => void) | null = null
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #capacity: number
  #taken: number

  constructor(buffer: SharedArrayBuffer) {
    this.bytes = new DataView(buffer)
    this.#words = new Int32Array(buffer)
    this.#capacity = this.bytes.getUint32(CAPACITY, true)
    this.#taken = Atomics.load(this.#words, RELEASED / 4)
  }

  get capacityBytes(): number {
    return this.#capacity * UNIT_BYTES
  }

  /** Bytes that wait at this moment. */
  get usedBytes(): number {
    const published = Atomics.load(this.#words, PUBLISHED / 4)
    return ((published - Atomics.load(this.#words, RELEASED / 4)) | 0) * UNIT_BYTES
  }

  /** Where the address lies that the datagrams of a line go to. */
  destinationOffset(line: number): number {
    return LINES + line * ADDRESS_BYTES
  }

  /** Moves to the next datagram; false: there is none. */
  next(): boolean {
    const published = Atomics.load(this.#words, PUBLISHED / 4)
    while (((published - this.#taken) | 0) > 0) {
      const place = this.#taken & (this.#capacity - 1)
      const at = RECORDS + place * UNIT_BYTES
      const length = this.bytes.getInt32(at, true)
      if (length === REST_LEFT_OUT) {
        this.#taken = (this.#taken + this.#capacity - place) | 0
        continue
      }
      if (length === LOSS) {
        this.#taken = (this.#taken + LOSS_UNITS) | 0
        this.onLoss?.(this.#lossAt(at))
        continue
      }
      this.line = this.bytes.getUint16(at + RECORD_LINE, true)
      this.receivedNs = this.bytes.getFloat64(at + RECORD_RECEIVED, true)
      this.senderOffset = at + RECORD_SENDER
      this.offset = at + RECORD_HEADER_BYTES
      this.length = length
      this.#taken =
        (this.#taken + alignUp(RECORD_HEADER_BYTES + length, UNIT_BYTES) / UNIT_BYTES) | 0
      return true
    }
    return false
  }

  #lossAt(at: number): RecordedLoss {
    const view = this.bytes
    const line = view.getUint16(at + RECORD_LINE, true)
    return {
      line: line === NO_LINE ? null : line,
      cause: view.getUint16(at + LOSS_CAUSE, true),
      ns: view.getFloat64(at + RECORD_RECEIVED, true),
      first: view.getFloat64(at + LOSS_FIRST, true),
      count: view.getFloat64(at + LOSS_COUNT, true),
    }
  }

  /** Gives back all that was taken. */
  release(): void {
    Atomics.store(this.#words, RELEASED / 4, this.#taken)
    Atomics.notify(this.#words, RELEASED / 4)
  }

  /** Gives back all that there is, unread. */
  discard(): void {
    this.#taken = Atomics.load(this.#words, PUBLISHED / 4)
    this.release()
  }

  /** Sleeps; nobody wakes it. */
  sleep(ms: number): void {
    Atomics.wait(this.#words, CLOSED / 4, OPEN, ms)
  }
}
