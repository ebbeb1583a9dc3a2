/** The most pieces that are looked at ahead. */
export const MOST_PIECES = 64

const MAX_INT32 = 2 ** 31 - 1

/**
 * Datagrams, or trains, that a source shows at once, and that may become one run: an entry of each array for
 * each. Made once and used again. One thread.
 */
export class Pieces {
  /** Bytes from the start of the source's memory: to the payload, then to the first message, or to its length. */
  readonly offsets: Int32Array | Float64Array
  /** Bytes of the payload. */
  readonly lengths = new Int32Array(MOST_PIECES)
  /** Of the first: bytes of each datagram of a train, which is never shown with others; 0: a single datagram. */
  segmentBytes = 0
  /** When the kernel received it, ns since the session epoch; NaN if it did not say. */
  readonly receivedNs = new Float64Array(MOST_PIECES)
  /** Messages in it, which a framing finds. */
  readonly counts = new Int32Array(MOST_PIECES)
  /** In all that were admitted; the most in one. */
  messages = 0
  most = 0

  /** @param memoryBytes of the largest memory that they can lie in */
  constructor(memoryBytes: number) {
    const near = memoryBytes <= MAX_INT32
    this.offsets = near ? new Int32Array(MOST_PIECES) : new Float64Array(MOST_PIECES)
  }
}
