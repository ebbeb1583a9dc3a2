import { NS_PER_MS, ZERO_NS } from '../../foundation/units.js'

/** The end of a session is repeated at least this often. */
const MAX_REPEAT_NS = 100 * NS_PER_MS

/**
 * Tells when a session must be heard although it has no message to send: as a heartbeat after some
 * silence, or as its end, repeated for a while so that nobody misses it.
 *
 * Moments are monotonic nanoseconds. The present one is a field, to be set before a method is called:
 * an argument would be boxed. One thread; no allocation.
 */
export class SessionTimer {
  nowNs = ZERO_NS
  /** When the next heartbeat or end of session is due; Infinity: never. */
  dueNs = Number.POSITIVE_INFINITY
  readonly #heartbeatNs: number
  readonly #repeatNs: number
  readonly #lingerNs: number
  #ended = false
  #overNs = Number.POSITIVE_INFINITY

  /**
   * @param heartbeatNs silence before a heartbeat; 0: no heartbeats
   * @param lingerNs how long the end is repeated; 0: it is said once
   */
  constructor(heartbeatNs: number, lingerNs: number) {
    this.#heartbeatNs = heartbeatNs === 0 ? Number.POSITIVE_INFINITY : heartbeatNs
    this.#repeatNs = Math.min(this.#heartbeatNs, MAX_REPEAT_NS)
    this.#lingerNs = lingerNs
  }

  /** Whether all messages are out, so that what is due is the end of the session. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether the end has been said, and for long enough; as of `nowNs`. */
  get over(): boolean {
    return this.#ended && this.dueNs > this.nowNs && this.nowNs >= this.#overNs
  }

  /** Something was sent, or the run begins. */
  restart(): void {
    this.dueNs = this.nowNs + (this.#ended ? this.#repeatNs : this.#heartbeatNs)
  }

  /** All messages are out: the end is due at once. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.dueNs = this.nowNs
    this.#overNs = this.nowNs + this.#lingerNs
  }
}
