import { DATAGRAM, type Framing } from './framing.js'
import { MOLD_SESSION_BYTES } from './moldudp64.js'

/** Bytes before the first message. */
export const MDP3_HEADER_BYTES = 12
/** Bytes of the size before each message; it counts itself. */
export const MDP3_SIZE_BYTES = 2
/** Where a packet has its send time: u64 nanoseconds since 1970. */
export const MDP3_SENT_OFFSET = 4

/** The size and the header of SBE: block length, template, schema and version, each a u16. */
const SHORTEST_MESSAGE_BYTES = MDP3_SIZE_BYTES + 8
const SPACE = 0x20

/**
 * A packet of CME's market data (MDP 3.0): a header, then SBE messages behind their sizes.
 *
 * ```
 *   byte    0         4                   12
 *           +---------+-------------------+
 *           |sequence |    send time      |   u32, and u64 in ns since 1970
 *           +---------+-------------------+
 *   then, to the end of the packet, at least once:
 *           +---------+--------------+------  ------+
 *           |  size   |  SBE header  |     body     |   size (u16) counts itself
 *           +---------+--------------+------  ------+   all little-endian
 * ```
 *
 * The number is the packet's: all its messages share it, and a lost packet is one lost number whatever was in it.
 * So `messageCount` is 1, and `next` moves through the messages of that number. A message begins with its SBE
 * header; the size before it is no part of it.
 *
 * A packet is refused unless its sizes fill it to the byte and each has room for an SBE header.
 */
export class Mdp3Framing implements Framing {
  readonly name = 'mdp3'
  readonly initialSequence = 1
  readonly sequenceBits = 32
  readonly blocks = 'packet'
  /** The publisher keeps within one Ethernet frame; this is the power of two above it. */
  readonly defaultSlotBytes = 2048
  readonly trailingBytes = 0

  sequence = 0
  messageCount = 0
  session = 0
  messageOffset = 0
  messageLength = 0

  nextOffset = 0
  /** The packet's memory; a header of zeros before the first, so that getters cannot fail. */
  private bytes: DataView = new DataView(new ArrayBuffer(MDP3_HEADER_BYTES))
  private headerOffset = 0
  private endOffset = 0

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    this.nextOffset = 0
    this.endOffset = 0
    const first = offset + MDP3_HEADER_BYTES
    const end = offset + length
    if (length < MDP3_HEADER_BYTES + SHORTEST_MESSAGE_BYTES) return DATAGRAM.invalid
    let at = first
    while (at < end) {
      if (end - at < SHORTEST_MESSAGE_BYTES) return DATAGRAM.invalid
      const size = bytes.getUint16(at, true)
      if (size < SHORTEST_MESSAGE_BYTES) return DATAGRAM.invalid
      at += size
    }
    if (at !== end) return DATAGRAM.invalid
    this.bytes = bytes
    this.headerOffset = offset
    this.sequence = bytes.getUint32(offset, true)
    this.messageCount = 1
    this.nextOffset = first
    this.endOffset = end
    return DATAGRAM.messages
  }

  next(): boolean {
    if (this.nextOffset >= this.endOffset) return false
    const size = this.bytes.getUint16(this.nextOffset, true)
    this.messageOffset = this.nextOffset + MDP3_SIZE_BYTES
    this.messageLength = size - MDP3_SIZE_BYTES
    this.nextOffset += size
    return true
  }

  /** Its header does not tell how many messages it has. */
  openCut(): boolean {
    this.messageCount = 0
    return false
  }

  skip(count: number): void {
    if (count > 0) this.nextOffset = this.endOffset
  }

  /** High 32 bits of the publisher's send time in nanoseconds since 1970. */
  get sendTimeHigh(): number {
    return this.bytes.getUint32(this.headerOffset + MDP3_SENT_OFFSET + 4, true)
  }

  /** Low 32 bits of the publisher's send time in nanoseconds since 1970. */
  get sendTimeLow(): number {
    return this.bytes.getUint32(this.headerOffset + MDP3_SENT_OFFSET, true)
  }

  writeSession(session: number, bytes: DataView, offset: number): boolean {
    if (session !== 0) return false
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) bytes.setUint8(offset + i, SPACE)
    return true
  }
}
