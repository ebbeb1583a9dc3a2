/** Bytes that grow: what encoders write to. One thread. */
export class ByteOutput {
  #bytes = new Uint8Array(65_536)
  #view = new DataView(this.#bytes.buffer)
  /** Bytes so far. */
  length = 0
  /** Bits that wait for a whole word, lowest first. */
  #word = 0
  #wordBits = 0

  /** What was written; valid until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** A whole number in groups of seven bits, lowest first (ULEB128). @param value below 2^53 */
  varint(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80)
    this.byte(rest)
  }

  /** A signed number, its sign in the lowest bit. @param value between -2^52 and 2^52 */
  zigzag(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1)
  }

  /** The same of 64 bits. */
  zigzag64(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80)
    this.byte(Number(rest))
  }

  /** The low bits of a value behind those before it. @param bits 0 to 32; no more than `value` has */
  bits(value: number, bits: number): void {
    const room = 32 - this.#wordBits
    this.#word |= value << this.#wordBits
    if (bits < room) {
      this.#wordBits += bits
      return
    }
    this.uint32(this.#word)
    this.#wordBits = bits - room
    this.#word = room === 32 ? 0 : value >>> room
  }

  /** Fills the last byte of bits with zeros. */
  endBits(): void {
    for (; this.#wordBits > 0; this.#wordBits -= 8) {
      this.byte(this.#word & 0xff)
      this.#word >>>= 8
    }
    this.#word = 0
    this.#wordBits = 0
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + count))
    larger.set(this.bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}
