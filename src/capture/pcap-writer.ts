import { folded, udpChecksum } from './checksums.js'
import {
  PCAP_MAGIC_NANOSECONDS,
  PCAP_MAJOR,
  PCAP_MINOR,
  PCAP_RECORD_BYTES,
} from './containers/pcap-container.js'
import { LINK } from './packets/packet-parser.js'

/** Bytes at the beginning of a file. */
export const PCAP_FILE_HEADER_BYTES = 24
const SNAP_BYTES = 262_144
const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const UDP_BYTES = 8
const HOPS = 64
const UDP_PROTOCOL = 17
const LENGTH_MAX = 65_535

/** Who sent a datagram, or who it was for. */
export interface PcapAddress {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly port: number
}

/**
 * Writes datagrams as packets of a classic pcap with nanoseconds, little-endian, with made-up Ethernet,
 * IP and UDP headers around each payload, into memory of the caller's. One thread; no allocation.
 *
 * ```ts
 * let end = PcapWriter.writeFileHeader(bytes, 0)
 * end += writer.write(bytes, end, seconds, nanoseconds, source, destination, payload, offset, length)
 * ```
 */
export class PcapWriter {
  /** Writes the header of a file of Ethernet packets; returns its bytes. */
  static writeFileHeader(bytes: DataView, offset: number): number {
    bytes.setUint32(offset, PCAP_MAGIC_NANOSECONDS, true)
    bytes.setUint16(offset + 4, PCAP_MAJOR, true)
    bytes.setUint16(offset + 6, PCAP_MINOR, true)
    bytes.setUint32(offset + 8, 0, true)
    bytes.setUint32(offset + 12, 0, true)
    bytes.setUint32(offset + 16, SNAP_BYTES, true)
    bytes.setUint32(offset + 20, LINK.ethernet, true)
    return PCAP_FILE_HEADER_BYTES
  }

  /** Bytes that a datagram takes in the file; 0 if its length does not fit into an IP packet. */
  static recordBytes(payloadBytes: number, ipv6: boolean): number {
    const ipBytes = (ipv6 ? IPV6_BYTES : IPV4_BYTES) + UDP_BYTES + payloadBytes
    const longest = ipv6 ? ipBytes - IPV6_BYTES : ipBytes
    return longest > LENGTH_MAX ? 0 : PCAP_RECORD_BYTES + ETHERNET_BYTES + ipBytes
  }

  /**
   * Writes a datagram's record at `offset` of `bytes`, where there is room for it.
   *
   * @param payload memory that has the payload, `payloadBytes` at `payloadOffset`
   * @returns bytes that were written; 0 if it is too long for an IP packet
   */
  write(
    bytes: DataView,
    offset: number,
    seconds: number,
    nanoseconds: number,
    source: PcapAddress,
    destination: PcapAddress,
    payload: DataView,
    payloadOffset: number,
    payloadBytes: number,
  ): number {
    const ipv6 = destination.address.length === 16
    const recordBytes = PcapWriter.recordBytes(payloadBytes, ipv6)
    if (recordBytes === 0) return 0
    const packetBytes = recordBytes - PCAP_RECORD_BYTES
    bytes.setUint32(offset, seconds, true)
    bytes.setUint32(offset + 4, nanoseconds, true)
    bytes.setUint32(offset + 8, packetBytes, true)
    bytes.setUint32(offset + 12, packetBytes, true)
    const ethernet = offset + PCAP_RECORD_BYTES
    writeEthernet(bytes, ethernet, destination.address)
    const ip = ethernet + ETHERNET_BYTES
    const udpBytes = UDP_BYTES + payloadBytes
    const udp = ip + (ipv6 ? IPV6_BYTES : IPV4_BYTES)
    if (ipv6) writeIpv6(bytes, ip, udpBytes, source.address, destination.address)
    else writeIpv4(bytes, ip, udpBytes, source.address, destination.address)
    bytes.setUint16(udp, source.port)
    bytes.setUint16(udp + 2, destination.port)
    bytes.setUint16(udp + 4, udpBytes)
    // Over IPv4 it may be left out.
    bytes.setUint16(udp + 6, 0)
    const to = udp + UDP_BYTES
    for (let i = 0; i < payloadBytes; i++)
      bytes.setUint8(to + i, payload.getUint8(payloadOffset + i))
    if (ipv6) bytes.setUint16(udp + 6, udpChecksum(bytes, ip, udp, udpBytes))
    return recordBytes
  }
}

/** The group's own address for a group (RFC 1112, section 6.4; RFC 2464, section 7), else a made-up one. */
function writeEthernet(bytes: DataView, offset: number, destination: Uint8Array): void {
  const ipv6 = destination.length === 16
  for (let i = 0; i < 12; i++) bytes.setUint8(offset + i, 0)
  bytes.setUint8(offset, 2)
  bytes.setUint8(offset + 6, 2)
  if (ipv6 && destination[0] === 0xff) {
    bytes.setUint16(offset, 0x3333)
    for (let i = 0; i < 4; i++) bytes.setUint8(offset + 2 + i, destination[12 + i])
  } else if (!ipv6 && destination[0] >= 224 && destination[0] <= 239) {
    bytes.setUint16(offset, 0x0100)
    bytes.setUint8(offset + 2, 0x5e)
    bytes.setUint8(offset + 3, destination[1] & 0x7f)
    bytes.setUint8(offset + 4, destination[2])
    bytes.setUint8(offset + 5, destination[3])
  }
  bytes.setUint16(offset + 12, ipv6 ? 0x86dd : 0x0800)
}

function writeIpv4(
  bytes: DataView,
  offset: number,
  contentBytes: number,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  bytes.setUint16(offset, 0x4500)
  bytes.setUint16(offset + 2, IPV4_BYTES + contentBytes)
  bytes.setUint16(offset + 4, 0)
  bytes.setUint16(offset + 6, 0x4000)
  bytes.setUint8(offset + 8, HOPS)
  bytes.setUint8(offset + 9, UDP_PROTOCOL)
  bytes.setUint16(offset + 10, 0)
  for (let i = 0; i < 4; i++) {
    bytes.setUint8(offset + 12 + i, source[i])
    bytes.setUint8(offset + 16 + i, destination[i])
  }
  let sum = 0
  for (let i = 0; i < IPV4_BYTES; i += 2) sum += bytes.getUint16(offset + i)
  bytes.setUint16(offset + 10, folded(sum))
}

function writeIpv6(
  bytes: DataView,
  offset: number,
  contentBytes: number,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  bytes.setUint32(offset, 0x60000000)
  bytes.setUint16(offset + 4, contentBytes)
  bytes.setUint8(offset + 6, UDP_PROTOCOL)
  bytes.setUint8(offset + 7, HOPS)
  for (let i = 0; i < 16; i++) {
    bytes.setUint8(offset + 8 + i, source[i])
    bytes.setUint8(offset + 24 + i, destination[i])
  }
}
