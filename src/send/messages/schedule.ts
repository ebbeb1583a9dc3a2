import { NS_PER_SECOND } from '../../foundation/units.js'

/** When there is something to send. One thread; no allocation. */
export interface SendSchedule {
  /** Whether lateness means anything. */
  readonly paced: boolean
  /** Whether a datagram may be filled with messages that are not due yet. */
  readonly runsAhead: boolean
  /** Messages that there will be in all, as far as is known. */
  readonly total: number
  /** Nanoseconds after the start at which a message is due. */
  dueNs(message: number): number
  /** Messages that are due at a time after the start, in all. */
  dueCount(elapsedNs: number): number
}

/**
 * When each message is due, counted from the start: bursts of equal size at equal distances. Absolute,
 * so that lateness of one message never moves the others.
 */
export class Schedule implements SendSchedule {
  readonly runsAhead = true
  readonly total = Number.POSITIVE_INFINITY
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
