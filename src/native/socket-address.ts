import { isIPv4, isIPv6 } from 'node:net'
import { assert } from '../foundation/assert.js'
import { AF_INET, AF_INET6 } from './constants.js'

export const SOCKADDR_IN_BYTES = 16
export const SOCKADDR_IN6_BYTES = 28
/** Room for the larger of the two. */
export const SOCKET_ADDRESS_ROOM_BYTES = 32

/**
 * A socket address as the kernel wants it.
 *
 * ```
 * sockaddr_in (16 bytes)                 sockaddr_in6 (28 bytes)
 *  0       2       4          8    16     0       2      4       8           24      28
 *  +-------+-------+----------+----+      +-------+------+-------+-----------+-------+
 *  |family |port   |address   | 0  |      |family |port  | flow  | address   | scope |
 *  |native |BE     |4 bytes   |    |      |native |BE    | 0     | 16 bytes  | native|
 *  +-------+-------+----------+----+      +-------+------+-------+-----------+-------+
 * ```
 *
 * @param address an IPv4 or IPv6 literal without a zone
 * @param scope the interface index for a link-local IPv6 address, else 0
 */
export function encodeSocketAddress(address: string, port: number, scope = 0): Uint8Array {
  if (isIPv4(address)) {
    const bytes = new Uint8Array(SOCKADDR_IN_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, AF_INET, true)
    view.setUint16(2, port, false)
    bytes.set(address.split('.').map(Number), 4)
    return bytes
  }
  assert(isIPv6(address), `not an IP address: ${address}`)
  const bytes = new Uint8Array(SOCKADDR_IN6_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_INET6, true)
  view.setUint16(2, port, false)
  bytes.set(encodeIPv6(address), 8)
  view.setUint32(24, scope, true)
  return bytes
}

/** The port of a socket address of either family. */
export function portOf(socketAddress: Uint8Array): number {
  return new DataView(socketAddress.buffer, socketAddress.byteOffset).getUint16(2, false)
}

/** RFC 4291 text (without a zone) as 16 bytes. */
function encodeIPv6(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  const [head = '', tail] = expandEmbeddedIPv4(text).split('::')
  const leading = head === '' ? [] : head.split(':')
  const trailing = tail === undefined || tail === '' ? [] : tail.split(':')
  leading.forEach((group, i) => {
    view.setUint16(i * 2, Number.parseInt(group, 16), false)
  })
  trailing.forEach((group, i) => {
    view.setUint16(16 - (trailing.length - i) * 2, Number.parseInt(group, 16), false)
  })
  return bytes
}

/** `::ffff:10.0.0.1` as `::ffff:a00:1`. */
function expandEmbeddedIPv4(text: string): string {
  const start = text.lastIndexOf(':') + 1
  const last = text.slice(start)
  if (!last.includes('.')) return text
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number)
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
