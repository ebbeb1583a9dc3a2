import { TickwireError } from '../foundation/errors.js'
import { AddressText } from './address-text.js'

/** Destinations that are told apart; a scan in a capture must not fill memory. */
const DESTINATIONS_MAX = 4096
const BUCKETS = 4 * DESTINATIONS_MAX
const ADDRESS_BYTES = 16
/** Destinations that a message lists. */
const LISTED = 10

/**
 * The destinations of a recording's datagrams, numbered in the order in which they were seen. No
 * allocation but for a text that is asked for.
 */
export class Destinations {
  size = 0
  /** Datagrams to destinations beyond those that are told apart. */
  others = 0
  readonly #addresses = new Uint8Array(DESTINATIONS_MAX * ADDRESS_BYTES)
  readonly #lengths = new Uint8Array(DESTINATIONS_MAX)
  readonly #ports = new Uint16Array(DESTINATIONS_MAX)
  readonly #counts = new Float64Array(DESTINATIONS_MAX)
  /** Number plus 1; 0: free. */
  readonly #buckets = new Uint16Array(BUCKETS)
  readonly #text = new AddressText()
  #last = 0

  /** The number of a destination, which counts one datagram more; -1 where there are too many. */
  add(bytes: Uint8Array, offset: number, addressBytes: number, port: number): number {
    const last = this.#last
    if (this.size > 0 && this.#is(last, bytes, offset, addressBytes, port)) {
      this.#counts[last] += 1
      return last
    }
    let hash = port
    for (let i = 0; i < addressBytes; i++) hash = Math.imul(hash ^ bytes[offset + i], 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    let bucket = (hash ^ (hash >>> 13)) & (BUCKETS - 1)
    for (;;) {
      const number = this.#buckets[bucket] - 1
      if (number < 0) break
      if (this.#is(number, bytes, offset, addressBytes, port)) {
        this.#last = number
        this.#counts[number] += 1
        return number
      }
      bucket = (bucket + 1) & (BUCKETS - 1)
    }
    if (this.size === DESTINATIONS_MAX) {
      this.others++
      return -1
    }
    const number = this.size++
    this.#buckets[bucket] = number + 1
    this.#addresses.set(bytes.subarray(offset, offset + addressBytes), number * ADDRESS_BYTES)
    this.#lengths[number] = addressBytes
    this.#ports[number] = port
    this.#counts[number] = 1
    this.#last = number
    return number
  }

  /** `ADDRESS:PORT` of a destination, IPv6 in brackets. */
  text(number: number): string {
    const length = this.#lengths[number]
    const address = this.#text.read(this.#addresses, number * ADDRESS_BYTES, length)
    const port = this.#ports[number]
    return length === 4 ? `${address}:${port}` : `[${address}]:${port}`
  }

  address(number: number): string {
    return this.#text.read(this.#addresses, number * ADDRESS_BYTES, this.#lengths[number])
  }

  port(number: number): number {
    return this.#ports[number]
  }

  count(number: number): number {
    return this.#counts[number]
  }

  /** The destinations with the most datagrams, as a bounded text. */
  list(): string {
    const order = Array.from({ length: this.size }, (_, number) => number)
    order.sort((a, b) => this.#counts[b] - this.#counts[a] || a - b)
    const listed = order.slice(0, LISTED).map((n) => `${this.text(n)} (${this.#counts[n]})`)
    const rest = this.size - listed.length
    if (rest > 0 || this.others > 0) {
      listed.push(`and ${rest}${this.others > 0 ? ' or more' : ''} others`)
    }
    return listed.join(', ')
  }

  #is(
    number: number,
    bytes: Uint8Array,
    offset: number,
    addressBytes: number,
    port: number,
  ): boolean {
    if (this.#ports[number] !== port || this.#lengths[number] !== addressBytes) return false
    const at = number * ADDRESS_BYTES
    for (let i = 0; i < addressBytes; i++) {
      if (this.#addresses[at + i] !== bytes[offset + i]) return false
    }
    return true
  }
}

/**
 * The one text for a destination, as {@link Destinations.text} writes it.
 *
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function canonicalDestination(text: string): string {
  const match = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9a-fA-F:.]+)\]):(\d{1,5})$/.exec(text.trim())
  const port = Number(match?.[3])
  try {
    if (match !== null && port <= 65_535) {
      const [, ipv4, ipv6] = match
      if (ipv6 !== undefined) return `${new URL(`http://[${ipv6}]`).hostname}:${port}`
      if (ipv4?.split('.').every((part) => Number(part) <= 255)) return `${ipv4}:${port}`
    }
  } catch {
    // No address.
  }
  throw new TickwireError(
    'TW_BAD_OPTION',
    `"${text.slice(0, 100)}" is no destination`,
    'Write it like 239.1.1.1:9001 or [ff02::1]:9001.',
  )
}

/** The error for a recording in which somebody has to choose. */
export function severalDestinations(name: string, destinations: Destinations): TickwireError {
  return new TickwireError(
    'TW_BAD_OPTION',
    `${name} holds datagrams to ${destinations.size} destinations: ${destinations.list()}`,
    `Choose one: file:PATH?to=${destinations.text(0)}, or replay --from ${destinations.text(0)}.`,
  )
}

/** The error for a choice that is not there. */
export function noSuchDestination(
  name: string,
  wanted: string,
  destinations: Destinations,
): TickwireError {
  return new TickwireError(
    'TW_BAD_OPTION',
    `${name} holds no datagram to ${wanted}; there are: ${destinations.list()}`,
    'Choose one of those.',
  )
}
