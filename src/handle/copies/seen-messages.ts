import { COPY, type CopyCheck } from '../../sequence/tracker-state.js'
import type { Framing } from '../../wire/framing.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'
import type { Pieces } from '../../wire/pieces.js'

/** Messages that are remembered; a power of two. */
const REMEMBERED = 8192
/** Datagrams up to this length are remembered in any case: it costs some 20 ns. */
const CHEAP_BYTES = 96
/** After a copy has come, so many datagrams are remembered whatever their length. */
const ALERT_DATAGRAMS = 65_536
const WORD = 4
const NATIVE_BYTES = MARKET_DATA_BYTES
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
  /** The memory of the datagram that the framing has open, and where in it that ends: set by the caller of `note`. */
  bytes: DataView
  end = 0
  readonly #framing: Framing
  /** Bytes of a message where all have the same length; else 0. */
  readonly #messageBytes: number
  readonly #littleEndian: boolean
  /** Whether a whole packet is one message, as far as sequences go. */
  readonly #packets: boolean
  readonly #always: boolean
  #alert = 0
  /** For each place the sequence, modulo 2^32, and the hash of its message. */
  readonly #places = new Int32Array(2 * REMEMBERED)

  /** @param always whether every datagram is remembered, and not only short ones */
  constructor(framing: Framing, always: boolean) {
    this.#framing = framing
    this.#messageBytes = framing.blocks === 'none' ? framing.messageLength : 0
    this.#littleEndian = framing.blocks === 'little-endian'
    this.#packets = framing.blocks === 'packet'
    this.#always = always
    this.bytes = new DataView(new ArrayBuffer(0))
    this.forget()
  }

  /** The numbers mean other messages from now on. */
  forget(): void {
    // A sequence that has another place.
    for (let at = 0; at < REMEMBERED; at++) this.#places[2 * at] = ~at
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
    this.compared = 0
    this.conflicts = 0
    this.#look(this.#framing.nextOffset, sequence | 0, count, true)
  }

  /**
   * Remembers the messages of so many pieces, which begin with `first`, modulo 2^32, and come in order. One that is
   * a packet has its end in `end`. Hot.
   */
  notePieces(bytes: DataView, pieces: Pieces, pieceCount: number, first: number): void {
    const { offsets, lengths, counts } = pieces
    this.bytes = bytes
    this.compared = 0
    this.conflicts = 0
    let sequence = first
    if (this.#messageBytes === NATIVE_BYTES && !this.#always) {
      this.#noteNative(bytes, pieces, pieceCount, sequence)
      return
    }
    for (let piece = 0; piece < pieceCount; piece++) {
      const count = counts[piece]
      if (this.wants(lengths[piece])) this.#look(offsets[piece], sequence, count, true)
      sequence = (sequence + count) | 0
    }
  }

  /** The same for native messages of a single line, none of which is known: by `hashOf`, whose call would cost as much again. */
  #noteNative(bytes: DataView, pieces: Pieces, pieceCount: number, first: number): void {
    const places = this.#places
    const { offsets, lengths, counts } = pieces
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      const count = counts[piece]
      if (!this.wants(lengths[piece])) {
        sequence = (sequence + count) | 0
        continue
      }
      let offset = offsets[piece]
      for (let left = count; left > 0; left--) {
        const at = 2 * (sequence & (REMEMBERED - 1))
        places[at] = sequence
        let even = Math.imul(NATIVE_BYTES ^ bytes.getInt32(offset, true), SPREAD)
        let odd = Math.imul(SPREAD ^ bytes.getInt32(offset + 4, true), SPREAD)
        even = Math.imul(even ^ (even >>> 15) ^ bytes.getInt32(offset + 8, true), SPREAD)
        odd = Math.imul(odd ^ (odd >>> 15) ^ bytes.getInt32(offset + 12, true), SPREAD)
        even = Math.imul(even ^ (even >>> 15) ^ bytes.getInt32(offset + 16, true), SPREAD)
        odd = Math.imul(odd ^ (odd >>> 15) ^ bytes.getInt32(offset + 20, true), SPREAD)
        even = Math.imul(even ^ (even >>> 15) ^ bytes.getInt32(offset + 21, true), SPREAD)
        odd = Math.imul(odd ^ (odd >>> 15) ^ bytes.getInt32(offset + 25, true), SPREAD)
        odd = Math.imul(odd, SPREAD)
        places[at + 1] = even ^ (even >>> 15) ^ odd ^ (odd >>> 15)
        offset += NATIVE_BYTES
        sequence = (sequence + 1) | 0
      }
    }
  }

  compare(sequence: number, count: number): number {
    this.#alert = ALERT_DATAGRAMS
    this.compared = 0
    this.conflicts = 0
    this.#look(this.#framing.nextOffset, sequence | 0, count, false)
    if (this.compared === 0) return COPY.unknown
    return this.conflicts > 0 ? COPY.other : COPY.equal
  }

  #look(start: number, first: number, count: number, remember: boolean): void {
    const places = this.#places
    const { bytes } = this
    let offset = start
    let sequence = first
    for (let i = 0; i < count; i++) {
      let length = this.#messageBytes
      if (this.#packets) length = this.end - offset
      else if (length === 0) {
        length = bytes.getUint16(offset, this.#littleEndian)
        offset += LENGTH_BYTES
      }
      const at = 2 * (sequence & (REMEMBERED - 1))
      const known = places[at] === sequence
      if (known || remember) {
        const hash = hashOf(bytes, offset, length)
        if (!known) {
          places[at] = sequence
          places[at + 1] = hash
        } else {
          this.compared++
          if (places[at + 1] !== hash) this.conflicts++
        }
      }
      offset += length
      sequence = (sequence + 1) | 0
    }
  }
}

/**
 * Two halves that are mixed at the end, since a processor can work at both at once. Each step can be undone,
 * so that a difference in one word never gets lost on the way. The last words may overlap those before them:
 * byte by byte the end of a message would cost more than all the rest.
 */
function hashOf(bytes: DataView, offset: number, length: number): number {
  let even = length
  let odd = SPREAD
  let at = offset
  const end = offset + length
  for (; at + 2 * WORD <= end; at += 2 * WORD) {
    even = Math.imul(even ^ bytes.getInt32(at, true), SPREAD)
    odd = Math.imul(odd ^ bytes.getInt32(at + WORD, true), SPREAD)
    even ^= even >>> 15
    odd ^= odd >>> 15
  }
  if (at < end && length >= 2 * WORD) {
    even = Math.imul(even ^ bytes.getInt32(end - 2 * WORD, true), SPREAD)
    odd = Math.imul(odd ^ bytes.getInt32(end - WORD, true), SPREAD)
    even ^= even >>> 15
  } else {
    for (; at < end; at++) even = Math.imul(even ^ bytes.getUint8(at), SPREAD)
  }
  odd = Math.imul(odd, SPREAD)
  return even ^ odd ^ (odd >>> 15)
}
