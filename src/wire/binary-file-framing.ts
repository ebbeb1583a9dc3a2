import { TWO_POW_32 } from '../foundation/units.js'
import { DATAGRAM, type Framing } from './framing.js'
import { MOLD_SESSION_BYTES } from './moldudp64.js'

/** Bytes of the record's number in front of it. */
export const BINARY_FILE_SEQUENCE_BYTES = 8
const LENGTH_BYTES = 2
const SPACE = 0x20

/**
 * A record of a NASDAQ BinaryFILE as one datagram of one message. The file itself has no numbers, so
 * whoever reads it puts the record's in front.
 *
 * ```
 *   byte    0                   8         10
 *           +-------------------+---------+------  ------+
 *           |   number, u64     | length  |   message    |   big-endian; the first record is 1
 *           +-------------------+---------+------  ------+
 * ```
 */
export class BinaryFileFraming implements Framing {
  readonly name = 'binaryfile'
  readonly initialSequence = 1
  readonly sequenceBits = 53
  readonly blocks = 'big-endian'
  readonly defaultSlotBytes = 2048
  readonly trailingBytes = 0

  sequence = 0
  messageCount = 0
  session = 0
  messageOffset = 0
  messageLength = 0

  nextOffset = 0
  private remaining = 0

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    this.remaining = 0
    const blockOffset = offset + BINARY_FILE_SEQUENCE_BYTES
    if (length < BINARY_FILE_SEQUENCE_BYTES + LENGTH_BYTES) return DATAGRAM.invalid
    const messageLength = bytes.getUint16(blockOffset)
    if (length !== BINARY_FILE_SEQUENCE_BYTES + LENGTH_BYTES + messageLength) {
      return DATAGRAM.invalid
    }
    this.sequence = bytes.getUint32(offset) * TWO_POW_32 + bytes.getUint32(offset + 4)
    if (this.sequence > Number.MAX_SAFE_INTEGER - 1) return DATAGRAM.invalid
    this.nextOffset = blockOffset
    this.messageLength = messageLength
    this.messageCount = 1
    this.remaining = 1
    return DATAGRAM.messages
  }

  next(): boolean {
    if (this.remaining === 0) return false
    this.remaining = 0
    this.messageOffset = this.nextOffset + LENGTH_BYTES
    this.nextOffset = this.messageOffset + this.messageLength
    return true
  }

  /** Its header does not tell how many messages it has. */
  openCut(): boolean {
    this.messageCount = 0
    this.remaining = 0
    return false
  }

  skip(count: number): void {
    if (count > 0) this.next()
  }

  writeSession(session: number, bytes: DataView, offset: number): boolean {
    if (session !== 0) return false
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) bytes.setUint8(offset + i, SPACE)
    return true
  }
}

/** Writes the number in front of a record. No allocation. */
export function writeBinaryFileSequence(bytes: DataView, offset: number, sequence: number): void {
  bytes.setUint32(offset, Math.floor(sequence / TWO_POW_32))
  bytes.setUint32(offset + 4, sequence % TWO_POW_32)
}
