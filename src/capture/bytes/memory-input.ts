import type { ByteInput } from './byte-input.js'

/** Bytes that are in memory already. */
export class MemoryInput implements ByteInput {
  readonly totalBytes: number
  consumedBytes = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.totalBytes = bytes.length
  }

  async read(into: Uint8Array): Promise<number> {
    const count = Math.min(into.length, this.totalBytes - this.consumedBytes)
    into.set(this.#bytes.subarray(this.consumedBytes, this.consumedBytes + count))
    this.consumedBytes += count
    return count
  }

  async close(): Promise<void> {
    this.consumedBytes = this.totalBytes
  }
}
