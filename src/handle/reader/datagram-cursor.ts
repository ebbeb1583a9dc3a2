import type { DatagramSource } from '../../transport/datagram-source.js'

/**
 * Walks what a source has opened: a datagram, or a train of them piece by piece. Where datagrams that
 * follow one another are a datagram again, a train is walked as one piece, which is much faster.
 */
export class DatagramCursor {
  /** The present piece: bytes from the start of the source's memory. */
  offset = 0
  length = 0
  /** Datagrams in the present piece, and in all that was opened. */
  datagrams = 1
  segments = 1
  /** Datagrams that have not been walked over; 0 once all is done. */
  left = 0
  /** Whether the present piece is a whole train. */
  coalesced = false
  readonly #canCoalesce: boolean
  #end = 0
  #segmentBytes = 0

  constructor(canCoalesce: boolean) {
    this.#canCoalesce = canCoalesce
  }

  /** Stands on the first piece of what the source opened last. */
  open(source: DatagramSource): void {
    this.offset = source.offset
    this.#end = source.offset + source.length
    const { segmentBytes, foreign } = source
    const train = !foreign && segmentBytes > 0 && segmentBytes < source.length
    this.#segmentBytes = segmentBytes
    this.segments = train ? Math.ceil(source.length / segmentBytes) : 1
    // What another source sent is not looked at.
    this.left = foreign ? 0 : this.segments
    this.coalesced = this.#canCoalesce && train
    this.#measure()
  }

  /** The piece is not what a train should be: walks its datagrams one by one. */
  unglue(): void {
    this.coalesced = false
    this.#measure()
  }

  /** Goes on behind the present piece. */
  step(): void {
    this.offset += this.length
    this.left -= this.datagrams
    if (this.left > 0) this.#measure()
  }

  #measure(): void {
    this.datagrams = this.coalesced ? this.segments : 1
    const last = this.left === this.datagrams
    this.length = last ? this.#end - this.offset : this.#segmentBytes
  }
}
