import { LINK_ETHERNET, LINK_LINUX_SLL, LINK_LINUX_SLL2, LINK_NULL } from './pcap-format.js'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPE_VLAN = 0x8100
const ETHERTYPE_SERVICE_VLAN = 0x88a8
const VLAN_TAGS_MAX = 2

const PROTOCOL_HOP_BY_HOP = 0
const PROTOCOL_UDP = 17
const PROTOCOL_ROUTING = 43
const PROTOCOL_FRAGMENT = 44
const PROTOCOL_DESTINATION = 60

/** Values of AF_INET and AF_INET6 in captures of the BSDs, macOS and Linux. */
const LOOPBACK_FAMILIES: ReadonlySet<number> = new Set([2, 10, 24, 28, 30])

/**
 * What a captured packet turned out to be.
 *
 * `not-udp`: another protocol, or headers that contradict each other. `fragment`: a part of a
 * datagram that was sent in several packets. `truncated`: the capture ends before the datagram does.
 */
export type PacketKind = 'datagram' | 'not-udp' | 'fragment' | 'truncated'

/**
 * Finds the UDP payload in captured packets. Keeps its findings in itself, to be read before the
 * next `find`: no allocation per packet. All offsets are bytes from the start of the array given.
 *
 * Checksums are not verified: a capture at the sender has none yet when the card computes them.
 */
export class UdpPayload {
  sourcePort = 0
  destinationPort = 0
  /** 4 or 16. */
  addressBytes = 0
  /** Where the addresses are. */
  sourceOffset = 0
  destinationOffset = 0
  payloadOffset = 0
  payloadBytes = 0

  readonly #linkType: number

  constructor(linkType: number) {
    this.#linkType = linkType
  }

  /** Looks into the packet at bytes `start` up to and not including `end`. */
  find(bytes: Uint8Array, start: number, end: number): PacketKind {
    switch (this.#linkType) {
      case LINK_ETHERNET: // destination 6, source 6, type 2
        return this.#etherType(bytes, start + 12, start + 14, end)
      case LINK_LINUX_SLL: // packet type 2, hardware 2, address length 2, address 8, protocol 2
        return this.#etherType(bytes, start + 14, start + 16, end)
      case LINK_LINUX_SLL2: // protocol 2, reserved 2, interface 4, hardware 2, and 10 more
        return this.#etherType(bytes, start, start + 20, end)
      case LINK_NULL: {
        if (start + 4 > end) return 'truncated'
        // In the byte order of the machine that captured; families are below 256.
        const family = bytes[start] | bytes[start + 3]
        return LOOPBACK_FAMILIES.has(family) ? this.#ip(bytes, start + 4, end) : 'not-udp'
      }
      default:
        return this.#ip(bytes, start, end)
    }
  }

  /** @param offset where what the type at `typeOffset` names begins: a VLAN tag or a packet. */
  #etherType(bytes: Uint8Array, typeOffset: number, offset: number, end: number): PacketKind {
    let at = offset
    if (at > end) return 'truncated'
    let type = u16(bytes, typeOffset)
    for (let tags = 0; tags < VLAN_TAGS_MAX; tags++) {
      if (type !== ETHERTYPE_VLAN && type !== ETHERTYPE_SERVICE_VLAN) break
      if (at + 4 > end) return 'truncated'
      type = u16(bytes, at + 2)
      at += 4
    }
    if (type === ETHERTYPE_IPV4) return this.#ipv4(bytes, at, end)
    if (type === ETHERTYPE_IPV6) return this.#ipv6(bytes, at, end)
    return 'not-udp'
  }

  #ip(bytes: Uint8Array, start: number, end: number): PacketKind {
    if (start >= end) return 'truncated'
    return bytes[start] >> 4 === 6 ? this.#ipv6(bytes, start, end) : this.#ipv4(bytes, start, end)
  }

  /** RFC 791, section 3.1. */
  #ipv4(bytes: Uint8Array, start: number, end: number): PacketKind {
    if (start + 20 > end) return 'truncated'
    const headerBytes = (bytes[start] & 0x0f) * 4
    const totalBytes = u16(bytes, start + 2)
    if (bytes[start] >> 4 !== 4 || headerBytes < 20) return 'not-udp'
    if (bytes[start + 9] !== PROTOCOL_UDP) return 'not-udp'
    // More fragments follow, or this one does not begin the datagram.
    if ((u16(bytes, start + 6) & 0x3fff) !== 0) return 'fragment'
    this.addressBytes = 4
    this.sourceOffset = start + 12
    this.destinationOffset = start + 16
    // 0 where the card cuts a large packet into segments (TSO): the capture tells the length then.
    const packetEnd = totalBytes === 0 ? end : start + totalBytes
    return this.#udp(bytes, start + headerBytes, packetEnd, end)
  }

  /** RFC 8200, sections 3 and 4. */
  #ipv6(bytes: Uint8Array, start: number, end: number): PacketKind {
    if (start + 40 > end) return 'truncated'
    if (bytes[start] >> 4 !== 6) return 'not-udp'
    const contentBytes = u16(bytes, start + 4)
    const packetEnd = contentBytes === 0 ? end : start + 40 + contentBytes
    this.addressBytes = 16
    this.sourceOffset = start + 8
    this.destinationOffset = start + 24
    let protocol = bytes[start + 6]
    let at = start + 40
    for (;;) {
      if (protocol === PROTOCOL_UDP) return this.#udp(bytes, at, packetEnd, end)
      const isFragment = protocol === PROTOCOL_FRAGMENT
      if (!isFragment && !isExtension(protocol)) return 'not-udp'
      if (at + 8 > packetEnd) return 'not-udp'
      if (at + 8 > end) return 'truncated'
      protocol = bytes[at]
      // Offset and "more" both 0: a whole datagram with a fragment header (RFC 6946).
      if (isFragment && (u16(bytes, at + 2) & 0xfff9) !== 0) {
        return protocol === PROTOCOL_UDP || isExtension(protocol) ? 'fragment' : 'not-udp'
      }
      at += isFragment ? 8 : (bytes[at + 1] + 1) * 8
    }
  }

  /**
   * RFC 768.
   *
   * @param packetEnd where the IP packet ends: behind it an Ethernet frame may be padded.
   * @param end where the capture ends.
   */
  #udp(bytes: Uint8Array, start: number, packetEnd: number, end: number): PacketKind {
    if (start + 8 > end) return 'truncated'
    const datagramBytes = u16(bytes, start + 4)
    if (datagramBytes < 8 || start + datagramBytes > packetEnd) return 'not-udp'
    if (start + datagramBytes > end) return 'truncated'
    this.sourcePort = u16(bytes, start)
    this.destinationPort = u16(bytes, start + 2)
    this.payloadOffset = start + 8
    this.payloadBytes = datagramBytes - 8
    return 'datagram'
  }
}

/** Extension headers whose second byte says how many 8-byte units follow the first. */
function isExtension(protocol: number): boolean {
  return (
    protocol === PROTOCOL_HOP_BY_HOP ||
    protocol === PROTOCOL_ROUTING ||
    protocol === PROTOCOL_DESTINATION
  )
}

/** Big-endian, as all of these headers are. */
function u16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1]
}
