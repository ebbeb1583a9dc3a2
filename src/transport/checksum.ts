const UDP = 17
const UDP_CHECKSUM = 6
const UDP_HEADER_BYTES = 8

/**
 * Whether the checksum of a UDP datagram is right (RFC 768; RFC 8200, section 8.1, for IPv6). A zero
 * means "none" over IPv4.
 *
 * @param network offset of the IP header
 * @param udp offset of the UDP header
 * @param payloadBytes behind the UDP header
 */
export function checksumHolds(
  bytes: DataView,
  network: number,
  udp: number,
  payloadBytes: number,
): boolean {
  const ipv6 = bytes.getUint8(network) >> 4 === 6
  if (bytes.getUint16(udp + UDP_CHECKSUM, false) === 0) return !ipv6
  const udpBytes = payloadBytes + UDP_HEADER_BYTES
  // The pseudo header: both addresses, the protocol and the length.
  const addresses = ipv6 ? network + 8 : network + 12
  let sum = UDP + udpBytes + sumWords(bytes, addresses, ipv6 ? 32 : 8)
  sum += sumWords(bytes, udp, udpBytes)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum === 0xffff
}

/** The sum of big-endian 16-bit words, an odd last byte padded; 65,535 bytes stay below 2^32. */
function sumWords(bytes: DataView, offset: number, length: number): number {
  let sum = 0
  const even = length & ~1
  for (let i = 0; i < even; i += 2) sum += bytes.getUint16(offset + i, false)
  if (even !== length) sum += bytes.getUint8(offset + even) << 8
  return sum
}
