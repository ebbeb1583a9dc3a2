import { assert } from '../foundation/assert.js'
import { ceilPowerOfTwo } from '../foundation/units.js'

/**
 * The unread part of a byte stream, contiguous, in memory that is used again.
 *
 * Chunks are copied in behind, records are taken off in front. Views into `bytes` are valid until
 * the next `append`, which may move what is unread to the front.
 */
export class ByteWindow {
  bytes = new Uint8Array(0)
  /** Where the unread part begins and ends in `bytes`. */
  start = 0
  end = 0
  /** Same place as `bytes`. */
  view = new DataView(this.bytes.buffer)

  get length(): number {
    return this.end - this.start
  }

  append(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(this.length + chunk.length)
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
  }

  /** Takes `count` bytes off the front. */
  skip(count: number): void {
    assert(count <= this.length, `skipping ${count} of ${this.length} bytes`)
    this.start += count
  }

  #makeRoom(neededBytes: number): void {
    // Twice the need: room is then made once for at least as many bytes as it moves.
    const capacity = ceilPowerOfTwo(2 * neededBytes)
    const unread = this.bytes.subarray(this.start, this.end)
    if (capacity > this.bytes.length) {
      this.bytes = new Uint8Array(capacity)
      this.view = new DataView(this.bytes.buffer)
      this.bytes.set(unread)
    } else {
      this.bytes.copyWithin(0, this.start, this.end)
    }
    this.end -= this.start
    this.start = 0
  }
}
