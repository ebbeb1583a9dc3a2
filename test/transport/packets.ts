import { isIPv4 } from 'node:net'
import { encodeSocketAddress } from '../../src/native/socket-address.js'

const UDP = 17

/** An IP packet with a UDP datagram in it, from its IP header on. */
export interface PacketParts {
  readonly from: string
  readonly to: string
  readonly fromPort?: number
  readonly port: number
  readonly payload: Uint8Array
  readonly protocol?: number
  /** IPv4 only: 32-bit words of options behind the header. */
  readonly optionWords?: number
  /** IPv4 only: offset in units of 8 bytes, and whether more follow. */
  readonly fragment?: { readonly offset: number; readonly more: boolean }
  /** Instead of the right one. */
  readonly checksum?: number
  /** Instead of the right one. */
  readonly udpBytes?: number
}

/** Builds a packet, independently of the code under test. */
export function udpPacket(parts: PacketParts): Buffer {
  const source = addressBytes(parts.from)
  const destination = addressBytes(parts.to)
  const protocol = parts.protocol ?? UDP
  const udp = Buffer.alloc(8 + parts.payload.length)
  udp.writeUInt16BE(parts.fromPort ?? 40_000, 0)
  udp.writeUInt16BE(parts.port, 2)
  udp.writeUInt16BE(parts.udpBytes ?? udp.length, 4)
  udp.set(parts.payload, 8)
  const pseudo = Buffer.from([0, protocol, udp.length >> 8, udp.length & 0xff])
  const right = onesComplement(Buffer.concat([source, destination, pseudo, udp])) || 0xffff
  udp.writeUInt16BE(parts.checksum ?? right, 6)
  const header = isIPv4(parts.to) ? ipv4Header(parts, udp.length) : ipv6Header(parts, udp.length)
  return Buffer.concat([header, udp])
}

function ipv4Header(parts: PacketParts, bodyBytes: number): Buffer {
  const words = 5 + (parts.optionWords ?? 0)
  // Options that say nothing: "no operation".
  const header = Buffer.alloc(words * 4, 1)
  header.fill(0, 0, 20)
  header.writeUInt8(0x40 | words, 0)
  header.writeUInt16BE(header.length + bodyBytes, 2)
  const { offset = 0, more = false } = parts.fragment ?? {}
  header.writeUInt16BE((more ? 0x2000 : 0) | offset, 6)
  header.writeUInt8(64, 8)
  header.writeUInt8(parts.protocol ?? UDP, 9)
  header.set(addressBytes(parts.from), 12)
  header.set(addressBytes(parts.to), 16)
  header.writeUInt16BE(onesComplement(header), 10)
  return header
}

function ipv6Header(parts: PacketParts, bodyBytes: number): Buffer {
  const header = Buffer.alloc(40)
  header.writeUInt8(0x60, 0)
  header.writeUInt16BE(bodyBytes, 4)
  header.writeUInt8(parts.protocol ?? UDP, 6)
  header.writeUInt8(64, 7)
  header.set(addressBytes(parts.from), 8)
  header.set(addressBytes(parts.to), 24)
  return header
}

function addressBytes(address: string): Uint8Array {
  const bytes = encodeSocketAddress(address, 0)
  return isIPv4(address) ? bytes.subarray(4, 8) : bytes.subarray(8, 24)
}

/** RFC 1071, the slow and obvious way. */
function onesComplement(bytes: Uint8Array): number {
  let sum = 0
  bytes.forEach((byte, i) => {
    sum += i % 2 === 0 ? byte * 256 : byte
    if (sum > 0xffff) sum -= 0xffff
  })
  return 0xffff - sum
}
