import type { Packing, UnpackedInput } from './unpacked-input.js'

/** A recording that is read from a place within: its header first, then what is behind the place. */
export class ResumedInput implements UnpackedInput {
  readonly #input: UnpackedInput
  readonly #head: Uint8Array
  #headTaken = 0
  #skip: number

  /**
   * @param input unpacked bytes from a place on
   * @param head the header of the recording
   * @param skip bytes of the input before the first packet
   */
  constructor(input: UnpackedInput, head: Uint8Array, skip: number) {
    this.#input = input
    this.#head = head
    this.#skip = skip
  }

  get packing(): Packing {
    return this.#input.packing
  }

  get endedEarly(): boolean {
    return this.#input.endedEarly
  }

  get trailingBytes(): number {
    return this.#input.trailingBytes
  }

  get totalBytes(): number {
    return this.#input.totalBytes
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#headTaken < this.#head.length) {
      const part = this.#head.subarray(this.#headTaken, this.#headTaken + into.length)
      into.set(part)
      this.#headTaken += part.length
      return part.length
    }
    while (this.#skip > 0) {
      const count = await this.#input.read(into.subarray(0, Math.min(into.length, this.#skip)))
      if (count === 0) return 0
      this.#skip -= count
    }
    return this.#input.read(into)
  }

  close(): Promise<void> {
    return this.#input.close()
  }
}
