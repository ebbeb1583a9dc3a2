import { assert } from '../../foundation/assert.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../../native/socket-address.js'

/** Receivers that one sender listens to. */
export const MAX_RECEIVERS = 64
const NAME_WORDS = SOCKET_ADDRESS_ROOM_BYTES / 4

/**
 * The receivers of a sender under flow control: who they are, where on each line they write from, and
 * what each has said last. Rows lie one behind the other; the last one takes the place of one that goes.
 * One thread; no allocation after its construction.
 */
export class ReceiverTable {
  size = 0
  /** Messages since the sender's start that a receiver has consumed, and its window. */
  readonly consumed = new Float64Array(MAX_RECEIVERS)
  readonly windows = new Float64Array(MAX_RECEIVERS)
  /** When it was heard last. */
  readonly heardNs = new Float64Array(MAX_RECEIVERS)
  readonly #high = new Uint32Array(MAX_RECEIVERS)
  readonly #low = new Uint32Array(MAX_RECEIVERS)
  readonly #rowWords: number
  /** Socket addresses, a row after the other, in a row a line after the other; zeros: not known yet. */
  readonly #names: Int32Array

  constructor(lineCount: number) {
    this.#rowWords = lineCount * NAME_WORDS
    this.#names = new Int32Array(MAX_RECEIVERS * this.#rowWords)
  }

  /** The row of a receiver; -1 if it is not known. */
  find(high: number, low: number): number {
    for (let row = 0; row < this.size; row++) {
      if (this.#high[row] === high && this.#low[row] === low) return row
    }
    return -1
  }

  /** Makes a row; there must be room. */
  add(high: number, low: number): number {
    assert(this.size < MAX_RECEIVERS, 'there is room for another receiver')
    const row = this.size
    this.size += 1
    this.#high[row] = high
    this.#low[row] = low
    this.consumed[row] = 0
    this.windows[row] = 0
    this.heardNs[row] = 0
    this.#names.fill(0, row * this.#rowWords, (row + 1) * this.#rowWords)
    return row
  }

  remove(row: number): void {
    const last = this.size - 1
    this.size = last
    this.#high[row] = this.#high[last]
    this.#low[row] = this.#low[last]
    this.consumed[row] = this.consumed[last]
    this.windows[row] = this.windows[last]
    this.heardNs[row] = this.heardNs[last]
    const width = this.#rowWords
    this.#names.copyWithin(row * width, last * width, (last + 1) * width)
  }

  /**
   * Whether a receiver writes from where it wrote before; its first address on a line is the one to be.
   *
   * @param offset of a socket address in `bytes`, SOCKET_ADDRESS_ROOM_BYTES bytes
   */
  isAt(row: number, line: number, bytes: DataView, offset: number): boolean {
    const names = this.#names
    const start = row * this.#rowWords + line * NAME_WORDS
    // The first word holds family and port, and is never 0.
    if (names[start] === 0) {
      for (let i = 0; i < NAME_WORDS; i++) names[start + i] = bytes.getInt32(offset + i * 4, true)
      return true
    }
    for (let i = 0; i < NAME_WORDS; i++) {
      if (names[start + i] !== bytes.getInt32(offset + i * 4, true)) return false
    }
    return true
  }
}
