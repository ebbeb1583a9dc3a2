import type { CounterSection } from './counters-layout.js'

/**
 * The top of one instrument's book, published by the thread that builds it for whoever wants to look on:
 * another thread, another process, a browser behind a server.
 *
 * ```
 *    0  changes    i32   odd while the rest is written; even: whole       the books' thread (readers: + 0)
 *    8  state      f64   0 empty, 1 valid, 2 suspect
 *   16  cause      f64   0; of a suspect book 1 gap, 2 late-start, 3 unknown-order, 4 over-executed, 5 crossed
 *   24  since      f64   of a suspect book: the first message that is missing or contradicts it, else NaN
 *   32  messages   f64   of a suspect book: how many are missing or contradict it
 *   40  bid price, bid quantity, ask price, ask quantity                  f64 each; NaN and 0: there is none
 *   72  last price, last quantity, trades, volume                         f64 each; NaN and 0: no trade
 *  104  sequence   f64   the last message that the books knew of when this was written
 *  112  received   f64   when that was received, ns since the session epoch; NaN: not known
 *  120  status     f64   trading status, a character code; 0: not known
 * ```
 *
 * ## Why a reader without a lock never takes half of one book for another
 *
 * The block is a sequence lock. A reader copies what may be overwritten under its hands, asks afterwards
 * whether it was, and begins again if so:
 *
 * ```
 *   writer                                    reader
 *   W1  add(changes, 1): odd                  R1  load(changes): good if even
 *   W2  write all doubles                     R2  copy all doubles
 *   W3  add(changes, 1): even                 R3  add(changes, 0): good if the same as R1
 * ```
 *
 * - What R2 copies was written before the W3 that R1 saw, or later: R1 reads what W3 wrote, so W3
 *   synchronizes with R1 (ECMA-262, memory model: a sequentially consistent read and the write that it reads
 *   from), and W2 before it happens before R2. So R2 sees nothing older than that W2.
 * - That it sees nothing newer is what R3 is for. A *load* there would not do: it keeps later reads from
 *   moving up, not earlier ones from moving down. R3 is a read-modify-write. If it finds the number of R1,
 *   then the next W1 comes later in the order of all changes of that word, and reads what R3 wrote, or what
 *   another reader's R3 wrote that read it in turn. Each synchronizes with the next; so R2 happens before R3,
 *   before that W1, before its W2, and a read does not see a write that it happens before.
 * - W1 is a read-modify-write for the same reason: a plain store reads nothing, and the chain would break.
 *
 * The number is odd or new whenever the two argue about less than a whole book, unless it wraps to the same
 * value between R1 and R3: 2^31 books within microseconds.
 *
 * Where the block lies in a mapped file, the engine does not know that the memory is shared; it compiles
 * `Atomics` on it to the same locked instructions, and moves no access across these. Another process reads the
 * file with read(2) and cannot add. It reads the number, then the block, then the number again, each with a
 * call of its own: the kernel takes a reference to the page for each call by a fully ordered operation, so no
 * read of one call moves into another (`Documentation/memory-barriers.txt`, atomic operations).
 */
export const TOP = {
  state: 1,
  cause: 2,
  since: 3,
  messages: 4,
  bidPrice: 5,
  bidQuantity: 6,
  askPrice: 7,
  askQuantity: 8,
  lastPrice: 9,
  lastQuantity: 10,
  trades: 11,
  volume: 12,
  sequence: 13,
  receivedNs: 14,
  status: 15,
} as const

/** Doubles of a block, the word of the changes being the first. */
export const TOP_DOUBLES = 16
export const TOP_BYTES = TOP_DOUBLES * 8
const LABEL = 'top '
/** Tries before a reader gives up: the writer would have to be interrupted each time. */
const TRIES = 1000

const STATES = ['empty', 'valid', 'suspect'] as const
const CAUSES = [null, 'gap', 'late-start', 'unknown-order', 'over-executed', 'crossed'] as const

/** The section of one instrument. */
export function topSection(symbol: string): CounterSection {
  return { kind: 'top', label: LABEL + symbol, bytes: TOP_BYTES, fields: TOP }
}

/** The instrument whose top a section is of. */
export function symbolOfTop(label: string): string {
  return label.slice(LABEL.length)
}

/** The top of an instrument's book, as it was at some moment not long ago. */
export interface BookTop {
  readonly instrument: string
  readonly state: 'empty' | 'valid' | 'suspect'
  readonly suspect: {
    readonly sinceSequence: number
    readonly cause: 'gap' | 'late-start' | 'unknown-order' | 'over-executed' | 'crossed'
    readonly messages: number
  } | null
  /** Null where there is none. */
  readonly bidPrice: number | null
  readonly bidQuantity: number
  readonly askPrice: number | null
  readonly askQuantity: number
  readonly lastPrice: number | null
  readonly lastQuantity: number
  readonly trades: number
  readonly volume: number
  /** The last message that the books knew of when this was written. */
  readonly sequence: number
  /** When that was received, in ns since the session epoch; null: not known. */
  readonly receivedNs: number | null
  /** One character of the protocol; null: not known. */
  readonly status: string | null
}

/**
 * Writes the block of one instrument. One thread; hot, allocates nothing.
 *
 * ```ts
 * top.begin()
 * top.values[TOP.bidPrice] = …
 * top.end()
 * ```
 */
export class TopWriter {
  /** What is written between `begin` and `end`, by the indices of TOP. */
  readonly values: Float64Array
  readonly #changes: Int32Array

  constructor(buffer: ArrayBufferLike, offset: number) {
    this.values = new Float64Array(buffer, offset, TOP_DOUBLES)
    this.#changes = new Int32Array(buffer, offset, 1)
  }

  begin(): void {
    Atomics.add(this.#changes, 0, 1)
  }

  end(): void {
    Atomics.add(this.#changes, 0, 1)
  }
}

/** Reads the block of one instrument, in any thread that has its memory. */
export class TopReader {
  readonly #symbol: string
  readonly #values: Float64Array
  readonly #changes: Int32Array
  readonly #copy = new Float64Array(TOP_DOUBLES)

  constructor(symbol: string, buffer: ArrayBufferLike, offset: number) {
    this.#symbol = symbol
    this.#values = new Float64Array(buffer, offset, TOP_DOUBLES)
    this.#changes = new Int32Array(buffer, offset, 1)
  }

  /** @returns the top as it was at one moment; undefined if its writer died, or stands still, in the midst */
  read(): BookTop | undefined {
    return this.tryCopy() ? bookTop(this.#symbol, this.#copy) : undefined
  }

  /** Takes a whole copy into `copied`. @returns whether it could. Allocates nothing. */
  tryCopy(): boolean {
    for (let i = 0; i < TRIES; i++) {
      const before = Atomics.load(this.#changes, 0)
      if ((before & 1) !== 0) continue
      for (let at = 0; at < TOP_DOUBLES; at++) this.#copy[at] = this.#values[at]
      if (Atomics.add(this.#changes, 0, 0) === before) return true
    }
    return false
  }

  /** What `tryCopy` has copied, by the indices of TOP. */
  get copied(): Float64Array {
    return this.#copy
  }
}

/**
 * Reads a block through calls that each copy some bytes, as of a file.
 *
 * @param copyBytes copies from an offset in the block
 * @returns undefined if its writer died, or stands still, in the midst
 */
export function copyTop(
  symbol: string,
  copyBytes: (offset: number, bytes: number) => ArrayBuffer,
): BookTop | undefined {
  const changes = () => new DataView(copyBytes(0, 4)).getInt32(0, true)
  for (let i = 0; i < TRIES; i++) {
    const before = changes()
    if ((before & 1) !== 0) continue
    const values = new Float64Array(copyBytes(0, TOP_BYTES))
    if (changes() === before) return bookTop(symbol, values)
  }
  return undefined
}

/** What the doubles of a block say, as plain data. */
export function bookTop(instrument: string, values: Float64Array): BookTop {
  const cause = CAUSES[values[TOP.cause]] ?? null
  const price = (index: number) => (Number.isNaN(values[index]) ? null : values[index])
  return {
    instrument,
    state: STATES[values[TOP.state]] ?? 'empty',
    suspect:
      cause === null
        ? null
        : { sinceSequence: values[TOP.since], cause, messages: values[TOP.messages] },
    bidPrice: price(TOP.bidPrice),
    bidQuantity: values[TOP.bidQuantity],
    askPrice: price(TOP.askPrice),
    askQuantity: values[TOP.askQuantity],
    lastPrice: price(TOP.lastPrice),
    lastQuantity: values[TOP.lastQuantity],
    trades: values[TOP.trades],
    volume: values[TOP.volume],
    sequence: values[TOP.sequence],
    receivedNs: price(TOP.receivedNs),
    status: values[TOP.status] === 0 ? null : String.fromCharCode(values[TOP.status]),
  }
}
