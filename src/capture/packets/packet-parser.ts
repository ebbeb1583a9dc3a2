import { FragmentTable } from './fragment-table.js'
import { REASON } from './packet-reasons.js'

/** What a packet turned out to be. */
export const PACKET = {
  /** A UDP datagram; the parser's fields tell where. */
  datagram: 0,
  /** The capture has less of the packet than was on the wire. */
  truncated: 1,
  /** A part of a datagram that waits for the others, or was refused. */
  fragment: 2,
  /** Something else; `reason` says what. */
  other: 3,
} as const

/** Link types by their numbers (https://www.tcpdump.org/linktypes.html). */
export const LINK = {
  null: 0,
  ethernet: 1,
  rawOld: 12,
  rawOldest: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPE_MPLS = 0x8847
const ETHERTYPE_MPLS_MULTICAST = 0x8848
/** Below it the field is a length (IEEE 802.3, clause 3.2.6). */
const ETHERTYPE_MIN = 0x0600

const UDP = 17
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const DESTINATION_OPTIONS = 60
const MOBILITY = 135

/** Values of AF_INET and AF_INET6 in captures of the BSDs, macOS and Linux. */
const FAMILY_IPV4 = 2
const FAMILIES_IPV6: ReadonlySet<number> = new Set([10, 24, 28, 30])

/**
 * Finds the UDP payload in captured packets. Keeps its findings in its fields, to be read before the
 * next `find`: no allocation per packet, but for fragments. Offsets are bytes from the start of the array.
 *
 * Checksums are not verified: a capture at the sender has none yet where the card computes them.
 */
export class PacketParser {
  sourcePort = 0
  destinationPort = 0
  /** 4 or 16. */
  addressBytes = 4
  /** Where the addresses are. */
  sourceOffset = 0
  destinationOffset = 0
  payloadOffset = 0
  /** Of a packet that was cut short: as its header says it; 0: the cut left no UDP header. */
  payloadBytes = 0
  /** Why it is something else; see {@link REASON}. */
  reason = 0
  /** Whether the payload lies in the area for what was put together, and not in the packet. */
  isReassembled = false
  readonly fragments = new FragmentTable()

  readonly #wholeOffset: number
  #nowNs = 0

  /** @param wholeOffset where in the array there is room for datagrams that come in fragments */
  constructor(wholeOffset: number) {
    this.#wholeOffset = wholeOffset
  }

  /**
   * Looks into the packet at bytes `start` up to and not including `end`.
   *
   * @param nowNs when it was captured, for the lifetime of fragments
   * @returns one of {@link PACKET}
   */
  find(bytes: Uint8Array, start: number, end: number, linkType: number, nowNs: number): number {
    this.#nowNs = nowNs
    this.isReassembled = false
    this.payloadBytes = 0
    switch (linkType) {
      case LINK.ethernet: // destination 6, source 6, type 2
        return this.#etherType(bytes, start + 12, start + 14, end)
      case LINK.linuxSll: // packet type 2, hardware 2, address length 2, address 8, protocol 2
        return this.#etherType(bytes, start + 14, start + 16, end)
      case LINK.linuxSll2: // protocol 2, reserved 2, interface 4, hardware 2, and 10 more
        return this.#etherType(bytes, start, start + 20, end)
      case LINK.null:
      case LINK.loop: {
        if (start + 4 > end) return PACKET.truncated
        // In the byte order of the machine that captured; families are below 256.
        const family = bytes[start] | bytes[start + 3]
        if (family === FAMILY_IPV4) return this.#ipv4(bytes, start + 4, end)
        if (FAMILIES_IPV6.has(family)) return this.#ipv6(bytes, start + 4, end)
        return this.#other(REASON.otherFamily)
      }
      case LINK.raw:
      case LINK.rawOld:
      case LINK.rawOldest:
        return this.#ip(bytes, start, end, REASON.malformed)
      case LINK.ipv4:
        return this.#ipv4(bytes, start, end)
      case LINK.ipv6:
        return this.#ipv6(bytes, start, end)
      default:
        return this.#other(REASON.linkType + linkType)
    }
  }

  #other(reason: number): number {
    this.reason = reason
    return PACKET.other
  }

  /** @param offset where what the type at `typeOffset` names begins: a tag or a packet. */
  #etherType(bytes: Uint8Array, typeOffset: number, offset: number, end: number): number {
    let at = offset
    if (at > end) return PACKET.truncated
    let type = u16(bytes, typeOffset)
    while (isTag(type)) {
      if (at + 4 > end) return PACKET.truncated
      type = u16(bytes, at + 2)
      at += 4
    }
    if (type === ETHERTYPE_IPV4) return this.#ipv4(bytes, at, end)
    if (type === ETHERTYPE_IPV6) return this.#ipv6(bytes, at, end)
    if (type === ETHERTYPE_MPLS || type === ETHERTYPE_MPLS_MULTICAST) {
      return this.#mpls(bytes, at, end)
    }
    return this.#other(type < ETHERTYPE_MIN ? REASON.llc : REASON.etherType + type)
  }

  /** Labels of four bytes until one says that it is the last (RFC 3032, section 2.1). */
  #mpls(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    for (;;) {
      if (at + 4 > end) return PACKET.truncated
      const bottom = (bytes[at + 2] & 1) !== 0
      at += 4
      if (bottom) return this.#ip(bytes, at, end, REASON.mpls)
    }
  }

  #ip(bytes: Uint8Array, start: number, end: number, otherwise: number): number {
    if (start >= end) return PACKET.truncated
    const version = bytes[start] >> 4
    if (version === 4) return this.#ipv4(bytes, start, end)
    if (version === 6) return this.#ipv6(bytes, start, end)
    return this.#other(otherwise)
  }

  /** RFC 791, section 3.1. */
  #ipv4(bytes: Uint8Array, start: number, end: number): number {
    if (start + 20 > end) return PACKET.truncated
    const headerBytes = (bytes[start] & 0x0f) * 4
    const totalBytes = u16(bytes, start + 2)
    if (bytes[start] >> 4 !== 4 || headerBytes < 20) return this.#other(REASON.malformed)
    const protocol = bytes[start + 9]
    if (protocol !== UDP) return this.#other(protocol)
    this.addressBytes = 4
    this.sourceOffset = start + 12
    this.destinationOffset = start + 16
    // 0 where the card cuts a large packet into segments (TSO): the capture tells the length then.
    const packetEnd = totalBytes === 0 ? end : start + totalBytes
    if (packetEnd < start + headerBytes) return this.#other(REASON.malformed)
    const place = u16(bytes, start + 6)
    // More fragments follow, or this one does not begin the datagram.
    if ((place & 0x3fff) !== 0) {
      if (packetEnd > end) return PACKET.truncated
      const more = (place & 0x2000) !== 0
      const id = u16(bytes, start + 4)
      return this.#part(bytes, id, start + headerBytes, packetEnd, (place & 0x1fff) * 8, more)
    }
    return this.#udp(bytes, start + headerBytes, packetEnd, end)
  }

  /** RFC 8200, sections 3 and 4; the authentication header is RFC 4302's. */
  #ipv6(bytes: Uint8Array, start: number, end: number): number {
    if (start + 40 > end) return PACKET.truncated
    if (bytes[start] >> 4 !== 6) return this.#other(REASON.malformed)
    const contentBytes = u16(bytes, start + 4)
    const packetEnd = contentBytes === 0 ? end : start + 40 + contentBytes
    this.addressBytes = 16
    this.sourceOffset = start + 8
    this.destinationOffset = start + 24
    let protocol = bytes[start + 6]
    let at = start + 40
    for (;;) {
      if (protocol === UDP) return this.#udp(bytes, at, packetEnd, end)
      const unit = extensionUnit(protocol)
      if (unit === 0) return this.#other(protocol)
      if (at + 8 > packetEnd) return this.#other(REASON.malformed)
      if (at + 8 > end) return PACKET.truncated
      const isFragment = protocol === FRAGMENT
      const lengthField = bytes[at + 1]
      protocol = bytes[at]
      // Offset and "more" both 0: a whole datagram with a fragment header (RFC 6946).
      if (isFragment && (u16(bytes, at + 2) & 0xfff9) !== 0) {
        if (protocol !== UDP && extensionUnit(protocol) === 0) return this.#other(protocol)
        // Extension headers behind the fragment header are not looked for in parts.
        if (protocol !== UDP) return this.#refusedPart()
        if (packetEnd > end) return PACKET.truncated
        const place = u16(bytes, at + 2)
        const id = u16(bytes, at + 4) * 65_536 + u16(bytes, at + 6)
        return this.#part(bytes, id, at + 8, packetEnd, place & 0xfff8, (place & 1) !== 0)
      }
      if (isFragment) at += 8
      else if (unit === 4) at += (lengthField + 2) * 4
      else at += (lengthField + 1) * 8
    }
  }

  #refusedPart(): number {
    this.fragments.incomplete++
    return PACKET.fragment
  }

  #part(
    bytes: Uint8Array,
    id: number,
    start: number,
    end: number,
    partOffset: number,
    more: boolean,
  ): number {
    const { fragments, addressBytes, sourceOffset } = this
    const now = this.#nowNs
    if (
      !fragments.add(bytes, sourceOffset, addressBytes, id, UDP, start, end, partOffset, more, now)
    ) {
      return PACKET.fragment
    }
    const at = this.#wholeOffset
    bytes.set(fragments.whole.subarray(0, fragments.wholeBytes), at)
    this.isReassembled = true
    const kind = this.#udp(bytes, at, at + fragments.wholeBytes, at + fragments.wholeBytes)
    return kind === PACKET.truncated ? this.#other(REASON.malformed) : kind
  }

  /**
   * RFC 768.
   *
   * @param packetEnd where the IP packet ends: behind it an Ethernet frame may be padded.
   * @param end where the capture ends.
   */
  #udp(bytes: Uint8Array, start: number, packetEnd: number, end: number): number {
    if (start + 8 > packetEnd) return this.#other(REASON.malformed)
    if (start + 8 > end) return PACKET.truncated
    const declared = u16(bytes, start + 4)
    // 0 where a train is longer than the field can say.
    const datagramBytes = declared === 0 ? packetEnd - start : declared
    if (datagramBytes < 8 || start + datagramBytes > packetEnd) return this.#other(REASON.malformed)
    this.sourcePort = u16(bytes, start)
    this.destinationPort = u16(bytes, start + 2)
    this.payloadOffset = start + 8
    this.payloadBytes = datagramBytes - 8
    return start + datagramBytes > end ? PACKET.truncated : PACKET.datagram
  }
}

function isTag(type: number): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200
}

/** The unit in which an IPv6 extension header counts its length: 8 or 4 bytes; 0: it is none. */
function extensionUnit(protocol: number): 0 | 4 | 8 {
  switch (protocol) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case DESTINATION_OPTIONS:
    case MOBILITY:
      return 8
    case AUTHENTICATION:
      return 4
    default:
      return 0
  }
}

/** Big-endian, as all of these headers are. */
function u16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1]
}
