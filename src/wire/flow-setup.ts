import { TWO_POW_32 } from '../foundation/units.js'

/** "TWFC" as it lies in memory: Tickwire's flow control. */
export const FLOW_MAGIC = 0x43465754
export const FLOW_VERSION = 1
/** What a datagram of flow control is. */
export const FLOW_KIND = { setup: 1, status: 2 } as const

/**
 * Shorter than any message, so that segmentation offload never cuts it; and no datagram of any framing:
 * no multiple of 29 (raw), a header of MoldUDP64 that counts 0 messages and has bytes behind it, which that
 * framing refuses where the magic comes first, and no version of IEX-TP.
 */
export const FLOW_SETUP_BYTES = 28
const KIND = 5
const SESSION = 6
const ZEROS = 14
const SEQUENCE = 20

/**
 * What a sender under flow control repeats on each of its lines, so that receivers find it: little-endian,
 * packed.
 *
 * ```
 *  0        4         5      6              14            20           28
 *  +--------+---------+------+--------------+-------------+------------+
 *  | magic  | version | kind | flow session | zeros       | sequence   |
 *  | u32    | u8: 1   | u8: 1| u64, random  | 6 bytes     | u64        |
 *  +--------+---------+------+--------------+-------------+------------+
 * ```
 *
 * `sequence` is that of the sender's next message, as on the wire: all before it have left.
 *
 * One per thread that reads; no allocation.
 */
export class FlowSetup {
  /** The halves of the flow session, which names one run of a sender. */
  sessionHigh = 0
  sessionLow = 0
  sequence = 0

  /** Whether these bytes are a setup; if so the fields tell what it says. Never throws. */
  read(bytes: DataView, offset: number, length: number): boolean {
    if (length !== FLOW_SETUP_BYTES || bytes.getUint32(offset, true) !== FLOW_MAGIC) return false
    if (bytes.getUint8(offset + 4) !== FLOW_VERSION) return false
    if (bytes.getUint8(offset + KIND) !== FLOW_KIND.setup) return false
    if (bytes.getUint32(offset + ZEROS, true) !== 0) return false
    if (bytes.getUint16(offset + ZEROS + 4, true) !== 0) return false
    const high = bytes.getUint32(offset + SEQUENCE + 4, true)
    const sequence = high * TWO_POW_32 + bytes.getUint32(offset + SEQUENCE, true)
    if (sequence > Number.MAX_SAFE_INTEGER) return false
    this.sessionLow = bytes.getUint32(offset + SESSION, true)
    this.sessionHigh = bytes.getUint32(offset + SESSION + 4, true)
    this.sequence = sequence
    return true
  }

  /** Writes what the fields say. */
  write(bytes: DataView, offset: number): void {
    bytes.setUint32(offset, FLOW_MAGIC, true)
    bytes.setUint8(offset + 4, FLOW_VERSION)
    bytes.setUint8(offset + KIND, FLOW_KIND.setup)
    bytes.setUint32(offset + SESSION, this.sessionLow, true)
    bytes.setUint32(offset + SESSION + 4, this.sessionHigh, true)
    bytes.setUint32(offset + ZEROS, 0, true)
    bytes.setUint16(offset + ZEROS + 4, 0, true)
    bytes.setUint32(offset + SEQUENCE, this.sequence % TWO_POW_32, true)
    bytes.setUint32(offset + SEQUENCE + 4, Math.floor(this.sequence / TWO_POW_32), true)
  }
}
