/** Datagrams per batch at most: one clock read and one release for all of them. */
const MAX_BATCH = 64
/** What one clock reading may be stale by, as far as the batch's length has a part in it. */
const BATCH_NS = 32_000
/** Above this many nanoseconds per datagram the handler counts as slow: batches of one. */
const SLOW_NS = 1500
const FAST_NS = 1000

/**
 * How many datagrams are taken at once: many where they are handled fast, since that saves clock reads;
 * one where they are not, so that slots are given back and ages are told without delay.
 */
export class BatchSize {
  limit: number
  /** How long the last batch took. A field: an argument would be boxed where the call is not inlined. */
  tookNs = Number.NaN
  readonly #most: number

  /** @param capacity datagrams that the smallest source holds */
  constructor(capacity: number) {
    this.#most = Math.max(1, Math.min(MAX_BATCH, capacity >> 2))
    this.limit = this.#most
  }

  /** A batch had so many slots, and datagrams in them, and took `tookNs`. */
  adapt(batchSlots: number, datagrams: number): void {
    const { tookNs } = this
    if (tookNs > SLOW_NS * datagrams) {
      this.limit = 1
      return
    }
    const slots = Math.floor((BATCH_NS * batchSlots) / Math.max(batchSlots, tookNs))
    // In between it only shrinks.
    const most = tookNs < FAST_NS * datagrams ? this.#most : this.limit
    this.limit = Math.max(1, Math.min(most, slots))
  }
}
