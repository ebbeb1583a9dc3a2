import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import { encodeSocketAddress } from '../native/socket-address.js'

/** Where the IP address lies in a sockaddr_in and in a sockaddr_in6, and how long it is. */
const IPV4_IN_NAME = { offset: 4, bytes: 4 }
const IPV6_IN_NAME = { offset: 8, bytes: 16 }

/**
 * Tells datagrams of allowed sources from others, by the bytes of an address where it lies: one word
 * for IPv4, four for IPv6. Ports and IPv6 scopes are not compared. No allocation after its construction.
 */
export class SourceFilter {
  /** Bytes from the start of a socket address of this family to the IP address in it. */
  readonly offsetInName: number
  /** The allowed addresses one behind the other, each `#wordCount` words as they lie in memory. */
  readonly #allowed: Int32Array
  readonly #wordCount: number

  /** @param addresses IP literals without zones, at least one, all of one family */
  constructor(addresses: readonly string[]) {
    const { offset, bytes } = addresses.every(isIPv4) ? IPV4_IN_NAME : IPV6_IN_NAME
    this.offsetInName = offset
    this.#wordCount = bytes / 4
    const octets = addresses.flatMap((address) => [
      ...encodeSocketAddress(address, 0).subarray(offset, offset + bytes),
    ])
    this.#allowed = new Int32Array(Uint8Array.from(octets).buffer)
  }

  /** @param offset of an IP address of this family in `bytes`, in network order */
  passes(bytes: DataView, offset: number): boolean {
    const allowed = this.#allowed
    const wordCount = this.#wordCount
    for (let start = 0; start < allowed.length; start += wordCount) {
      let equal = 0
      while (
        equal < wordCount &&
        bytes.getInt32(offset + equal * 4, true) === allowed[start + equal]
      ) {
        equal++
      }
      if (equal === wordCount) return true
    }
    return false
  }
}

/** The one text for an address, without a zone: as `node:dgram` names the source of a datagram. */
export function canonicalAddress(text: string): string {
  const [address = ''] = text.split('%')
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address
}
