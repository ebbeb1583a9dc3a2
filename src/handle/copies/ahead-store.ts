import { copyBytes } from '../../foundation/copy-bytes.js'

const MAX_RUNS = 16384

/**
 * Copies of messages that came ahead of a gap, until the gap is closed: runs of messages, each with
 * the datagram that it is part of. Bounded by bytes and by runs; all memory is made at the start. One
 * thread.
 *
 * The bytes are a ring that is filled in the order of arrival, while runs are taken in the order of
 * their sequences: a place is used again when all before it are free.
 *
 * ```
 *   arrival   | run | run | free | run |  ->          sorted   [ run, run, run, … ]
 *             ^oldest                  ^next place             by first sequence
 * ```
 */
export class AheadStore {
  readonly bytes: DataView
  /** What `take` took: the datagram's place in `bytes`, and which of its messages. */
  offset = 0
  length = 0
  /** Messages before the run in its datagram, and messages of the run. */
  skip = 0
  count = 0
  /** Sequence of its first message. */
  sequence = 0
  /** When the kernel received it, NaN if it did not say. */
  receivedNs = Number.NaN

  readonly #places: Int32Array
  readonly #lengths: Int32Array
  readonly #skips: Int32Array
  readonly #counts: Int32Array
  readonly #sequences: Float64Array
  readonly #received: Float64Array
  /** 1 while a run is held. */
  readonly #held: Uint8Array
  /** Arrival order: entries `#oldest` up to `#newest`, modulo MAX_RUNS. */
  #oldest = 0
  #newest = 0
  #place = 0
  /** Sorted order: entries `#sorted[#low … #high)`. */
  readonly #sorted: Int32Array
  #low = 0
  #high = 0
  #taken = -1

  constructor(capacityBytes: number) {
    this.bytes = new DataView(new ArrayBuffer(capacityBytes))
    this.#places = new Int32Array(MAX_RUNS)
    this.#lengths = new Int32Array(MAX_RUNS)
    this.#skips = new Int32Array(MAX_RUNS)
    this.#counts = new Int32Array(MAX_RUNS)
    this.#sequences = new Float64Array(MAX_RUNS)
    this.#received = new Float64Array(MAX_RUNS)
    this.#held = new Uint8Array(MAX_RUNS)
    this.#sorted = new Int32Array(2 * MAX_RUNS)
  }

  /** Runs that are held. */
  get size(): number {
    return this.#high - this.#low
  }

  /** Messages in them. */
  messages = 0

  /** First sequence of all that is held; there must be something. */
  get first(): number {
    return this.#sequences[this.#sorted[this.#low]]
  }

  /** Whether there is room for a datagram of `length` bytes in so many runs. */
  hasRoom(runs: number, length: number): boolean {
    if (this.#newest - this.#oldest + runs > MAX_RUNS) return false
    const end = this.bytes.byteLength
    if (this.#oldest === this.#newest) return length <= end
    const start = this.#places[this.#oldest % MAX_RUNS]
    if (this.#place <= start) return this.#place + length < start
    return this.#place + length <= end || length < start
  }

  /** Keeps `count` messages of a datagram; there must be room. */
  keep(
    from: DataView,
    offset: number,
    length: number,
    skip: number,
    count: number,
    sequence: number,
    receivedNs: number,
  ): void {
    if (this.#oldest === this.#newest) this.#place = 0
    if (this.#place + length > this.bytes.byteLength) this.#place = 0
    const entry = this.#newest % MAX_RUNS
    this.#newest += 1
    copyBytes(from, offset, this.bytes, this.#place, length)
    this.#places[entry] = this.#place
    this.#lengths[entry] = length
    this.#received[entry] = receivedNs
    this.#hold(entry, skip, count, sequence)
    this.#place += length
  }

  /** Keeps another run of the datagram that was kept last, without another copy. */
  keepMore(skip: number, count: number, sequence: number): void {
    const last = (this.#newest - 1) % MAX_RUNS
    const entry = this.#newest % MAX_RUNS
    this.#newest += 1
    this.#places[entry] = this.#places[last]
    this.#lengths[entry] = this.#lengths[last]
    this.#received[entry] = this.#received[last]
    this.#hold(entry, skip, count, sequence)
  }

  /** Takes the first run out. Its bytes stay as they are until `release`. */
  take(): void {
    const entry = this.#sorted[this.#low]
    this.#low += 1
    this.#taken = entry
    this.offset = this.#places[entry]
    this.length = this.#lengths[entry]
    this.skip = this.#skips[entry]
    this.count = this.#counts[entry]
    this.sequence = this.#sequences[entry]
    this.receivedNs = this.#received[entry]
    this.messages -= this.count
  }

  /** The run that was taken is done with; nothing if none was. */
  release(): void {
    if (this.#taken < 0) return
    this.#held[this.#taken] = 0
    this.#taken = -1
    while (this.#oldest < this.#newest && this.#held[this.#oldest % MAX_RUNS] === 0) this.#oldest++
  }

  #hold(entry: number, skip: number, count: number, sequence: number): void {
    this.#skips[entry] = skip
    this.#counts[entry] = count
    this.#sequences[entry] = sequence
    this.#held[entry] = 1
    this.messages += count
    this.#insert(entry)
  }

  #insert(entry: number): void {
    const sorted = this.#sorted
    if (this.#high === sorted.length) {
      sorted.copyWithin(0, this.#low, this.#high)
      this.#high -= this.#low
      this.#low = 0
    }
    const at = this.#placeOf(this.#sequences[entry])
    if (this.#low > 0 && at - this.#low < this.#high - at) {
      sorted.copyWithin(this.#low - 1, this.#low, at)
      sorted[at - 1] = entry
      this.#low -= 1
    } else {
      sorted.copyWithin(at + 1, at, this.#high)
      sorted[at] = entry
      this.#high += 1
    }
  }

  /** Behind all runs with lower sequences. */
  #placeOf(sequence: number): number {
    let low = this.#low
    let high = this.#high
    if (low === high || this.#sequences[this.#sorted[high - 1]] < sequence) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sequences[this.#sorted[middle]] < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}
