import { ceilPowerOfTwo } from '../foundation/units.js'
import type { StateTransfer } from './state-transfer.js'

// A constant of this module: an imported one is none to the compiler.
const NONE = -1

/** Bytes of a symbol on the wire, padded with spaces. */
export const SYMBOL_BYTES = 8
const LOCATES = 65_536
const SPACE = 0x20
const BUCKET_SHIFT = 2
const BUCKET_WORDS = 1 << BUCKET_SHIFT
const INDEX = 2
/** Small integers only. */
const NAMES_MASK = 0x3fff_ffff

/**
 * Symbols, and the locate codes of feeds that have them, as dense indices from 0 on.
 *
 * A symbol is eight bytes on the wire, kept as two words in network order. An instrument may be known by
 * its locate code alone for a while: where a feed is joined late, its name was said before. The same
 * symbol keeps its index through a restart of the publisher; locate codes are learnt anew then.
 *
 * Confined to one thread. Nothing allocates but `reserve` and what makes strings.
 */
export class Instruments {
  /** Indices in use: 0 up to, and without, this. */
  count = 0
  /** Another number whenever a symbol comes to stand for an index, or ceases to. Wraps. */
  names = 0

  readonly #max: number
  #capacity: number
  /** Two words of each symbol; 0, 0 where it is not known. */
  #words: Int32Array
  /** Symbol and index plus 1, side by side in four words; open addressing, at most half full. */
  #buckets: Int32Array
  /** Index plus 1 by locate code. */
  readonly #locates = new Int32Array(LOCATES)
  /** Indices that lost their name and content with a restart, free to be used again. */
  readonly #spare: number[] = []

  constructor(capacity: number, max: number) {
    this.#capacity = capacity
    this.#max = max
    this.#words = new Int32Array(2 * capacity)
    this.#buckets = new Int32Array(BUCKET_WORDS * bucketsFor(capacity))
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.count = state.number(this.count)
    this.#capacity = state.number(this.#capacity)
    this.#words = state.int32(this.#words)
    this.#buckets = state.int32(this.#buckets)
    state.fill(this.#locates)
    state.list(this.#spare)
  }

  get bytes(): number {
    return this.#words.byteLength + this.#buckets.byteLength + this.#locates.byteLength
  }

  /** Whether one more instrument fits without growing. */
  get hasRoom(): boolean {
    return this.count < this.#capacity || this.#spare.length > 0
  }

  /** How many there is room for after `grow`; as many as now at the bound. */
  get grownCapacity(): number {
    return Math.min(this.#max, this.#capacity * 2)
  }

  /** Doubles the room. To be called between messages. */
  grow(): void {
    const capacity = this.grownCapacity
    const words = new Int32Array(2 * capacity)
    words.set(this.#words)
    this.#words = words
    this.#capacity = capacity
    this.#index()
  }

  /** The instrument with this symbol, or NONE. */
  find(high: number, low: number): number {
    return this.#buckets[this.#bucketOf(high, low) + INDEX] - 1
  }

  /** The instrument with this symbol, made if there is none; NONE if there is no room. */
  obtain(high: number, low: number): number {
    const bucket = this.#bucketOf(high, low)
    const there = this.#buckets[bucket + INDEX] - 1
    if (there !== NONE || !this.hasRoom) return there
    const made = this.#make()
    this.#words[2 * made] = high
    this.#words[2 * made + 1] = low
    this.#noteName()
    this.#fill(bucket, made)
    return made
  }

  /** The instrument with this locate code, made without a name if there is none; NONE without room. */
  obtainLocate(locate: number): number {
    const there = this.#locates[locate] - 1
    if (there !== NONE || !this.hasRoom) return there
    const made = this.#make()
    this.#locates[locate] = made + 1
    return made
  }

  /** The instrument with this locate code, or NONE. */
  indexOfLocate(locate: number): number {
    return this.#locates[locate] - 1
  }

  /** The instrument with this locate code if it stands for this symbol too, or NONE. */
  indexOfNamed(locate: number, high: number, low: number): number {
    const words = this.#words
    const index = this.#locates[locate] - 1
    if (index === NONE || words[index << 1] !== high || words[(index << 1) | 1] !== low) return NONE
    return index
  }

  /**
   * Learns that a locate code stands for a symbol. An instrument that is known by its code alone gets
   * the name, and takes it from an earlier run's instrument if need be.
   *
   * @returns its index; NONE without room
   */
  name(locate: number, high: number, low: number): number {
    const known = this.find(high, low)
    let index = this.#locates[locate] - 1
    if (index === NONE) {
      index = known === NONE ? this.obtain(high, low) : known
      this.#locates[locate] = index + 1
      return index
    }
    if (known !== NONE) {
      this.#words[2 * known] = 0
      this.#words[2 * known + 1] = 0
    }
    this.#words[2 * index] = high
    this.#words[2 * index + 1] = low
    this.#noteName()
    this.#index()
    return index
  }

  /** Whether an instrument has a name. */
  hasName(index: number): boolean {
    return this.#words[2 * index] !== 0 || this.#words[2 * index + 1] !== 0
  }

  /** The first word of a symbol. */
  highOf(index: number): number {
    return this.#words[2 * index]
  }

  /** The second word of a symbol. */
  lowOf(index: number): number {
    return this.#words[2 * index + 1]
  }

  /** The symbol without its padding; '' where it is not known yet. */
  symbolOf(index: number): string {
    if (!this.hasName(index)) return ''
    let text = ''
    for (let i = 0; i < SYMBOL_BYTES; i++) {
      const word = this.#words[2 * index + (i >> 2)]
      text += String.fromCharCode((word >>> (24 - 8 * (i & 3))) & 0xff)
    }
    return text.trimEnd()
  }

  /** The instrument with this symbol, or NONE. */
  findSymbol(symbol: string): number {
    if (symbol.length === 0 || symbol.length > SYMBOL_BYTES) return NONE
    return this.find(symbolWord(symbol, 0), symbolWord(symbol, 4))
  }

  /** Forgets the locate codes, since a publisher that begins again deals them anew. */
  restart(): void {
    this.#locates.fill(0)
    this.#spare.length = 0
    for (let i = this.count - 1; i >= 0; i--) if (!this.hasName(i)) this.#spare.push(i)
  }

  #make(): number {
    const spare = this.#spare.pop()
    return spare === undefined ? this.count++ : spare
  }

  #noteName(): void {
    this.names = (this.names + 1) & NAMES_MASK
  }

  /** The first word of a symbol's bucket, or of the empty one where it belongs. */
  #bucketOf(high: number, low: number): number {
    const buckets = this.#buckets
    const mask = buckets.length - 1
    let mixed = Math.imul(high, 0x9e3779b1) ^ low
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    let at = ((mixed ^ (mixed >>> 13)) << BUCKET_SHIFT) & mask
    while (buckets[at + INDEX] !== 0 && (buckets[at] !== high || buckets[at + 1] !== low)) {
      at = (at + BUCKET_WORDS) & mask
    }
    return at
  }

  #fill(bucket: number, index: number): void {
    this.#buckets[bucket] = this.#words[2 * index]
    this.#buckets[bucket + 1] = this.#words[2 * index + 1]
    this.#buckets[bucket + INDEX] = index + 1
  }

  /** Builds the buckets anew. */
  #index(): void {
    const wanted = BUCKET_WORDS * bucketsFor(this.#capacity)
    if (this.#buckets.length === wanted) this.#buckets.fill(0)
    else this.#buckets = new Int32Array(wanted)
    for (let i = 0; i < this.count; i++) {
      if (!this.hasName(i)) continue
      this.#fill(this.#bucketOf(this.#words[2 * i], this.#words[2 * i + 1]), i)
    }
  }
}

function bucketsFor(instruments: number): number {
  return ceilPowerOfTwo(2 * instruments)
}

/** Four characters of a symbol as a word in network order. */
function symbolWord(symbol: string, from: number): number {
  let word = 0
  for (let i = from; i < from + 4; i++) {
    word = (word << 8) | ((i < symbol.length ? symbol.charCodeAt(i) : SPACE) & 0xff)
  }
  return word
}
