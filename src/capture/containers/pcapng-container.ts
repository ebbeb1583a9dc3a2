import { NS_PER_SECOND } from '../../foundation/units.js'
import type { CaptureWindow } from './capture-window.js'
import {
  brokenAt,
  CAPTURED_BYTES_MAX,
  type Container,
  type ContainerContext,
  FOUND,
} from './container.js'

// The next generation capture file (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng): blocks.
//
//   byte  0          4            8                          total - 4      total
//         +----------+------------+----------  ----------+---+-------------+
//         | type u32 | total u32  |        body          |pad| total again |  in the section's byte order
//         +----------+------------+----------  ----------+---+-------------+
//   section header   body 0: byte-order magic 1a2b3c4d; it may come again, with another byte order
//   interface (1)    body 0: link type u16, 2: reserved, 4: snap length u32, 8: options
//   enhanced (6)     body 0: interface u32, 4: time high u32, 8: low u32, 12: captured u32, 16: original u32, 20: data
//   simple (3)       body 0: original u32, 4: data; captured is the smaller of original and snap length
//   packet (2)       body 0: interface u16, 2: drops u16, 4: time high, 8: low, 12: captured, 16: original, 20: data
export const PCAPNG_SECTION = 0x0a0d0d0a
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** What the magic numbers of classic files have in common, and bytes of their header. */
const PCAP_MAGIC_HIGH = 0xa1b2
const PCAP_MAGIC_HIGH_SWAPPED = 0xb2a1
const PCAP_HEADER_BYTES = 24
const INTERFACE = 1
const PACKET = 2
const SIMPLE = 3
const ENHANCED = 6
const OPTION_RESOLUTION = 9
const OPTION_OFFSET = 14
const SECTION_BYTES_MIN = 28
const BLOCK_BYTES_MIN = 12
/** A packet's block with its options; longer ones are damaged. */
const PACKET_BLOCK_BYTES_MAX = CAPTURED_BYTES_MAX + 8192
const INTERFACE_BLOCK_BYTES_MAX = 65_536
/** Interfaces that a section may have. */
const INTERFACES_MAX = 4096
/** Units of a second beyond which a remainder times 65,536 is not exact. */
const EXACT_UNITS = 2 ** 36

/** Whether a section's header stands at `offset`, of which 12 bytes are there. */
export function isPcapngHeader(view: DataView, offset: number): boolean {
  if (view.getUint32(offset) !== PCAPNG_SECTION) return false
  const magic = offset + 8
  return (
    view.getUint32(magic, true) === BYTE_ORDER_MAGIC ||
    view.getUint32(magic, false) === BYTE_ORDER_MAGIC
  )
}

interface Interface {
  readonly linkType: number
  readonly snapBytes: number
  /** Units of its time stamps in a second, and the seconds to add. */
  readonly unitsPerSecond: number
  readonly offsetSeconds: number
}

/** Reads the packets of a pcapng file: any sections, interfaces and resolutions; all else by its length. */
export class PcapngContainer implements Container {
  readonly format = 'pcapng'
  packetStart = 0
  packetEnd = 0
  originalBytes = 0
  seconds = 0
  nanoseconds = 0
  linkType = 0
  hasTime = true
  readonly #window: CaptureWindow
  readonly #context: ContainerContext
  #littleEndian = true
  #interfaces: Interface[] = []

  constructor(window: CaptureWindow, context: ContainerContext) {
    this.#window = window
    this.#context = context
  }

  next(): number {
    const window = this.#window
    if (window.missing > 0 || window.length < BLOCK_BYTES_MIN) return FOUND.nothing
    const { view, start } = window
    // A palindrome: it reads the same in both byte orders.
    if (view.getUint32(start, true) === PCAPNG_SECTION) this.#readOrder()
    const littleEndian = this.#littleEndian
    const type = view.getUint32(start, littleEndian)
    const total = view.getUint32(start + 4, littleEndian)
    if (type >>> 16 === PCAP_MAGIC_HIGH || (type & 0xffff) === PCAP_MAGIC_HIGH_SWAPPED) {
      // A classic file that was appended: its header stands where a block should.
      if (window.length < PCAP_HEADER_BYTES) return FOUND.nothing
      if (view.getUint16(start + 4, true) === 2 || view.getUint16(start + 4) === 2) {
        return FOUND.header
      }
    }
    if (total < BLOCK_BYTES_MIN || total % 4 !== 0) {
      throw this.#broken(`begins a block of type ${type} with the impossible length ${total}`)
    }
    const isPacket = type === ENHANCED || type === PACKET || type === SIMPLE
    if (isPacket && total > PACKET_BLOCK_BYTES_MAX) {
      throw this.#broken(`claims ${total} bytes, more than ${PACKET_BLOCK_BYTES_MAX}`)
    }
    const known = isPacket || type === INTERFACE || type === PCAPNG_SECTION
    if (!known || (!isPacket && total > INTERFACE_BLOCK_BYTES_MAX)) {
      window.skip(total)
      return FOUND.else
    }
    if (window.length < total) return FOUND.nothing
    const again = view.getUint32(start + total - 4, littleEndian)
    if (again !== total) {
      throw this.#broken(`has the length ${total} at its beginning and ${again} at its end`)
    }
    const found = this.#block(type, start + 8, start + total - 4)
    window.skip(total)
    return found
  }

  leavesPacket(): boolean {
    const { view, start, length, missing } = this.#window
    if (missing > 0) return false
    if (length < 8) return length > 0
    const type = view.getUint32(start, this.#littleEndian)
    return type === ENHANCED || type === PACKET || type === SIMPLE
  }

  #readOrder(): void {
    const { view, start } = this.#window
    if (view.getUint32(start + 8, true) === BYTE_ORDER_MAGIC) this.#littleEndian = true
    else if (view.getUint32(start + 8, false) === BYTE_ORDER_MAGIC) this.#littleEndian = false
    else throw this.#broken('begins a section without a byte-order magic')
  }

  #block(type: number, body: number, end: number): number {
    switch (type) {
      case PCAPNG_SECTION:
        if (end - body < SECTION_BYTES_MIN - BLOCK_BYTES_MIN) throw this.#broken('is no section')
        this.#interfaces = []
        return FOUND.else
      case INTERFACE:
        if (end - body < 8) throw this.#broken('is an interface of too few bytes')
        if (this.#interfaces.length >= INTERFACES_MAX) {
          throw this.#broken(`is interface ${INTERFACES_MAX + 1} of its section`)
        }
        this.#interfaces.push(this.#readInterface(body, end))
        return FOUND.else
      case SIMPLE:
        return this.#simple(body, end)
      default:
        return this.#packet(type, body, end)
    }
  }

  #readInterface(body: number, end: number): Interface {
    const { view } = this.#window
    const littleEndian = this.#littleEndian
    let unitsPerSecond = 1e6
    let offsetSeconds = 0
    let at = body + 8
    while (at + 4 <= end) {
      const code = view.getUint16(at, littleEndian)
      const length = view.getUint16(at + 2, littleEndian)
      const value = at + 4
      if (code === 0 || value + length > end) break
      if (code === OPTION_RESOLUTION && length >= 1) {
        const resolution = view.getUint8(value)
        unitsPerSecond = resolution >= 128 ? 2 ** (resolution - 128) : 10 ** resolution
      } else if (code === OPTION_OFFSET && length >= 8) {
        offsetSeconds = Number(view.getBigInt64(value, littleEndian))
      }
      at = value + length + ((4 - (length % 4)) % 4)
    }
    return {
      linkType: view.getUint16(body, littleEndian),
      snapBytes: view.getUint32(body + 4, littleEndian),
      unitsPerSecond,
      offsetSeconds,
    }
  }

  #packet(type: number, body: number, end: number): number {
    const { view } = this.#window
    const littleEndian = this.#littleEndian
    if (end - body < 20) throw this.#broken(`is a packet in a block of ${end - body + 12} bytes`)
    const number =
      type === ENHANCED ? view.getUint32(body, littleEndian) : view.getUint16(body, littleEndian)
    const from = this.#interfaceOf(number)
    const capturedBytes = view.getUint32(body + 12, littleEndian)
    if (capturedBytes > end - body - 20) {
      throw this.#broken(`claims ${capturedBytes} captured bytes in a block of ${end - body + 12}`)
    }
    this.#readTime(
      view.getUint32(body + 4, littleEndian),
      view.getUint32(body + 8, littleEndian),
      from,
    )
    this.hasTime = true
    this.linkType = from.linkType
    this.originalBytes = view.getUint32(body + 16, littleEndian)
    this.packetStart = body + 20
    this.packetEnd = body + 20 + capturedBytes
    return FOUND.packet
  }

  /** Such a packet has no time: it gets that of the packet before. */
  #simple(body: number, end: number): number {
    if (end - body < 4) throw this.#broken('is a packet in a block of too few bytes')
    const { linkType, snapBytes } = this.#interfaceOf(0)
    const original = this.#window.view.getUint32(body, this.#littleEndian)
    const room = snapBytes === 0 ? original : Math.min(original, snapBytes)
    if (room > end - body - 4) {
      throw this.#broken(`claims ${room} captured bytes in a block of ${end - body + 12}`)
    }
    this.hasTime = false
    this.linkType = linkType
    this.originalBytes = original
    this.packetStart = body + 4
    this.packetEnd = body + 4 + room
    return FOUND.packet
  }

  #interfaceOf(number: number): Interface {
    const found = this.#interfaces[number]
    if (found !== undefined) return found
    throw this.#broken(
      `is of interface ${number}, and the section has ${this.#interfaces.length} interfaces so far`,
    )
  }

  /** Splits 64 bits of units into seconds and nanoseconds, by long division in digits of 16 bits. */
  #readTime(high: number, low: number, { unitsPerSecond, offsetSeconds }: Interface): void {
    if (unitsPerSecond > EXACT_UNITS) {
      this.#readFineTime(high, low, unitsPerSecond, offsetSeconds)
      return
    }
    let seconds = 0
    let rest = 0
    rest = high >>> 16
    seconds = Math.floor(rest / unitsPerSecond)
    rest = (rest - seconds * unitsPerSecond) * 65_536 + (high & 0xffff)
    let digit = Math.floor(rest / unitsPerSecond)
    seconds = seconds * 65_536 + digit
    rest = (rest - digit * unitsPerSecond) * 65_536 + (low >>> 16)
    digit = Math.floor(rest / unitsPerSecond)
    seconds = seconds * 65_536 + digit
    rest = (rest - digit * unitsPerSecond) * 65_536 + (low & 0xffff)
    digit = Math.floor(rest / unitsPerSecond)
    this.seconds = seconds * 65_536 + digit + offsetSeconds
    rest -= digit * unitsPerSecond
    this.nanoseconds =
      NS_PER_SECOND % unitsPerSecond === 0
        ? rest * (NS_PER_SECOND / unitsPerSecond)
        : Math.floor((rest / unitsPerSecond) * NS_PER_SECOND)
  }

  /** Resolutions below a nanosecond or so, which no recorder in use writes. */
  #readFineTime(high: number, low: number, unitsPerSecond: number, offsetSeconds: number): void {
    const units = BigInt(unitsPerSecond)
    const all = (BigInt(high) << 32n) | BigInt(low)
    this.seconds = Number(all / units) + offsetSeconds
    this.nanoseconds = Number(((all % units) * BigInt(NS_PER_SECOND)) / units)
  }

  #broken(what: string) {
    return brokenAt(this.#context, this.#window.fileOffset, what)
  }
}
