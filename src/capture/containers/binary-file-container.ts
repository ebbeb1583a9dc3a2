import { NS_PER_SECOND, TWO_POW_32 } from '../../foundation/units.js'
import {
  BINARY_FILE_SEQUENCE_BYTES,
  writeBinaryFileSequence,
} from '../../wire/binary-file-framing.js'
import type { CaptureWindow } from './capture-window.js'
import { type Container, type ContainerContext, FOUND } from './container.js'

// NASDAQ's BinaryFILE: to the end of the file, a length (u16, big-endian, not counting itself) and a
// message. A length of 0 ends a session. No times, no sequences: messages count from 1, and an ITCH
// message has nanoseconds since midnight in New York at byte 5.
//
//   byte  0        2
//         +--------+------  ------+--------+---
//         | length |   message    | length | …
//         +--------+------  ------+--------+---
const LENGTH_BYTES = 2
/** type u8, stock locate u16, tracking number u16, time u48. */
const TIME_OFFSET = 5
const TIMED_BYTES = 11

/** Records that are looked at to tell a BinaryFILE by its content, and their longest. */
const SNIFFED_RECORDS = 16
const SNIFFED_BYTES_MAX = 512

/**
 * Reads a BinaryFILE: each record is handed over as a datagram of the framing `binaryfile`, with its
 * number in front of it. That stands where the record before was, which nobody may look at any more.
 */
export class BinaryFileContainer implements Container {
  readonly format = 'binaryfile'
  packetStart = 0
  packetEnd = 0
  originalBytes = 0
  seconds = 0
  nanoseconds = 0
  linkType = 0
  hasTime = true
  readonly #window: CaptureWindow
  readonly #midnightSeconds: number
  #sequence = 0

  /** @param midnightSeconds when the day began in New York, seconds since 1970; 0 if nobody knows */
  constructor(window: CaptureWindow, _context: ContainerContext, midnightSeconds: number) {
    this.#window = window
    this.#midnightSeconds = midnightSeconds
    this.seconds = midnightSeconds
  }

  next(): number {
    const window = this.#window
    if (window.length < LENGTH_BYTES) return FOUND.nothing
    const { view, start } = window
    const length = view.getUint16(start)
    if (window.length < LENGTH_BYTES + length) return FOUND.nothing
    if (length === 0) {
      window.skip(LENGTH_BYTES)
      return FOUND.else
    }
    if (length >= TIMED_BYTES) this.#readTime(start + LENGTH_BYTES + TIME_OFFSET)
    this.packetStart = start - BINARY_FILE_SEQUENCE_BYTES
    this.packetEnd = start + LENGTH_BYTES + length
    this.originalBytes = LENGTH_BYTES + length
    writeBinaryFileSequence(view, this.packetStart, ++this.#sequence)
    window.skip(LENGTH_BYTES + length)
    return FOUND.packet
  }

  leavesPacket(): boolean {
    return this.#window.length > 0
  }

  #readTime(offset: number): void {
    const { view } = this.#window
    const ns = view.getUint16(offset) * TWO_POW_32 + view.getUint32(offset + 2)
    const seconds = Math.floor(ns / NS_PER_SECOND)
    this.seconds = this.#midnightSeconds + seconds
    this.nanoseconds = ns - seconds * NS_PER_SECOND
  }
}

/**
 * Whether bytes look like a BinaryFILE: the first records have plausible lengths, letters as types, and
 * the same length for the same type.
 */
export function looksLikeBinaryFile(bytes: Uint8Array): boolean {
  const lengths = new Map<number, number>()
  let at = 0
  let records = 0
  while (records < SNIFFED_RECORDS && at + LENGTH_BYTES < bytes.length) {
    const length = (bytes[at] << 8) | bytes[at + 1]
    const type = bytes[at + LENGTH_BYTES]
    const isLetter = (type >= 0x41 && type <= 0x5a) || (type >= 0x61 && type <= 0x7a)
    if (!isLetter || length < TIMED_BYTES || length > SNIFFED_BYTES_MAX) return false
    if ((lengths.get(type) ?? length) !== length) return false
    lengths.set(type, length)
    at += LENGTH_BYTES + length
    records++
  }
  // Few records have to end where the bytes do, more or less; many prove themselves.
  return records >= 3 || (records > 0 && at === bytes.length)
}
