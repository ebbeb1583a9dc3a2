/** Datagrams per batch at most: one clock read and one release for all of them. */
const MAX_BATCH = 32
/** Above this many nanoseconds per datagram the handler counts as slow: batches of one. */
const SLOW_NS = 1500
const FAST_NS = 1000

/**
 * How many datagrams are taken at once: many where they are handled fast, since that saves clock reads;
 * one where they are not, so that slots are given back and ages are told without delay.
 */
export class BatchSize {
  limit: number
  readonly #most: number

  /** @param capacity datagrams that the smallest source holds */
  constructor(capacity: number) {
    this.#most = Math.max(1, Math.min(MAX_BATCH, capacity >> 2))
    this.limit = this.#most
  }

  /** A batch took this long for each datagram. */
  adapt(perDatagramNs: number): void {
    if (perDatagramNs > SLOW_NS) this.limit = 1
    else if (perDatagramNs < FAST_NS) this.limit = this.#most
  }
}
