import { copyBytes } from '../../foundation/copy-bytes.js'
import { ceilPowerOfTwo } from '../../foundation/units.js'
import { MAX_OPEN_GAPS } from '../../sequence/gap-table.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS, SIDE } from '../../wire/market-data-view.js'

/** Bytes of an entry: a native message, or what an event has to say. */
const ENTRY_BYTES = 32
/** Entries that messages leave free for events: all open gaps may be declared lost at once. */
const EVENT_ENTRIES = MAX_OPEN_GAPS + 64
const NONE = -1

/** What an entry is; `fixed`: a quote of the present round that a newer one has followed. */
export const ENTRY = { message: 0, late: 1, event: 2, fixed: 3 } as const

/**
 * Native messages that wait for a handler that is behind, in the order in which they came: every trade,
 * and of each instrument's bid and ask only the newest. A newer quote takes the older one's entry and
 * moves it to the end. Bounded; all memory is made at the start. One thread.
 *
 * They are taken out in rounds: what waits when a round begins is fixed, and what comes meanwhile is for
 * the next one. Else an instrument whose quotes follow one another fast would move to the end for ever.
 *
 * ```
 *   oldest <-> trade <-> bid of 7 | trade <-> bid of 7 <-> ask of 3 <-> newest    a list through entries
 *              the present round  | the next one   ^           ^
 *   buckets  [ . . . . . . . . . . . . . . .  (7, bid)  . . (3, ask)  . . ]       open addressing
 * ```
 *
 * What is no message (an event) has a place among them too. That a message was skipped is noted with
 * the entry behind it: what is noted with an entry came after the entry before it and before itself, so
 * that nothing that is delivered lies in between, but for what came late.
 */
export class ConflationTable {
  readonly bytes: DataView
  /** Of the message to be put, or that was taken out. Fields: arguments would be boxed. */
  sequence = 0
  late = false
  receivedNs = Number.NaN
  /** Of what was taken out: where it lies in `bytes`, and what was skipped just before it. */
  offset = 0
  skipCount = 0
  skipFirst = 0
  skipLast = 0
  /** Messages that wait. */
  size = 0

  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #kinds: Uint8Array
  /** How many had been linked when an entry was. */
  readonly #orders: Float64Array
  readonly #sequences: Float64Array
  readonly #received: Float64Array
  readonly #skipCounts: Float64Array
  readonly #skipFirsts: Float64Array
  readonly #skipLasts: Float64Array
  #oldest = NONE
  #newest = NONE
  #free = 0
  #freeCount: number
  #taken = NONE
  #linked = 0
  /** The highest order in the present round. */
  #roundEnd = 0
  /** Entry plus 1 of each quote by instrument and side; 0: empty. At least half are. */
  readonly #buckets: Int32Array
  readonly #mask: number

  /** @param capacity messages that can wait */
  constructor(capacity: number) {
    const entries = capacity + EVENT_ENTRIES
    this.bytes = new DataView(new ArrayBuffer(entries * ENTRY_BYTES))
    this.#next = Int32Array.from({ length: entries }, (_, i) => (i + 1 < entries ? i + 1 : NONE))
    this.#previous = new Int32Array(entries)
    this.#kinds = new Uint8Array(entries)
    this.#orders = new Float64Array(entries)
    this.#sequences = new Float64Array(entries)
    this.#received = new Float64Array(entries)
    this.#skipCounts = new Float64Array(entries)
    this.#skipFirsts = new Float64Array(entries)
    this.#skipLasts = new Float64Array(entries)
    this.#freeCount = entries
    this.#buckets = new Int32Array(ceilPowerOfTwo(2 * entries))
    this.#mask = this.#buckets.length - 1
  }

  get isEmpty(): boolean {
    return this.#oldest === NONE
  }

  /** Whether there is room for another message. */
  get hasRoom(): boolean {
    return this.#freeCount > EVENT_ENTRIES
  }

  /** Messages that could be put in; none of them need replace another. */
  get room(): number {
    return Math.max(0, this.#freeCount - EVENT_ENTRIES)
  }

  /**
   * Puts a message in, described by the fields too; there must be room.
   *
   * @returns whether it replaced an older one, which is skipped
   */
  put(from: DataView, offset: number): boolean {
    const side = from.getUint8(offset + MARKET_DATA_OFFSETS.side)
    // What came late may be older than what waits, or newer: it is nobody's newest state.
    if (this.late || (side !== SIDE.bid && side !== SIDE.ask)) {
      this.#append(from, offset)
      return false
    }
    const instrument = from.getInt32(offset + MARKET_DATA_OFFSETS.instrument, true)
    const bucket = this.#find(instrument, side)
    const entry = this.#buckets[bucket] - 1
    if (entry === NONE || this.#orders[entry] <= this.#roundEnd) {
      if (entry !== NONE) this.#kinds[entry] = ENTRY.fixed
      this.#buckets[bucket] = this.#append(from, offset) + 1
      return false
    }
    this.#replace(entry, from, offset)
    return true
  }

  /** Puts an event in, and gives the offset of its bytes in `bytes`; -1 if there is no room. */
  putEvent(): number {
    if (this.#freeCount === 0) return NONE
    const entry = this.#allocate(ENTRY.event)
    this.#link(entry)
    return entry * ENTRY_BYTES
  }

  /** Takes the oldest out, into the fields; its bytes stay until `release`. @returns one of ENTRY */
  take(): number {
    const entry = this.#oldest
    const kind = this.#kinds[entry]
    if (this.#orders[entry] > this.#roundEnd) this.#roundEnd = this.#linked
    this.#unlink(entry)
    this.#taken = entry
    this.offset = entry * ENTRY_BYTES
    this.sequence = this.#sequences[entry]
    this.late = kind === ENTRY.late
    this.receivedNs = this.#received[entry]
    this.skipCount = this.#skipCounts[entry]
    this.skipFirst = this.#skipFirsts[entry]
    this.skipLast = this.#skipLasts[entry]
    if (kind !== ENTRY.event) this.size -= 1
    if (kind === ENTRY.message) this.#forget(entry)
    return kind
  }

  /** What was taken out is done with. */
  release(): void {
    this.#next[this.#taken] = this.#free
    this.#free = this.#taken
    this.#freeCount += 1
    this.#taken = NONE
  }

  #append(from: DataView, offset: number): number {
    const entry = this.#allocate(this.late ? ENTRY.late : ENTRY.message)
    this.#write(entry, from, offset)
    this.#link(entry)
    this.size += 1
    return entry
  }

  #replace(entry: number, from: DataView, offset: number): void {
    const behind = this.#next[entry]
    if (behind === NONE) {
      this.#passInto(entry, entry)
    } else {
      this.#passInto(behind, entry)
      this.#clearSkips(entry)
      this.#unlink(entry)
      this.#link(entry)
    }
    this.#write(entry, from, offset)
  }

  /** Notes with `to` that the message of an entry is skipped, and what was before it. */
  #passInto(to: number, entry: number): void {
    const firsts = this.#skipFirsts
    const lasts = this.#skipLasts
    const sequence = this.#sequences[entry]
    firsts[to] = Math.min(firsts[to], firsts[entry], sequence)
    lasts[to] = Math.max(lasts[to], lasts[entry], sequence)
    this.#skipCounts[to] += to === entry ? 1 : this.#skipCounts[entry] + 1
  }

  #write(entry: number, from: DataView, offset: number): void {
    copyBytes(from, offset, this.bytes, entry * ENTRY_BYTES, MARKET_DATA_BYTES)
    this.#sequences[entry] = this.sequence
    this.#received[entry] = this.receivedNs
  }

  #allocate(kind: number): number {
    const entry = this.#free
    this.#free = this.#next[entry]
    this.#freeCount -= 1
    this.#kinds[entry] = kind
    this.#clearSkips(entry)
    return entry
  }

  #clearSkips(entry: number): void {
    this.#skipCounts[entry] = 0
    this.#skipFirsts[entry] = Number.POSITIVE_INFINITY
    this.#skipLasts[entry] = Number.NEGATIVE_INFINITY
  }

  #link(entry: number): void {
    this.#linked += 1
    this.#orders[entry] = this.#linked
    this.#next[entry] = NONE
    this.#previous[entry] = this.#newest
    if (this.#newest === NONE) this.#oldest = entry
    else this.#next[this.#newest] = entry
    this.#newest = entry
  }

  #unlink(entry: number): void {
    const before = this.#previous[entry]
    const behind = this.#next[entry]
    if (before === NONE) this.#oldest = behind
    else this.#next[before] = behind
    if (behind === NONE) this.#newest = before
    else this.#previous[behind] = before
  }

  /** The bucket of a quote, or the empty one where it belongs. */
  #find(instrument: number, side: number): number {
    let bucket = this.#hash(instrument, side)
    for (;;) {
      const entry = this.#buckets[bucket] - 1
      if (entry === NONE) return bucket
      if (this.#instrument(entry) === instrument && this.#side(entry) === side) return bucket
      bucket = (bucket + 1) & this.#mask
    }
  }

  /** Takes an entry out of its bucket, if it has one, and closes the hole: Knuth, vol. 3, 6.4 R. */
  #forget(entry: number): void {
    const side = this.#side(entry)
    if (side !== SIDE.bid && side !== SIDE.ask) return
    const buckets = this.#buckets
    const mask = this.#mask
    let hole = this.#find(this.#instrument(entry), side)
    for (let at = (hole + 1) & mask; buckets[at] !== 0; at = (at + 1) & mask) {
      const moved = buckets[at] - 1
      const home = this.#hash(this.#instrument(moved), this.#side(moved))
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      buckets[hole] = buckets[at]
      hole = at
    }
    buckets[hole] = 0
  }

  /** The finalizer of MurmurHash3: every bit of the key counts, also for multiples of a power of two. */
  #hash(instrument: number, side: number): number {
    let mixed = (instrument << 1) ^ side
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) & this.#mask
  }

  #instrument(entry: number): number {
    return this.bytes.getInt32(entry * ENTRY_BYTES + MARKET_DATA_OFFSETS.instrument, true)
  }

  #side(entry: number): number {
    return this.bytes.getUint8(entry * ENTRY_BYTES + MARKET_DATA_OFFSETS.side)
  }
}
