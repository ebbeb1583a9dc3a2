import { assert } from '../foundation/assert.js'
import { TickwireError } from '../foundation/errors.js'
import { MEMORY_CODE } from './memory-code.js'
import {
  END_AT,
  ENTRIES_AT,
  ENTRY_LEVEL,
  ENTRY_SHIFT,
  FREE_LEVELS,
  GROWTHS,
  HEADER_BYTES,
  INSTRUMENT_LAST,
  INSTRUMENT_SHIFT,
  LEVEL_CAPACITY,
  LEVEL_COUNT,
  LEVEL_HEAD,
  LEVEL_KEY,
  LEVEL_QUANTITY,
  LEVEL_SHIFT,
  LEVEL_SIDE,
  LEVELS_AT,
  MARK,
  MARK_AT,
  MAX_ENTRIES,
  MAX_LEVELS,
  MAX_ORDERS,
  ORDER_COUNT,
  ORDER_ID,
  ORDER_LEVEL,
  ORDER_NEXT,
  ORDER_PREVIOUS,
  ORDER_QUANTITY,
  ORDER_SHIFT,
  ORDERS_AT,
  SIDE_BEST,
  SIDE_LENGTH,
  SIDE_SHIFT,
  SIDE_START,
} from './memory-layout.js'
import type { StateTransfer } from './state-transfer.js'

/** The sides of a book, as indices. */
export const BOOK_SIDE = { bid: 0, ask: 1 } as const

const PAGE_BYTES = 65_536
/** Sizes are signed words. As many records of any kind are more than the memory can have. */
const LARGEST_SIZE = 0x7fff_ffff
const BOUNDS = [MAX_LEVELS, MAX_ENTRIES, MAX_ORDERS]

/** Of WebAssembly, what is needed here: the types of Node.js do not have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/**
 * What `assembly/book-memory.ts` exports. Halves of ids are signed words. Those that change a book return the bits
 * of `memory-layout.ts`.
 */
interface MemoryCode {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  create(
    instruments: number,
    levels: number,
    maxLevels: number,
    orders: number,
    maxOrders: number,
  ): number
  growInstruments(capacity: number): number
  hasRoom(): number
  reserve(levels: number): number
  begin(instrument: number, sequence: number): number
  end(instrument: number, result: number): number
  addOrder(
    instrument: number,
    sequence: number,
    side: number,
    idHigh: number,
    idLow: number,
    quantity: number,
    price: number,
  ): number
  reduceOrder(
    instrument: number,
    sequence: number,
    idHigh: number,
    idLow: number,
    quantity: number,
  ): number
  deleteOrder(instrument: number, sequence: number, idHigh: number, idLow: number): number
  replaceOrder(
    instrument: number,
    sequence: number,
    oldHigh: number,
    oldLow: number,
    newHigh: number,
    newLow: number,
    quantity: number,
    price: number,
  ): number
  modifyOrder(
    instrument: number,
    sequence: number,
    idHigh: number,
    idLow: number,
    quantity: number,
    price: number,
    keepsPriority: boolean,
  ): number
  setOneLevel(
    instrument: number,
    sequence: number,
    side: number,
    quantity: number,
    price: number,
  ): number
  setLevel(side: number, quantity: number, price: number): number
  setBest(side: number, quantity: number, price: number): number
  clearSide(side: number): number
  findOrder(instrument: number, idHigh: number, idLow: number): number
}

let compiled: object | undefined

/** Sizes of the memory: what there is room for at first, and the bounds. */
export interface MemorySizes {
  readonly instruments: number
  /** 1 where the feed has no orders. */
  readonly orders: number
  readonly maxOrders: number
  readonly levels: number
  readonly maxLevels: number
}

/**
 * The price levels and live orders of all books of a feed, in a linear memory that WebAssembly changes and
 * JavaScript reads: for order books, price-level books and tops of book alike. What is hot calls `code` itself.
 *
 * `side` below is `instrument * 2 + side`. Levels and orders are handles, valid until the next message. Prices are
 * whole numbers in the feed's unit.
 *
 * Confined to one thread. Nothing allocates but `reserve` and `reserveInstruments`.
 *
 * @see assembly/book-memory.ts for what lies where, and why
 */
export class BookMemory {
  readonly code: MemoryCode
  /** The memory as doubles and as words; other arrays after a growth. */
  numbers: Float64Array
  words: Int32Array

  constructor(sizes: MemorySizes) {
    this.code = instantiate()
    const created = this.code.create(
      Math.min(sizes.instruments, LARGEST_SIZE),
      Math.min(sizes.levels, LARGEST_SIZE),
      Math.min(sizes.maxLevels, LARGEST_SIZE),
      Math.min(sizes.orders, LARGEST_SIZE),
      Math.min(sizes.maxOrders, LARGEST_SIZE),
    )
    if (created === 0) throw tooLarge()
    const { buffer } = this.code.memory
    this.numbers = new Float64Array(buffer)
    this.words = new Int32Array(buffer)
  }

  /** Carries all of it out or in, but for the bounds. */
  transfer(state: StateTransfer): void {
    const { buffer } = this.words
    const own = new Uint8Array(buffer, 0, this.#word(END_AT))
    const carried = state.uint8(own)
    if (carried === own) return
    assert(carried.length >= HEADER_BYTES, 'the state has a memory of books')
    const words = new Uint32Array(carried.buffer, carried.byteOffset, HEADER_BYTES >> 2)
    assert(words[MARK_AT >> 2] === MARK, 'the state has a memory of books')
    assert(words[END_AT >> 2] === carried.length, 'the memory of books is whole')
    for (const bound of BOUNDS) words[bound >> 2] = this.#word(bound)
    const pages = Math.ceil((carried.length - buffer.byteLength) / PAGE_BYTES)
    if (pages > 0) this.code.memory.grow(pages)
    this.#lookAgain()
    new Uint8Array(this.words.buffer).set(carried)
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.words.byteLength
  }

  /** Times that memory grew. */
  get growths(): number {
    return this.words[GROWTHS >> 2]
  }

  /** Levels that exist. */
  get levelCount(): number {
    return this.words[LEVEL_CAPACITY >> 2] - this.words[FREE_LEVELS >> 2]
  }

  /** Orders that are live. */
  get orderCount(): number {
    return this.words[ORDER_COUNT >> 2]
  }

  /**
   * Makes sure that `levels` levels and an order can be added without growing. To be called between messages.
   *
   * @returns false if the bounds do not allow it
   */
  reserve(levels: number): boolean {
    const reserved = this.code.reserve(levels) !== 0
    this.#lookAgain()
    return reserved
  }

  /** Makes room for as many instruments. @returns false if there is no memory */
  reserveInstruments(capacity: number): boolean {
    const reserved = this.code.growInstruments(capacity) !== 0
    this.#lookAgain()
    return reserved
  }

  /** The double that has the last message that touched a book; `BEGUN_FROM` is behind it. */
  lastAt(instrument: number): number {
    return ((HEADER_BYTES + INSTRUMENT_LAST) >> 3) + (instrument << (INSTRUMENT_SHIFT - 3))
  }

  /** How many levels a side has. */
  depth(side: number): number {
    return this.words[sideAt(side, SIDE_LENGTH)]
  }

  /** A side's level by rank, 0 being the best; it must be below `depth`. */
  nth(side: number, rank: number): number {
    const { words } = this
    const entry = words[sideAt(side, SIDE_START)] + words[sideAt(side, SIDE_LENGTH)] - 1 - rank
    return words[this.#at(ENTRIES_AT, entry, ENTRY_SHIFT) + (ENTRY_LEVEL >> 2)]
  }

  /** The best level of a side, or NONE. */
  best(side: number): number {
    return this.words[sideAt(side, SIDE_BEST)] - 1
  }

  /** The price of a level. */
  priceOf(level: number): number {
    const at = this.#at(LEVELS_AT, level, LEVEL_SHIFT)
    const side = this.words[at + (LEVEL_SIDE >> 2)] & 1
    // 0 and not -0 for an ask at 0.
    return this.numbers[(at + (LEVEL_KEY >> 2)) >> 1] * (1 - 2 * side) + 0
  }

  /** The quantity at a level. */
  quantityOf(level: number): number {
    return this.numbers[(this.#at(LEVELS_AT, level, LEVEL_SHIFT) + (LEVEL_QUANTITY >> 2)) >> 1]
  }

  /** The orders at a level; 0 where the feed has no orders. */
  countOf(level: number): number {
    return this.words[this.#at(LEVELS_AT, level, LEVEL_SHIFT) + (LEVEL_COUNT >> 2)]
  }

  /** The side that a level is on. */
  sideOf(level: number): number {
    return this.words[this.#at(LEVELS_AT, level, LEVEL_SHIFT) + (LEVEL_SIDE >> 2)]
  }

  /** The first order of a level's queue, or NONE. */
  headOf(level: number): number {
    return this.words[this.#at(LEVELS_AT, level, LEVEL_SHIFT) + (LEVEL_HEAD >> 2)]
  }

  /** The order with this id in the book of an instrument, or NONE. */
  findOrder(instrument: number, idHigh: number, idLow: number): number {
    return this.code.findOrder(instrument, idHigh, idLow)
  }

  /** What is left of an order. */
  orderQuantity(order: number): number {
    return this.#orderWord(order, ORDER_QUANTITY) >>> 0
  }

  /** The level that an order is at. */
  orderLevel(order: number): number {
    return this.#orderWord(order, ORDER_LEVEL)
  }

  /** The order behind this one in its level's queue, or NONE. */
  nextOrder(order: number): number {
    return this.#orderWord(order, ORDER_NEXT)
  }

  /** The order before this one in its level's queue, or NONE. */
  previousOrder(order: number): number {
    return this.#orderWord(order, ORDER_PREVIOUS)
  }

  /** The low half of an order's id, as a signed word. */
  orderIdLow(order: number): number {
    return this.#orderWord(order, ORDER_ID)
  }

  /** The high half of an order's id, as a signed word. */
  orderIdHigh(order: number): number {
    return this.#orderWord(order, ORDER_ID + 4)
  }

  #orderWord(order: number, field: number): number {
    return this.words[this.#at(ORDERS_AT, order, ORDER_SHIFT) + (field >> 2)]
  }

  /** The word that a record begins at. */
  #at(region: number, index: number, shift: number): number {
    return (this.#word(region) >>> 2) + (index << (shift - 2))
  }

  /** A word of the header that is an address. */
  #word(at: number): number {
    return this.words[at >> 2] >>> 0
  }

  /** A memory that has grown has another buffer, and the old one has no length any more. */
  #lookAgain(): void {
    if (this.words.length !== 0) return
    const { buffer } = this.code.memory
    this.numbers = new Float64Array(buffer)
    this.words = new Int32Array(buffer)
  }
}

/** The word of a side's record at an offset. The two sides of an instrument begin its record. */
function sideAt(side: number, field: number): number {
  const record = (side >> 1) << (INSTRUMENT_SHIFT - 2)
  return record + ((side & 1) << (SIDE_SHIFT - 2)) + ((HEADER_BYTES + field) >> 2)
}

function instantiate(): MemoryCode {
  if (typeof WebAssembly === 'undefined') {
    throw new TickwireError(
      'TW_NOT_SUPPORTED',
      'books need WebAssembly, and this Node.js runs without it',
      'Start Node.js without --jitless.',
    )
  }
  try {
    compiled ??= new WebAssembly.Module(Buffer.from(MEMORY_CODE, 'base64'))
    return new WebAssembly.Instance(compiled).exports as MemoryCode
  } catch (error) {
    throw new TickwireError(
      'TW_SYSTEM',
      'there is no address space for the memory of books',
      'V8 sets 10 GB of addresses aside for each: raise `ulimit -v`, or start Node.js with ' +
        '--disable-wasm-trap-handler.',
      { cause: error },
    )
  }
}

function tooLarge(): TickwireError {
  return new TickwireError(
    'TW_SYSTEM',
    'there is no memory for as many instruments, levels and orders',
    'Begin with fewer; all books of a feed have room in 4 GiB.',
  )
}
