import { NS_PER_SECOND } from '../foundation/units.js'

/**
 * Lets through so many units per second in the long run, and up to `burst` at once. It has no clock: the
 * caller brings the time, which may stand still and, if it goes back, counts as standing still.
 *
 * Over any span of `t` ns at most `burst + ratePerSecond * t / 1e9` units get through.
 */
export class TokenBucket {
  /** Units that may be taken now, as of the last `refill`. */
  tokens: number
  readonly #ratePerNs: number
  readonly #burst: number
  #refilledNs = Number.NaN

  constructor(ratePerSecond: number, burst: number) {
    this.#ratePerNs = ratePerSecond / NS_PER_SECOND
    this.#burst = burst
    this.tokens = burst
  }

  /** Adds what came in since the last time. */
  refill(nowNs: number): void {
    const elapsedNs = nowNs - this.#refilledNs
    if (elapsedNs > 0) {
      this.tokens = Math.min(this.#burst, this.tokens + elapsedNs * this.#ratePerNs)
    }
    // The first time ever passes too: it is compared with NaN.
    if (!(elapsedNs <= 0)) this.#refilledNs = nowNs
  }

  /** Takes units that the caller has seen to be there. */
  take(units: number): void {
    this.tokens -= units
  }
}
