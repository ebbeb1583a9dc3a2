import { TWO_POW_32 } from '../foundation/units.js'
import { MOLD_SESSION_BYTES } from './moldudp64.js'

/** How many sessions are remembered: the present one, and some that a reader may still ask for. */
const KEPT = 4
/** A name is kept as two u32 and a u16, so that comparing it takes three steps. */
const WORDS = 3
/** In an unused place: its third word is no u16, so no name is equal to it. */
const NO_NAME = 0xffffffff

/**
 * The sessions of MoldUDP64 that were opened last, latest first, each with a number in place of its
 * ten bytes, since a number can be compared and shared between threads without any memory.
 *
 * The number is a hash of 53 bits. Two names with the same number would look like one session, which
 * by chance happens once in 2^53 restarts.
 *
 * Confined to one thread. Allocates nothing after its construction.
 */
export class MoldSessions {
  private readonly words = new Uint32Array(KEPT * WORDS).fill(NO_NAME)
  /** NaN, which equals no number, in an unused place. */
  private readonly numbers = new Float64Array(KEPT).fill(Number.NaN)

  /** The number of the latest session; NaN before the first. */
  get latest(): number {
    return this.numbers[0]
  }

  /** Whether the ten bytes at `offset` name the latest session. */
  isLatest(bytes: DataView, offset: number): boolean {
    return this.isAt(0, bytes, offset)
  }

  /** Makes the session that the ten bytes at `offset` name the latest; forgets the oldest. */
  add(bytes: DataView, offset: number): void {
    let place = 0
    while (place < KEPT - 1 && !this.isAt(place, bytes, offset)) place++
    this.words.copyWithin(WORDS, 0, place * WORDS)
    this.numbers.copyWithin(1, 0, place)
    this.words[0] = bytes.getUint32(offset)
    this.words[1] = bytes.getUint32(offset + 4)
    this.words[2] = bytes.getUint16(offset + 8)
    this.numberLatest(bytes, offset)
  }

  /** Writes the name with that number at `offset`; false, and nothing, if it is not remembered. */
  write(session: number, bytes: DataView, offset: number): boolean {
    const place = this.numbers.indexOf(session)
    if (place < 0) return false
    bytes.setUint32(offset, this.words[place * WORDS])
    bytes.setUint32(offset + 4, this.words[place * WORDS + 1])
    bytes.setUint16(offset + 8, this.words[place * WORDS + 2])
    return true
  }

  private isAt(place: number, bytes: DataView, offset: number): boolean {
    const word = place * WORDS
    return (
      bytes.getUint32(offset) === this.words[word] &&
      bytes.getUint32(offset + 4) === this.words[word + 1] &&
      bytes.getUint16(offset + 8) === this.words[word + 2]
    )
  }

  /**
   * Two multiplicative hashes of 32 bits, byte by byte, finished by the mixing steps of MurmurHash3.
   * Words in place of bytes would not do: what differs only at the top of a word reaches no lower
   * bit, and the top of the next word could undo it in both.
   */
  private numberLatest(bytes: DataView, offset: number): void {
    let low = 0
    let high = 0x2545f491
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) {
      const byte = bytes.getUint8(offset + i)
      low = Math.imul(low ^ byte, 0x9e3779b1)
      high = Math.imul(high ^ byte, 0x5f356495)
    }
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
    this.numbers[0] = (high >>> 11) * TWO_POW_32 + (low >>> 0)
  }
}
