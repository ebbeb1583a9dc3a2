import type { SessionEpoch } from '../foundation/clock.js'
import { alignUp, NS_PER_SECOND } from '../foundation/units.js'
import { SO_RXQ_OVFL, SO_TIMESTAMPNS, SOL_SOCKET, SOL_UDP, UDP_GRO } from '../native/constants.js'
import {
  CMSGHDR_BYTES,
  CMSGHDR_LENGTH,
  CMSGHDR_LEVEL,
  CMSGHDR_TYPE,
  CONTROL_BYTES,
} from '../native/layout.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const LENGTH_AT = CMSGHDR_LENGTH
const LEVEL_AT = CMSGHDR_LEVEL
const TYPE_AT = CMSGHDR_TYPE
const HEADER_BYTES = CMSGHDR_BYTES
const SOCKET_LEVEL = SOL_SOCKET
const TIME_TYPE = SO_TIMESTAMPNS
const SECOND_NS = NS_PER_SECOND

const TIMESPEC_BYTES = 16
const TIME_ENTRY_BYTES = HEADER_BYTES + TIMESPEC_BYTES
const WORD_BYTES = 4

// The same in words, and what follows a time stamp once the kernel has dropped something.
const LENGTH_WORD = LENGTH_AT / 4
const LEVEL_WORD = LEVEL_AT / 4
const TYPE_WORD = TYPE_AT / 4
const DATA_WORD = HEADER_BYTES / 4
const DROPS_WORD = TIME_ENTRY_BYTES / 4
const DROPS_TYPE = SO_RXQ_OVFL
const DROPS_ENTRY_BYTES = HEADER_BYTES + WORD_BYTES
const TIME_AND_DROPS_BYTES = TIME_ENTRY_BYTES + alignUp(DROPS_ENTRY_BYTES, 8)

/** What nearly all datagrams have while the drop counter stands at `drops`: so many bytes. */
export function usualBytes(drops: number): number {
  return drops === 0 ? TIME_ENTRY_BYTES : TIME_AND_DROPS_BYTES
}

/**
 * Whether ancillary data of {@link usualBytes} at a word of a ring is a time stamp and, unless it is 0, the drop
 * counter at `drops`, modulo 2^32. A loop over slots has it inlined, as it has not what a reader does.
 */
export function isUsual(words: Int32Array, at: number, drops: number): boolean {
  const time =
    words[at + LENGTH_WORD] === TIME_ENTRY_BYTES &&
    words[at + LEVEL_WORD] === SOCKET_LEVEL &&
    words[at + TYPE_WORD] === TIME_TYPE
  if (!time || drops === 0) return time
  const entry = at + DROPS_WORD
  return (
    words[entry + LENGTH_WORD] === DROPS_ENTRY_BYTES &&
    words[entry + LEVEL_WORD] === SOCKET_LEVEL &&
    words[entry + TYPE_WORD] === DROPS_TYPE &&
    words[entry + DATA_WORD] === drops
  )
}

/** Its time, ns since the session epoch. */
export function usualTimeNs(words: Int32Array, at: number, epochSeconds: number): number {
  const seconds = (words[at + DATA_WORD] >>> 0) - epochSeconds
  return seconds * SECOND_NS + words[at + DATA_WORD + 2]
}

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
  /** Bytes of each datagram where the kernel coalesced several; 0: a single one. */
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
    this.drops = 0
    this.segmentBytes = 0
    // A time stamp alone is what nearly all datagrams have.
    if (length === TIME_ENTRY_BYTES && this.#isTime(bytes, offset)) {
      this.#readTime(bytes, offset + HEADER_BYTES)
      return
    }
    this.receivedNs = Number.NaN
    const end = offset + Math.min(length, CONTROL_BYTES)
    let at = offset
    while (at + HEADER_BYTES <= end) {
      const entryBytes = bytes.getUint32(at + LENGTH_AT, true)
      if (entryBytes < HEADER_BYTES || at + entryBytes > end) return
      const level = bytes.getInt32(at + LEVEL_AT, true)
      const type = bytes.getInt32(at + TYPE_AT, true)
      this.#readEntry(bytes, level, type, at + HEADER_BYTES, entryBytes - HEADER_BYTES)
      at += (entryBytes + 7) & ~7
    }
  }

  #isTime(bytes: DataView, at: number): boolean {
    return (
      bytes.getInt32(at + LENGTH_AT, true) === TIME_ENTRY_BYTES &&
      bytes.getInt32(at + LEVEL_AT, true) === SOCKET_LEVEL &&
      bytes.getInt32(at + TYPE_AT, true) === TIME_TYPE
    )
  }

  /** Seconds and nanoseconds as i64; the low words suffice until 2106. */
  #readTime(bytes: DataView, at: number): void {
    const seconds = bytes.getUint32(at, true) - this.#epochSeconds
    this.receivedNs = seconds * SECOND_NS + bytes.getUint32(at + 8, true)
  }

  #readEntry(bytes: DataView, level: number, type: number, data: number, length: number): void {
    if (level === SOCKET_LEVEL && type === TIME_TYPE && length >= TIMESPEC_BYTES) {
      this.#readTime(bytes, data)
    } else if (level === SOCKET_LEVEL && type === SO_RXQ_OVFL && length >= WORD_BYTES) {
      this.drops = bytes.getUint32(data, true)
    } else if (level === SOL_UDP && type === UDP_GRO && length >= WORD_BYTES) {
      this.segmentBytes = bytes.getUint32(data, true)
    }
  }
}
