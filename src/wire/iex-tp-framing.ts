import { TWO_POW_32 } from '../foundation/units.js'
import { BLOCK_HEADER_BYTES, blocksFill } from './blocks.js'
import { DATAGRAM, type Framing } from './framing.js'
import { MOLD_SESSION_BYTES } from './moldudp64.js'

/** Bytes before the first block. */
export const IEX_TP_HEADER_BYTES = 40
/** The version of the transport that is read here; a datagram of another one is invalid. */
export const IEX_TP_VERSION = 1

const VERSION = 0
const PROTOCOL = 2
const CHANNEL = 4
const SESSION = 8
const PAYLOAD_BYTES = 12
const MESSAGE_COUNT = 14
const FIRST_SEQUENCE = 24
const SEND_TIME = 32

/** Stands for any session; no u32. */
const ANY = -1
const SPACE = 0x20
const DIGIT_ZERO = 0x30

/**
 * The transport of IEX's market data feeds (TOPS, DEEP): a header, then blocks.
 *
 * ```
 *   byte    0    1    2         4                   8                   12        14        16
 *           +----+----+---------+-------------------+-------------------+---------+---------+
 *           |ver.| -- |protocol |      channel      |      session      | payload |  count  |
 *           | u8 | u8 |   u16   |        u32        |        u32        |   u16   |   u16   |
 *           +----+----+---------+-------------------+-------------------+---------+---------+
 *   byte    16                  24                  32                  40
 *           +-------------------+-------------------+-------------------+
 *           |   stream offset   |  first sequence   |     send time     |
 *           |        i64        |        i64        |   i64 ns, Unix    |
 *           +-------------------+-------------------+-------------------+
 *   then `count` times, `payload` bytes in all:
 *           +---------+------  ------+
 *           | length  |   message    |   length (u16) does not count itself and may be 0
 *           +---------+------  ------+                             all little-endian
 * ```
 *
 * A datagram is refused unless the two statements of its size (the header's and the network's) and
 * its count agree with the blocks to the byte. A header alone is a heartbeat, whose sequence is
 * that of the message to come. Byte 1 is reserved, and the stream offset counts in bytes what the
 * sequence counts in messages, so neither is looked at.
 *
 * Two streams may share a group, a port and a session number: TOPS and DEEP, or two channels. The first that is
 * seen is read, and datagrams of another are foreign.
 *
 * Source: the Investors Exchange transport specification, version 1; checked on captured traffic.
 */
export class IexTpFraming implements Framing {
  readonly name = 'iex-tp'
  readonly initialSequence = 1
  readonly sequenceBits = 53
  readonly blocks = 'little-endian'
  /** The publisher keeps within one Ethernet frame; this is the power of two above it. */
  readonly defaultSlotBytes = 2048
  readonly trailingBytes = 0

  sequence = 0
  messageCount = 0
  session = 0
  messageOffset = 0
  messageLength = 0

  /** The stream that is read: that of the first datagram. -1: there was none. */
  ownProtocol = ANY
  ownChannel = ANY
  /** The last other stream that was seen under the same group, port and session. -1: there was none. */
  otherProtocol = ANY
  otherChannel = ANY

  /** Whether the last datagram that was foreign was so for its protocol or channel, not for its session. */
  isOtherStream = false

  private readonly expectedSession: number
  /** The datagram's memory; a header of zeros before the first, so that getters cannot fail. */
  private bytes: DataView = new DataView(new ArrayBuffer(IEX_TP_HEADER_BYTES))
  private headerOffset = 0
  nextOffset = 0
  private remaining = 0

  /** @param session the only session to read, a u32; any if undefined */
  constructor(session?: number) {
    this.expectedSession = session ?? ANY
  }

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    this.remaining = 0
    if (length < IEX_TP_HEADER_BYTES) return DATAGRAM.invalid
    if (bytes.getUint8(offset + VERSION) !== IEX_TP_VERSION) return DATAGRAM.invalid
    const payloadBytes = bytes.getUint16(offset + PAYLOAD_BYTES, true)
    if (payloadBytes !== length - IEX_TP_HEADER_BYTES) return DATAGRAM.invalid

    // Unsigned halves: a negative sequence becomes a huge one, which the limit refuses as well.
    const sequenceLow = bytes.getUint32(offset + FIRST_SEQUENCE, true)
    const sequenceHigh = bytes.getUint32(offset + FIRST_SEQUENCE + 4, true)
    const sequence = sequenceHigh * TWO_POW_32 + sequenceLow
    const count = bytes.getUint16(offset + MESSAGE_COUNT, true)
    // The sequence after the last message must be exact too, because that is what is expected next.
    if (sequence > Number.MAX_SAFE_INTEGER - count) return DATAGRAM.invalid

    const firstBlock = offset + IEX_TP_HEADER_BYTES
    if (!blocksFill(bytes, firstBlock, offset + length, count, true)) return DATAGRAM.invalid

    const session = bytes.getUint32(offset + SESSION, true)
    this.isOtherStream = false
    if (this.expectedSession !== ANY && session !== this.expectedSession) return DATAGRAM.foreign
    const protocol = bytes.getUint16(offset + PROTOCOL, true)
    const channel = bytes.getUint32(offset + CHANNEL, true)
    if (this.ownProtocol === ANY) {
      this.ownProtocol = protocol
      this.ownChannel = channel
    } else if (protocol !== this.ownProtocol || channel !== this.ownChannel) {
      this.isOtherStream = true
      this.otherProtocol = protocol
      this.otherChannel = channel
      return DATAGRAM.foreign
    }

    this.bytes = bytes
    this.headerOffset = offset
    this.sequence = sequence
    this.session = session
    this.messageCount = count
    this.nextOffset = firstBlock
    this.remaining = count
    return count === 0 ? DATAGRAM.heartbeat : DATAGRAM.messages
  }

  openCut(bytes: DataView, offset: number, length: number): boolean {
    this.messageCount = 0
    this.remaining = 0
    if (length < IEX_TP_HEADER_BYTES) return false
    if (bytes.getUint8(offset + VERSION) !== IEX_TP_VERSION) return false
    const protocol = bytes.getUint16(offset + PROTOCOL, true)
    const channel = bytes.getUint32(offset + CHANNEL, true)
    const own = protocol === this.ownProtocol && channel === this.ownChannel
    if (!own && this.ownProtocol !== ANY) return false
    const session = bytes.getUint32(offset + SESSION, true)
    if (this.expectedSession !== ANY && session !== this.expectedSession) return false
    const low = bytes.getUint32(offset + FIRST_SEQUENCE, true)
    const sequence = bytes.getUint32(offset + FIRST_SEQUENCE + 4, true) * TWO_POW_32 + low
    const count = bytes.getUint16(offset + MESSAGE_COUNT, true)
    if (count === 0 || sequence > Number.MAX_SAFE_INTEGER - count) return false
    this.ownProtocol = protocol
    this.ownChannel = channel
    this.session = session
    this.sequence = sequence
    this.messageCount = count
    return true
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.next()
  }

  next(): boolean {
    if (this.remaining === 0) return false
    this.remaining--
    this.messageLength = this.bytes.getUint16(this.nextOffset, true)
    this.messageOffset = this.nextOffset + BLOCK_HEADER_BYTES
    this.nextOffset = this.messageOffset + this.messageLength
    return true
  }

  /** The number in decimal. Any u32 is known. */
  writeSession(session: number, bytes: DataView, offset: number): boolean {
    if (session !== session >>> 0) return false
    let digits = 1
    for (let power = 10; power <= session; power *= 10) digits++
    let rest = session
    for (let at = MOLD_SESSION_BYTES - 1; at >= 0; at--) {
      bytes.setUint8(offset + at, at < digits ? DIGIT_ZERO + (rest % 10) : SPACE)
      if (at < digits) rest = Math.floor(rest / 10)
    }
    return true
  }

  /** What the messages are: 0x8003 is TOPS, 0x8004 DEEP, 0x8005 DEEP+. */
  get protocol(): number {
    return this.bytes.getUint16(this.headerOffset + PROTOCOL, true)
  }

  /** The publisher's number for the stream, a u32. Sequences count per channel and session. */
  get channel(): number {
    return this.bytes.getUint32(this.headerOffset + CHANNEL, true)
  }

  /** High 32 bits of the publisher's send time in nanoseconds since 1970; see `sinceEpochNs`. */
  get sendTimeHigh(): number {
    return this.bytes.getUint32(this.headerOffset + SEND_TIME + 4, true)
  }

  /** Low 32 bits of the publisher's send time in nanoseconds since 1970. */
  get sendTimeLow(): number {
    return this.bytes.getUint32(this.headerOffset + SEND_TIME, true)
  }
}
