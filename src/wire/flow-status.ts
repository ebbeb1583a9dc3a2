import { TWO_POW_32 } from '../foundation/units.js'
import { FLOW_KIND, FLOW_MAGIC, FLOW_VERSION } from './flow-setup.js'

export const FLOW_STATUS_BYTES = 40
/**
 * The largest window in messages: a hole as large as the window must still be a plausible jump for the
 * receiver, and far from where 32-bit sequences become ambiguous.
 */
export const MAX_WINDOW = 2 ** 20
const LEAVING = 1
const KIND = 5
const FLAGS = 6
const SESSION = 8
const CONSUMED = 16
const RECEIVER = 24
const WINDOW = 32
const ZERO = 36

/**
 * What a receiver under flow control tells its sender: little-endian, packed.
 *
 * ```
 *  0       4         5      6       8              16         24          32       36      40
 *  +-------+---------+------+-------+--------------+----------+-----------+--------+-------+
 *  | magic | version | kind | flags | flow session | consumed | receiver  | window | zero  |
 *  | u32   | u8: 1   | u8: 2| u16   | u64          | u64      | u64       | u32    | u32   |
 *  +-------+---------+------+-------+--------------+----------+-----------+--------+-------+
 * ```
 *
 * `flow session` is that of the sender's setup; `consumed` the sequence, as on the wire, before which
 * everything has been dealt with: delivered, skipped, or declared lost. `receiver` is a random number of
 * the receiver's run, `window` how many messages behind `consumed` it can hold, from 1 to 2^20. Flag 1:
 * the receiver leaves.
 *
 * One per thread; no allocation.
 */
export class FlowStatus {
  sessionHigh = 0
  sessionLow = 0
  consumed = 0
  receiverHigh = 0
  receiverLow = 0
  window = 0
  leaving = false

  /** Whether these bytes are a status; if so the fields tell what it says. Never throws. */
  read(bytes: DataView, offset: number, length: number): boolean {
    if (length !== FLOW_STATUS_BYTES || bytes.getUint32(offset, true) !== FLOW_MAGIC) return false
    if (bytes.getUint8(offset + 4) !== FLOW_VERSION) return false
    if (bytes.getUint8(offset + KIND) !== FLOW_KIND.status) return false
    const flags = bytes.getUint16(offset + FLAGS, true)
    if (flags > LEAVING || bytes.getUint32(offset + ZERO, true) !== 0) return false
    const high = bytes.getUint32(offset + CONSUMED + 4, true)
    const consumed = high * TWO_POW_32 + bytes.getUint32(offset + CONSUMED, true)
    const window = bytes.getUint32(offset + WINDOW, true)
    if (consumed > Number.MAX_SAFE_INTEGER || window < 1 || window > MAX_WINDOW) return false
    this.sessionLow = bytes.getUint32(offset + SESSION, true)
    this.sessionHigh = bytes.getUint32(offset + SESSION + 4, true)
    this.receiverLow = bytes.getUint32(offset + RECEIVER, true)
    this.receiverHigh = bytes.getUint32(offset + RECEIVER + 4, true)
    this.consumed = consumed
    this.window = window
    this.leaving = flags === LEAVING
    return true
  }

  /** Writes what the fields say. */
  write(bytes: DataView, offset: number): void {
    bytes.setUint32(offset, FLOW_MAGIC, true)
    bytes.setUint8(offset + 4, FLOW_VERSION)
    bytes.setUint8(offset + KIND, FLOW_KIND.status)
    bytes.setUint16(offset + FLAGS, this.leaving ? LEAVING : 0, true)
    bytes.setUint32(offset + SESSION, this.sessionLow, true)
    bytes.setUint32(offset + SESSION + 4, this.sessionHigh, true)
    bytes.setUint32(offset + CONSUMED, this.consumed % TWO_POW_32, true)
    bytes.setUint32(offset + CONSUMED + 4, Math.floor(this.consumed / TWO_POW_32), true)
    bytes.setUint32(offset + RECEIVER, this.receiverLow, true)
    bytes.setUint32(offset + RECEIVER + 4, this.receiverHigh, true)
    bytes.setUint32(offset + WINDOW, this.window, true)
    bytes.setUint32(offset + ZERO, 0, true)
  }
}
