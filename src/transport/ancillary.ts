import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { SO_RXQ_OVFL, SO_TIMESTAMPNS, SOL_SOCKET, SOL_UDP, UDP_GRO } from '../native/constants.js'
import {
  CMSGHDR_BYTES,
  CMSGHDR_LENGTH,
  CMSGHDR_LEVEL,
  CMSGHDR_TYPE,
  CONTROL_BYTES,
} from '../native/layout.js'

const TIMESPEC_BYTES = 16
const WORD_BYTES = 4

/**
 * Reads the ancillary data that the kernel wrote beside a datagram. One object per reading thread,
 * used again for every datagram.
 *
 * The drop counter counts the datagrams that the kernel had dropped at this socket when it queued
 * this one, modulo 2^32; the kernel leaves the entry out while the count is 0.
 */
export class AncillaryReader {
  /** Wall-clock nanoseconds since the session epoch at which the kernel received; NaN if absent. */
  receivedNs = Number.NaN
  /** Datagrams dropped before this one, modulo 2^32; 0 while nothing was dropped. */
  drops = 0
  /** Bytes of each datagram where the kernel glued several together; 0: a single one. */
  segmentBytes = 0
  readonly #epochSeconds: number

  constructor(epoch: SessionEpoch) {
    this.#epochSeconds = epoch.unixSeconds
  }

  /**
   * @param offset of the ancillary data in `bytes`, a multiple of 8
   * @param length that the kernel wrote
   */
  read(bytes: DataView, offset: number, length: number): void {
    this.receivedNs = Number.NaN
    this.drops = 0
    this.segmentBytes = 0
    const end = offset + Math.min(length, CONTROL_BYTES)
    let at = offset
    while (at + CMSGHDR_BYTES <= end) {
      const entryBytes = bytes.getUint32(at + CMSGHDR_LENGTH, true)
      if (entryBytes < CMSGHDR_BYTES || at + entryBytes > end) return
      const level = bytes.getInt32(at + CMSGHDR_LEVEL, true)
      const type = bytes.getInt32(at + CMSGHDR_TYPE, true)
      this.#readEntry(bytes, level, type, at + CMSGHDR_BYTES, entryBytes - CMSGHDR_BYTES)
      at += (entryBytes + 7) & ~7
    }
  }

  #readEntry(bytes: DataView, level: number, type: number, data: number, length: number): void {
    if (level === SOL_SOCKET && type === SO_TIMESTAMPNS && length >= TIMESPEC_BYTES) {
      // Seconds and nanoseconds as i64; the low words suffice until 2106.
      const seconds = bytes.getUint32(data, true) - this.#epochSeconds
      this.receivedNs = seconds * NS_PER_SECOND + bytes.getUint32(data + 8, true)
    } else if (level === SOL_SOCKET && type === SO_RXQ_OVFL && length >= WORD_BYTES) {
      this.drops = bytes.getUint32(data, true)
    } else if (level === SOL_UDP && type === UDP_GRO && length >= WORD_BYTES) {
      this.segmentBytes = bytes.getUint32(data, true)
    }
  }
}
