import { NS_PER_SECOND } from '../foundation/units.js'

/**
 * When each message is due, counted from the start: bursts of equal size at equal distances. Absolute,
 * so that lateness of one message never moves the others.
 */
export class Schedule {
  readonly #burst: number
  readonly #burstIntervalNs: number

  /**
   * @param rate messages per second in the mean; 0: everything is due at once
   * @param burst messages back to back
   */
  constructor(rate: number, burst: number) {
    this.#burst = burst
    this.#burstIntervalNs = rate === 0 ? 0 : (burst * NS_PER_SECOND) / rate
  }

  /** Whether there is a schedule at all. */
  get paced(): boolean {
    return this.#burstIntervalNs > 0
  }

  /** Nanoseconds after the start at which a message is due. */
  dueNs(message: number): number {
    return Math.floor(message / this.#burst) * this.#burstIntervalNs
  }

  /** Messages that are due at a time after the start. */
  dueCount(elapsedNs: number): number {
    if (this.#burstIntervalNs === 0) return Number.POSITIVE_INFINITY
    if (elapsedNs < 0) return 0
    return (Math.floor(elapsedNs / this.#burstIntervalNs) + 1) * this.#burst
  }
}
