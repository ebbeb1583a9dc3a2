import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { SO_RXQ_OVFL, SO_TIMESTAMPNS, SOL_SOCKET } from '../native/constants.js'
import {
  CMSGHDR_BYTES,
  CMSGHDR_LENGTH,
  CMSGHDR_LEVEL,
  CMSGHDR_TYPE,
  CONTROL_BYTES,
} from '../native/layout.js'

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
    const end = offset + Math.min(length, CONTROL_BYTES)
    let at = offset
    while (at + CMSGHDR_BYTES <= end) {
      const entryBytes = bytes.getUint32(at + CMSGHDR_LENGTH, true)
      if (entryBytes < CMSGHDR_BYTES || at + entryBytes > end) return
      if (bytes.getInt32(at + CMSGHDR_LEVEL, true) === SOL_SOCKET) {
        const type = bytes.getInt32(at + CMSGHDR_TYPE, true)
        const data = at + CMSGHDR_BYTES
        if (type === SO_TIMESTAMPNS && entryBytes >= CMSGHDR_BYTES + 16) {
          // Seconds and nanoseconds as i64; the low words suffice until 2106.
          const seconds = bytes.getUint32(data, true)
          this.receivedNs =
            (seconds - this.#epochSeconds) * NS_PER_SECOND + bytes.getUint32(data + 8, true)
        } else if (type === SO_RXQ_OVFL && entryBytes >= CMSGHDR_BYTES + 4) {
          this.drops = bytes.getUint32(data, true)
        }
      }
      at += (entryBytes + 7) & ~7
    }
  }
}
