import type { ByteInput } from '../bytes/byte-input.js'

/**
 * Bytes before the window, so that something may be put in front of what begins at its start.
 */
export const HEADROOM_BYTES = 64

/**
 * The unread part of a recording, contiguous, in memory that is used again; a tail behind it is free for
 * datagrams that have to be put together. Positions are bytes from the start of `bytes`.
 */
export class CaptureWindow {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly view: DataView<ArrayBuffer>
  /** Where the tail begins. */
  readonly tail: number
  /** Where the unread part begins and ends. */
  start = HEADROOM_BYTES
  end = HEADROOM_BYTES
  /** Where in the unpacked recording `start` is. */
  fileOffset = 0
  /** Bytes that will be skipped as they come, without room for them. */
  #skipping = 0

  constructor(windowBytes: number, tailBytes: number) {
    this.tail = HEADROOM_BYTES + windowBytes
    this.bytes = new Uint8Array(this.tail + tailBytes)
    this.view = new DataView(this.bytes.buffer)
  }

  get length(): number {
    return this.end - this.start
  }

  /** Takes `count` bytes off the front; those that are not there yet go as they come. */
  skip(count: number): void {
    const now = Math.min(count, this.length)
    this.start += now
    this.fileOffset += now
    this.#skipping += count - now
  }

  /** Bytes that have still to come before the front is what it says. */
  get missing(): number {
    return this.#skipping
  }

  /**
   * Moves what is unread to the front and reads behind it once, at most `chunkBytes`.
   *
   * @returns false at the end of the input
   */
  async fill(input: ByteInput, chunkBytes: number): Promise<boolean> {
    const unread = this.length
    if (this.start > HEADROOM_BYTES) {
      this.bytes.copyWithin(HEADROOM_BYTES, this.start, this.end)
      this.start = HEADROOM_BYTES
      this.end = HEADROOM_BYTES + unread
    }
    const room = Math.min(this.tail, this.end + chunkBytes)
    const count = await input.read(this.bytes.subarray(this.end, room))
    this.end += count
    if (this.#skipping > 0) {
      const skipping = this.#skipping
      this.#skipping = 0
      this.skip(skipping)
    }
    return count > 0
  }
}
