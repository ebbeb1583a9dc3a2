import { TWO_POW_32 } from '../foundation/units.js'
import { BLOCK_HEADER_BYTES, blocksEnd } from './blocks.js'
import { FLOW_MAGIC } from './flow-setup.js'
import { DATAGRAM, type Framing } from './framing.js'
import { MoldSessions } from './mold-sessions.js'
import {
  encodeMoldSession,
  MOLD_COUNT_OFFSET,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE_OFFSET,
  readMoldSequence,
  sessionEquals,
} from './moldudp64.js'

/**
 * MoldUDP64 downstream, as NASDAQ's ITCH feeds and many others use it: `moldudp64.ts` shows the
 * header, behind which blocks follow.
 *
 * A datagram is refused unless its blocks, as many as the header counts, lie in it; what some
 * publishers send behind them is counted and skipped. A heartbeat (count 0) and the end of a
 * session (count 65,535) carry the sequence of the message to come; of an end, which silences a feed,
 * nothing may lie behind the header. A session's first message is 1, so
 * that messages with sequence 0 are refused: taken for the next ones they would open a gap that no
 * retransmission could fill. Without messages, sequence 0 says that the session has not begun: `idle`.
 * In one dialect a heartbeat has no count and is 18 bytes.
 *
 * `session` is a hash of the name's ten bytes, an integer below 2^53, and never 0 but by chance.
 *
 * Source: the MoldUDP64 protocol specification, version 1.00; checked on captured traffic.
 */
export class MoldUdp64Framing implements Framing {
  readonly name = 'moldudp64'
  readonly initialSequence = 1
  readonly sequenceBits = 53
  readonly blocks = 'big-endian'
  /** Publishers keep within one Ethernet frame; this is the power of two above it. */
  readonly defaultSlotBytes = 2048

  sequence = 0
  messageCount = 0
  session = 0
  messageOffset = 0
  messageLength = 0
  trailingBytes = 0

  private readonly expected: Uint8Array | undefined
  private readonly sessions = new MoldSessions()
  private bytes: DataView = new DataView(new ArrayBuffer(0))
  nextOffset = 0
  private remaining = 0

  /**
   * @param session name of the only session to read, padded or not; any if undefined
   * @throws {TickwireError} TW_BAD_OPTION if that is no name of a session
   */
  constructor(session?: string) {
    this.expected = session === undefined ? undefined : encodeMoldSession(session)
  }

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    this.remaining = 0
    this.trailingBytes = 0
    const short = length === MOLD_COUNT_OFFSET
    if (length < MOLD_HEADER_BYTES && !short) return DATAGRAM.invalid
    const wireCount = short ? 0 : bytes.getUint16(offset + MOLD_COUNT_OFFSET)
    const count = wireCount === MOLD_END_OF_SESSION ? 0 : wireCount

    // In place, not by `readMoldSequence`: a call that is not inlined would box its result.
    const sequenceHigh = bytes.getUint32(offset + MOLD_SEQUENCE_OFFSET)
    const sequenceLow = bytes.getUint32(offset + MOLD_SEQUENCE_OFFSET + 4)
    const sequence = sequenceHigh * TWO_POW_32 + sequenceLow
    if (sequence === 0 && count > 0) return DATAGRAM.invalid
    // The sequence after the last message must be exact too, because that is what is expected next.
    if (sequence > Number.MAX_SAFE_INTEGER - count) return DATAGRAM.invalid

    const end = offset + length
    const firstBlock = short ? end : offset + MOLD_HEADER_BYTES
    const blocks = blocksEnd(bytes, firstBlock, end, count, false)
    if (blocks < 0) return DATAGRAM.invalid
    if (blocks < end && count === 0 && !this.mayTrail(wireCount, bytes, offset)) {
      return DATAGRAM.invalid
    }

    if (!this.sessions.isLatest(bytes, offset) && !this.takeSession(bytes, offset)) {
      return DATAGRAM.foreign
    }

    this.bytes = bytes
    this.sequence = sequence
    this.messageCount = count
    this.nextOffset = firstBlock
    this.remaining = count
    this.trailingBytes = end - blocks
    if (count > 0) return DATAGRAM.messages
    if (sequence === 0) return DATAGRAM.idle
    return wireCount === 0 ? DATAGRAM.heartbeat : DATAGRAM.endOfSession
  }

  openCut(bytes: DataView, offset: number, length: number): boolean {
    this.messageCount = 0
    this.remaining = 0
    if (length < MOLD_HEADER_BYTES) return false
    const count = bytes.getUint16(offset + MOLD_COUNT_OFFSET)
    const sequence = readMoldSequence(bytes, offset)
    if (count === 0 || count === MOLD_END_OF_SESSION || sequence === 0) return false
    if (sequence > Number.MAX_SAFE_INTEGER - count) return false
    if (!this.sessions.isLatest(bytes, offset) && !this.takeSession(bytes, offset)) return false
    this.sequence = sequence
    this.messageCount = count
    return true
  }

  /** Makes the datagram's session the latest, unless another is expected: that never becomes the latest. */
  private takeSession(bytes: DataView, offset: number): boolean {
    if (this.expected !== undefined && !sessionEquals(bytes, offset, this.expected)) return false
    this.sessions.add(bytes, offset)
    this.session = this.sessions.latest
    return true
  }

  /** Whether bytes may lie behind a header without messages: behind an end they may not, and a setup is none. */
  private mayTrail(wireCount: number, bytes: DataView, offset: number): boolean {
    return wireCount === 0 && bytes.getUint32(offset, true) !== FLOW_MAGIC
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.next()
  }

  next(): boolean {
    if (this.remaining === 0) return false
    this.remaining--
    this.messageLength = this.bytes.getUint16(this.nextOffset)
    this.messageOffset = this.nextOffset + BLOCK_HEADER_BYTES
    this.nextOffset = this.messageOffset + this.messageLength
    return true
  }

  writeSession(session: number, bytes: DataView, offset: number): boolean {
    return this.sessions.write(session, bytes, offset)
  }
}
