import { MOLD_BLOCK_HEADER_BYTES, MOLD_SESSION_BYTES } from '../wire/moldudp64.js'
import {
  BASE,
  END,
  ENTRY_BYTES,
  GENERATION,
  HEADER,
  INDEX,
  SESSION,
  STORED_HEADER_BYTES,
  storeLayoutOf,
  TAIL,
} from './store-layout.js'

/** What lies before each message that is copied out: its length in a framing's byte order, or nothing. */
export type BlockHeader = 'mold' | 'iex' | 'none'

/** A writer that begins a stream is done in a moment; whoever meets it in that moment looks again. */
const REFRESH_TRIES = 100

/**
 * A reading end of a store. Any thread, and any number of them, each with a reader of its own. No
 * method waits, and none disturbs the writer beyond a cache line.
 *
 * `first` and `end` are of the moment of the call and move on; what `tryCopy` copied is right whatever
 * the writer does meanwhile.
 */
export class RetransmitStoreReader {
  /** What a request has to carry, as of the last `refresh`. */
  readonly session = new Uint8Array(MOLD_SESSION_BYTES)
  /** The header that replies are made from, as of the last `refresh`. */
  readonly header = new Uint8Array(STORED_HEADER_BYTES)
  /** Messages that `tryCopy` copied. */
  count = 0
  /** Bytes that `tryCopy` wrote, block headers included. */
  bytes = 0
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #octets: Uint8Array
  readonly #doubles: Float64Array
  readonly #entryMask: number
  readonly #dataOffset: number
  readonly #dataBytes: number
  #generation = 0
  #base = 0

  constructor(buffer: SharedArrayBuffer) {
    const layout = storeLayoutOf(buffer)
    this.#words = new Int32Array(buffer, 0, (INDEX + layout.entryCount * ENTRY_BYTES) / 4)
    this.#octets = new Uint8Array(buffer)
    this.#doubles = new Float64Array(buffer, 0, INDEX / 8)
    this.#entryMask = layout.entryCount - 1
    this.#dataOffset = layout.dataOffset
    this.#dataBytes = layout.dataBytes
  }

  /**
   * Learns which stream the store holds now. False if there is none yet, or if one is just beginning.
   * To be called before the others; what they say is of the stream that was seen here.
   */
  refresh(): boolean {
    for (let i = 0; i < REFRESH_TRIES; i++) {
      const generation = Atomics.load(this.#words, GENERATION / 4)
      if (generation === 0) return false
      if (generation % 2 !== 0) continue
      if (generation === this.#generation) return true
      const base = this.#doubles[BASE / 8]
      this.session.set(this.#octets.subarray(SESSION, SESSION + MOLD_SESSION_BYTES))
      this.header.set(this.#octets.subarray(HEADER, HEADER + STORED_HEADER_BYTES))
      this.#generation = generation
      this.#base = base
      if (this.#isCurrent()) return true
    }
    this.#generation = 0
    return false
  }

  /** Sequence of the oldest message that is kept; `end` if there is none. */
  get first(): number {
    return this.#base + Atomics.load(this.#words, TAIL / 4)
  }

  /** The sequence after that of the newest message. */
  get end(): number {
    return this.#base + Atomics.load(this.#words, END / 4)
  }

  /**
   * Copies messages that follow each other, from `sequence` on, each behind its block header: at most
   * `maxCount` of them, and no more than `maxBytes` take in. `count` and `bytes` say what was copied.
   *
   * @returns 'gone' if the first of them is not there (not yet, not any more, never); 'too-long' if it
   * is, and `maxBytes` do not hold it. Nothing is copied then, though `target` may have been written to.
   */
  tryCopy(
    sequence: number,
    maxCount: number,
    maxBytes: number,
    target: DataView,
    offset: number,
    blockHeader: BlockHeader,
  ): 'copied' | 'gone' | 'too-long' {
    this.count = 0
    this.bytes = 0
    const words = this.#words
    const first = sequence - this.#base
    const end = Math.min(Atomics.load(words, END / 4), first + maxCount)
    if (first < Atomics.load(words, TAIL / 4) || first >= end) return 'gone'
    const headerBytes = blockHeader === 'none' ? 0 : MOLD_BLOCK_HEADER_BYTES
    const out = new Uint8Array(target.buffer, target.byteOffset + offset, maxBytes)
    let count = 0
    let bytes = 0
    let tooLong = false
    for (let number = first; number < end; number++) {
      const entry = (INDEX + (number & this.#entryMask) * ENTRY_BYTES) >> 2
      const at = words[entry]
      const length = words[entry + 1]
      // Not there; or torn, and then what follows will find that out as well.
      if (length < 0 || at < 0 || at + length > this.#dataBytes) break
      tooLong = bytes + headerBytes + length > maxBytes
      if (tooLong) break
      if (headerBytes > 0) target.setUint16(offset + bytes, length, blockHeader === 'iex')
      bytes += headerBytes
      const start = this.#dataOffset + at
      out.set(this.#octets.subarray(start, start + length), bytes)
      bytes += length
      count++
    }
    // Read-modify-writes, and after the copying: see the layout.
    if (Atomics.add(words, TAIL / 4, 0) > first || !this.#isCurrent()) return 'gone'
    if (count === 0) return tooLong ? 'too-long' : 'gone'
    this.count = count
    this.bytes = bytes
    return 'copied'
  }

  /** Whether the stream is still that of the last `refresh`, whose reads end before this. */
  #isCurrent(): boolean {
    return Atomics.add(this.#words, GENERATION / 4, 0) === this.#generation
  }
}
