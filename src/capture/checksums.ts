const UDP_PROTOCOL = 17
const IPV6_BYTES = 40
const CHECKSUM_OFFSET = 6

/**
 * That of a UDP datagram over IPv6, where it has to be there (RFC 8200, section 8.1). What stands in its place
 * does not count.
 *
 * @param ip offset of the IPv6 header
 * @param udp offset of the UDP header
 */
export function udpChecksum(bytes: DataView, ip: number, udp: number, udpBytes: number): number {
  let sum = udpBytes + UDP_PROTOCOL
  for (let i = 8; i < IPV6_BYTES; i += 2) sum += bytes.getUint16(ip + i)
  for (let i = 0; i + 1 < udpBytes; i += 2) {
    if (i !== CHECKSUM_OFFSET) sum += bytes.getUint16(udp + i)
  }
  if (udpBytes % 2 === 1) sum += bytes.getUint8(udp + udpBytes - 1) << 8
  const checksum = folded(sum)
  return checksum === 0 ? 0xffff : checksum
}

/** The checksum of words that add up to this: RFC 1071. */
export function folded(sum: number): number {
  let folding = sum
  while (folding > 0xffff) folding = (folding & 0xffff) + Math.floor(folding / 65_536)
  return ~folding & 0xffff
}
