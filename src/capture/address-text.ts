/** How many addresses to remember. A capture has a handful; a scan in it must not fill memory. */
const ADDRESSES_MAX = 4096

/**
 * Writes IP addresses as text, the way an endpoint is written: `224.67.0.199`, `ff02::1`.
 *
 * Remembers IPv4 addresses and the last IPv6 one, since a capture repeats few of them.
 */
export class AddressText {
  readonly #ipv4 = new Map<number, string>()
  readonly #ipv6Bytes = new Uint8Array(16)
  #ipv6Text = '::'

  /** @param length 4 or 16 */
  read(bytes: Uint8Array, offset: number, length: number): string {
    return length === 4 ? this.#readIpv4(bytes, offset) : this.#readIpv6(bytes, offset)
  }

  #readIpv4(bytes: Uint8Array, offset: number): string {
    const [a, b, c, d] = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]]
    const key = (a << 24) | (b << 16) | (c << 8) | d
    let text = this.#ipv4.get(key)
    if (text === undefined) {
      text = `${a}.${b}.${c}.${d}`
      if (this.#ipv4.size >= ADDRESSES_MAX) this.#ipv4.clear()
      this.#ipv4.set(key, text)
    }
    return text
  }

  #readIpv6(bytes: Uint8Array, offset: number): string {
    let same = true
    for (let i = 0; i < 16; i++) {
      if (this.#ipv6Bytes[i] !== bytes[offset + i]) same = false
      this.#ipv6Bytes[i] = bytes[offset + i]
    }
    if (!same) this.#ipv6Text = ipv6Text(this.#ipv6Bytes)
    return this.#ipv6Text
  }
}

/** The canonical text of RFC 5952, section 4: the longest run of zero groups becomes `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1])
  let runStart = 0
  let runLength = 0
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > runLength) {
      runStart = start
      runLength = length
    }
  }
  const hex = groups.map((group) => group.toString(16))
  if (runLength < 2) return hex.join(':')
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`
}
