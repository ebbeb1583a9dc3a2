import { COPY, type CopyCheck } from '../../sequence/tracker-state.js'
import type { Framing } from '../../wire/framing.js'

/** Messages that are remembered; a power of two. */
const REMEMBERED = 8192
/** Datagrams up to this length are remembered in any case: it costs some 10 ns for each. */
const CHEAP_BYTES = 256
/** After a copy has come, so many datagrams are remembered whatever their length. */
const ALERT_DATAGRAMS = 65_536
const WORD = 4
const LENGTH_BYTES = 2
/** Odd, with its bits well spread: the golden ratio. */
const SPREAD = 0x9e3779b1

/**
 * Remembers what the last messages said, each by a hash of 32 bits, so that a copy can be told from another
 * message with the same sequence. One message in four thousand million that differs is taken for a copy.
 *
 * With several lines every message is remembered, since copies are the rule. With one, copies are rare, and
 * to look at every byte of large datagrams would cost what they save: those are remembered from the first
 * copy on. One thread; no allocation.
 */
export class SeenMessages implements CopyCheck {
  /** Of the datagram that was looked at last: messages that were remembered, and that said something else. */
  compared = 0
  conflicts = 0
  /** The memory of the datagram that the framing has open, set by the caller. */
  bytes: DataView
  readonly #framing: Framing
  /** Bytes of a message where all have the same length; else 0. */
  readonly #messageBytes: number
  readonly #littleEndian: boolean
  readonly #always: boolean
  #alert = 0
  readonly #sequences = new Float64Array(REMEMBERED).fill(Number.NaN)
  readonly #hashes = new Int32Array(REMEMBERED)

  /** @param always whether every datagram is remembered, and not only short ones */
  constructor(framing: Framing, always: boolean) {
    this.#framing = framing
    this.#messageBytes = framing.blocks === 'none' ? framing.messageLength : 0
    this.#littleEndian = framing.blocks === 'little-endian'
    this.#always = always
    this.bytes = new DataView(new ArrayBuffer(0))
  }

  /** The numbers mean other messages from now on. */
  forget(): void {
    this.#sequences.fill(Number.NaN)
  }

  /** Whether a datagram of that length is to be remembered. Hot. */
  wants(length: number): boolean {
    if (this.#always || length <= CHEAP_BYTES) return true
    if (this.#alert === 0) return false
    this.#alert -= 1
    return true
  }

  /**
   * Remembers the messages of the open datagram, which stands before its first, and compares those that it
   * remembers already. Hot.
   */
  note(sequence: number, count: number): void {
    this.#look(sequence, count, true)
  }

  compare(sequence: number, count: number): number {
    this.#alert = ALERT_DATAGRAMS
    this.#look(sequence, count, false)
    if (this.compared === 0) return COPY.unknown
    return this.conflicts > 0 ? COPY.other : COPY.equal
  }

  #look(first: number, count: number, remember: boolean): void {
    let compared = 0
    let conflicts = 0
    let offset = this.#framing.nextOffset
    for (let i = 0; i < count; i++) {
      let length = this.#messageBytes
      if (length === 0) {
        length = this.bytes.getUint16(offset, this.#littleEndian)
        offset += LENGTH_BYTES
      }
      const sequence = first + i
      const at = sequence & (REMEMBERED - 1)
      const known = this.#sequences[at] === sequence
      if (known || remember) {
        const hash = this.#hash(offset, length)
        if (!known) {
          this.#sequences[at] = sequence
          this.#hashes[at] = hash
        } else {
          compared++
          if (this.#hashes[at] !== hash) conflicts++
        }
      }
      offset += length
    }
    this.compared = compared
    this.conflicts = conflicts
  }

  /** Each step can be undone, so that two messages that differ in one word alone never have the same hash. */
  #hash(offset: number, length: number): number {
    const { bytes } = this
    let hash = length
    let at = offset
    const end = offset + length
    for (; at + WORD <= end; at += WORD) {
      hash = Math.imul(hash ^ bytes.getInt32(at, true), SPREAD)
      hash ^= hash >>> 15
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes.getUint8(at), SPREAD)
    return hash
  }
}
