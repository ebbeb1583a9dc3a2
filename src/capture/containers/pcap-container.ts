import type { CaptureWindow } from './capture-window.js'
import {
  brokenAt,
  CAPTURED_BYTES_MAX,
  type Container,
  type ContainerContext,
  FOUND,
} from './container.js'
import { isPcapngHeader, PCAPNG_SECTION } from './pcapng-container.js'

// The classic capture file (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap, section 4):
// a file header, then a record header and the captured bytes for each packet. The magic number
// tells the byte order of all header fields and the unit of the fraction.
//
//   file     0         4        6        8        12        16        20          24
//            +---------+--------+--------+--------+---------+---------+-----------+
//            |magic u32|major   |minor   |reserved          |snap len |link type  |
//            +---------+--------+--------+--------+---------+---------+-----------+
//   record   0              4              8              12              16
//            +--------------+--------------+--------------+---------------+
//            |seconds u32   |fraction u32  |captured u32  |original u32   |
//            +--------------+--------------+--------------+---------------+
//   The "modified" format has eight more bytes in each record header: interface, protocol, packet type.
export const PCAP_HEADER_BYTES = 24
export const PCAP_RECORD_BYTES = 16
const MODIFIED_RECORD_BYTES = 24

export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d
export const PCAP_MAGIC_MODIFIED = 0xa1b2cd34
/** What all of them have in common, in either byte order. */
const MAGIC_HIGH = 0xa1b2
const MAGIC_HIGH_SWAPPED = 0xb2a1
export const PCAP_MAJOR = 2
export const PCAP_MINOR = 4

/** Whether a file header stands at `offset`, of which 24 bytes are there. */
export function isPcapHeader(view: DataView, offset: number): boolean {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(offset, littleEndian)
    if (
      magic !== PCAP_MAGIC_MICROSECONDS &&
      magic !== PCAP_MAGIC_NANOSECONDS &&
      magic !== PCAP_MAGIC_MODIFIED
    ) {
      continue
    }
    return view.getUint16(offset + 4, littleEndian) === PCAP_MAJOR
  }
  return false
}

/** Reads the records of a classic capture file, in either byte order, micro- or nanoseconds. */
export class PcapContainer implements Container {
  readonly format = 'pcap'
  packetStart = 0
  packetEnd = 0
  originalBytes = 0
  seconds = 0
  nanoseconds = 0
  linkType = 0
  hasTime = true
  readonly #window: CaptureWindow
  readonly #context: ContainerContext
  readonly #littleEndian: boolean
  readonly #fractionNs: number
  readonly #fractionMax: number
  readonly #recordBytes: number

  /** Takes the file header off the window, where 24 bytes of it are. */
  constructor(window: CaptureWindow, context: ContainerContext) {
    this.#window = window
    this.#context = context
    const { view, start } = window
    const swapped = view.getUint32(start, false)
    this.#littleEndian =
      swapped !== PCAP_MAGIC_MICROSECONDS &&
      swapped !== PCAP_MAGIC_NANOSECONDS &&
      swapped !== PCAP_MAGIC_MODIFIED
    const magic = view.getUint32(start, this.#littleEndian)
    this.#fractionNs = magic === PCAP_MAGIC_NANOSECONDS ? 1 : 1000
    this.#fractionMax = magic === PCAP_MAGIC_NANOSECONDS ? 999_999_999 : 999_999
    this.#recordBytes = magic === PCAP_MAGIC_MODIFIED ? MODIFIED_RECORD_BYTES : PCAP_RECORD_BYTES
    // The upper half holds the length of the frame check sequence, where one was captured.
    this.linkType = view.getUint32(start + 20, this.#littleEndian) & 0xffff
    window.skip(PCAP_HEADER_BYTES)
  }

  next(): number {
    const window = this.#window
    const recordBytes = this.#recordBytes
    if (window.length < recordBytes) return FOUND.nothing
    const { view, start } = window
    const littleEndian = this.#littleEndian
    const seconds = view.getUint32(start, littleEndian)
    // A file that was appended to another: its header stands where a record should.
    if (seconds >>> 16 === MAGIC_HIGH || (seconds & 0xffff) === MAGIC_HIGH_SWAPPED) {
      if (window.length < PCAP_HEADER_BYTES) return FOUND.nothing
      if (isPcapHeader(view, start)) return FOUND.header
    }
    if (seconds === PCAPNG_SECTION && isPcapngHeader(view, start)) return FOUND.header
    const fraction = view.getUint32(start + 4, littleEndian)
    const capturedBytes = view.getUint32(start + 8, littleEndian)
    if (capturedBytes > CAPTURED_BYTES_MAX) {
      const what = `claims ${capturedBytes} captured bytes, more than ${CAPTURED_BYTES_MAX}`
      throw brokenAt(this.#context, window.fileOffset, what)
    }
    if (fraction > this.#fractionMax) {
      const unit = this.#fractionNs === 1 ? 'nanoseconds' : 'microseconds'
      const what = `has ${fraction} ${unit} within its second, more than ${this.#fractionMax}`
      throw brokenAt(this.#context, window.fileOffset, what)
    }
    if (window.length < recordBytes + capturedBytes) return FOUND.nothing
    this.packetStart = start + recordBytes
    this.packetEnd = start + recordBytes + capturedBytes
    this.originalBytes = view.getUint32(start + 12, littleEndian)
    this.seconds = seconds
    this.nanoseconds = fraction * this.#fractionNs
    window.skip(recordBytes + capturedBytes)
    return FOUND.packet
  }

  leavesPacket(): boolean {
    return this.#window.length > 0
  }
}
