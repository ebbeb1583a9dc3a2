/** Datagrams that may be put together at a time; the oldest gives way. */
const ENTRIES = 64
/** The longest IP payload, and the units of 8 bytes that a fragment's place is counted in. */
export const REASSEMBLED_BYTES_MAX = 65_536
const UNIT_BYTES = 8
const UNITS = REASSEMBLED_BYTES_MAX / UNIT_BYTES
/** How long parts are waited for, on recorded time (RFC 791 suggests 15 s, Linux takes 30). */
const LIFETIME_NS = 30e9

interface Entry {
  used: boolean
  firstNs: number
  order: number
  /** Addresses and protocol as they stood in the header, and the identification. */
  readonly key: Uint8Array
  keyBytes: number
  id: number
  protocol: number
  /** Bytes of the whole payload; -1 until the last part has come. */
  totalBytes: number
  units: number
  parts: number
  readonly has: Uint8Array
  readonly bytes: Uint8Array
}

/**
 * Puts IP fragments together (RFC 791, section 3.2; RFC 8200, section 4.5), a bounded number of datagrams
 * at a time. Memory is taken with the first fragment; one thread.
 *
 * Each part is in exactly one count: those of datagrams that were put together in `parts`, one of them
 * standing for the datagram in `reassembled`; all others in `incomplete`, once it is clear.
 */
export class FragmentTable {
  /** Datagrams that were put together. */
  reassembled = 0
  /** Their parts, without one for each of the datagrams. */
  parts = 0
  /** Parts of datagrams that never became whole, so far; see `settle`. */
  incomplete = 0
  /** Where the last whole payload is: `wholeBytes` of it at the start of `whole`. */
  whole: Uint8Array = new Uint8Array(0)
  wholeBytes = 0
  readonly #entries: Entry[] = []
  #order = 0

  /**
   * Takes a part.
   *
   * @param addressOffset where both addresses lie one behind the other, `addressBytes` each
   * @param partOffset bytes from the beginning of the whole payload
   * @param more whether more parts follow this one
   * @returns whether the datagram is whole now: `whole` has it until the next call
   */
  add(
    bytes: Uint8Array,
    addressOffset: number,
    addressBytes: number,
    id: number,
    protocol: number,
    start: number,
    end: number,
    partOffset: number,
    more: boolean,
    nowNs: number,
  ): boolean {
    const length = end - start
    const endOffset = partOffset + length
    if (length <= 0 || endOffset > REASSEMBLED_BYTES_MAX || (more && length % UNIT_BYTES !== 0)) {
      this.incomplete++
      return false
    }
    const entry = this.#entry(bytes, addressOffset, 2 * addressBytes, id, protocol, nowNs)
    entry.parts++
    entry.bytes.set(bytes.subarray(start, end), partOffset)
    const lastUnit = Math.ceil(endOffset / UNIT_BYTES)
    for (let unit = partOffset / UNIT_BYTES; unit < lastUnit; unit++) {
      if (entry.has[unit] === 0) entry.units++
      entry.has[unit] = 1
    }
    if (!more) entry.totalBytes = endOffset
    if (entry.totalBytes < 0 || entry.units < Math.ceil(entry.totalBytes / UNIT_BYTES)) return false
    this.reassembled++
    this.parts += entry.parts - 1
    this.whole = entry.bytes
    this.wholeBytes = entry.totalBytes
    entry.used = false
    return true
  }

  /** What is still open never became whole. */
  settle(): void {
    for (const entry of this.#entries) this.#drop(entry)
  }

  /** Parts that wait for others at this moment. */
  get waiting(): number {
    let parts = 0
    for (const entry of this.#entries) if (entry.used) parts += entry.parts
    return parts
  }

  #entry(
    bytes: Uint8Array,
    addressOffset: number,
    keyBytes: number,
    id: number,
    protocol: number,
    nowNs: number,
  ): Entry {
    let oldest: Entry | undefined
    let free: Entry | undefined
    for (const entry of this.#entries) {
      if (entry.used && Math.abs(nowNs - entry.firstNs) > LIFETIME_NS) this.#drop(entry)
      if (!entry.used) free ??= entry
      else if (matches(entry, bytes, addressOffset, keyBytes, id, protocol)) return entry
      else if (oldest === undefined || entry.order < oldest.order) oldest = entry
    }
    if (free === undefined && this.#entries.length < ENTRIES) {
      free = newEntry()
      this.#entries.push(free)
    }
    const entry = free ?? oldest ?? newEntry()
    this.#drop(entry)
    entry.used = true
    entry.firstNs = nowNs
    entry.order = ++this.#order
    entry.key.set(bytes.subarray(addressOffset, addressOffset + keyBytes))
    entry.keyBytes = keyBytes
    entry.id = id
    entry.protocol = protocol
    entry.totalBytes = -1
    entry.units = 0
    entry.parts = 0
    entry.has.fill(0)
    return entry
  }

  #drop(entry: Entry): void {
    if (entry.used) this.incomplete += entry.parts
    entry.used = false
  }
}

function newEntry(): Entry {
  return {
    used: false,
    firstNs: 0,
    order: 0,
    key: new Uint8Array(32),
    keyBytes: 0,
    id: 0,
    protocol: 0,
    totalBytes: -1,
    units: 0,
    parts: 0,
    has: new Uint8Array(UNITS),
    bytes: new Uint8Array(REASSEMBLED_BYTES_MAX),
  }
}

function matches(
  entry: Entry,
  bytes: Uint8Array,
  addressOffset: number,
  keyBytes: number,
  id: number,
  protocol: number,
): boolean {
  if (entry.id !== id || entry.protocol !== protocol || entry.keyBytes !== keyBytes) return false
  for (let i = 0; i < keyBytes; i++) if (entry.key[i] !== bytes[addressOffset + i]) return false
  return true
}
