import { DATAGRAM, type Framing } from './framing.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from './market-data-view.js'
import { MOLD_SESSION_BYTES } from './moldudp64.js'
import type { Pieces } from './pieces.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const MESSAGE_BYTES = MARKET_DATA_BYTES
const SEQUENCE_OFFSET = MARKET_DATA_OFFSETS.sequence
const MESSAGES = DATAGRAM.messages
const INVALID = DATAGRAM.invalid

const SPACE = 0x20

/**
 * Native messages back to back, without a header: the shortest datagram that can be sequenced.
 *
 * ```
 *   byte    0             29            58
 *           +-------------+-------------+-----   -----+
 *           | message n   | message n+1 |     ...     |   n is a u32 and wraps
 *           +-------------+-------------+-----   -----+
 * ```
 *
 * The sequence comes from the messages themselves, so within a datagram they have to follow each
 * other, modulo 2^32: one number and a count then stand for all of them. There is no session, no
 * heartbeat and no end; a restarted publisher shows only in its sequence.
 */
export class RawFraming implements Framing {
  readonly name = 'raw'
  readonly initialSequence = 0
  readonly sequenceBits = 32
  readonly blocks = 'none'
  /** The power of two above an Ethernet frame; 70 messages fit. */
  readonly defaultSlotBytes = 2048
  readonly trailingBytes = 0

  sequence = 0
  messageCount = 0
  session = 0
  messageOffset = 0
  messageLength = MESSAGE_BYTES

  nextOffset = 0
  private remaining = 0

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    this.remaining = 0
    if (length === 0 || length % MESSAGE_BYTES !== 0) return INVALID

    const first = bytes.getUint32(offset + SEQUENCE_OFFSET, true)
    // An integer for the engine too: it would pass a quotient on as a double, boxed.
    const count = (length / MESSAGE_BYTES) | 0
    for (let index = 1; index < count; index++) {
      const at = offset + index * MESSAGE_BYTES + SEQUENCE_OFFSET
      if (bytes.getUint32(at, true) !== (first + index) >>> 0) return INVALID
    }

    this.sequence = first
    this.messageCount = count
    this.nextOffset = offset
    this.remaining = count
    return MESSAGES
  }

  follow(bytes: DataView, pieces: Pieces, ready: number, next: number, room: number): number {
    const { offsets, lengths, counts } = pieces
    let expected = next
    let messages = 0
    let most = 0
    let piece = 0
    for (; piece < ready; piece++) {
      const length = lengths[piece]
      const count = length === MESSAGE_BYTES ? 1 : (length / MESSAGE_BYTES) | 0
      if (count === 0 || count * MESSAGE_BYTES !== length || messages + count > room) break
      let at = offsets[piece] + SEQUENCE_OFFSET
      let left = count
      // Four at once: a turn of the loop costs as much as the look at a message.
      while (left >= 4) {
        const wrong =
          (bytes.getInt32(at, true) ^ expected) |
          (bytes.getInt32(at + MESSAGE_BYTES, true) ^ (expected + 1)) |
          (bytes.getInt32(at + 2 * MESSAGE_BYTES, true) ^ (expected + 2)) |
          (bytes.getInt32(at + 3 * MESSAGE_BYTES, true) ^ (expected + 3))
        if (wrong !== 0) break
        expected = (expected + 4) | 0
        at += 4 * MESSAGE_BYTES
        left -= 4
      }
      for (; left > 0 && bytes.getInt32(at, true) === expected; left--) {
        expected = (expected + 1) | 0
        at += MESSAGE_BYTES
      }
      if (left > 0) break
      counts[piece] = count
      messages = (messages + count) | 0
      if (count > most) most = count
    }
    pieces.messages = messages
    pieces.most = most
    return piece
  }

  next(): boolean {
    if (this.remaining === 0) return false
    this.remaining--
    this.messageOffset = this.nextOffset
    this.nextOffset += MESSAGE_BYTES
    return true
  }

  openCut(bytes: DataView, offset: number, length: number): boolean {
    this.messageCount = 0
    this.remaining = 0
    if (length < MARKET_DATA_BYTES) return false
    this.sequence = bytes.getUint32(offset + MARKET_DATA_OFFSETS.sequence, true)
    this.messageCount = Math.floor(length / MARKET_DATA_BYTES) + 1
    return true
  }

  skip(count: number): void {
    this.remaining -= count
    this.nextOffset += count * MESSAGE_BYTES
  }

  writeSession(session: number, bytes: DataView, offset: number): boolean {
    if (session !== 0) return false
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) bytes.setUint8(offset + i, SPACE)
    return true
  }
}
