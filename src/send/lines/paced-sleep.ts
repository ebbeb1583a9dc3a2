import { ZERO_NS } from '../../foundation/units.js'
import type { SystemClock } from '../../native/system-clock.js'

/** A sleeping thread wakes late by the timer slack (50 us by default) and the scheduler; spin this long. */
const SPIN_NS = 150e3
/** A sleeping thread cannot be stopped, so it sleeps in pieces. */
const MAX_SLEEP_NS = 10e6

/**
 * Waits for a moment of the monotonic clock: asleep while it is far, awake when it is near.
 *
 * The moment is a field, to be set before a method is called: an argument would be boxed wherever the compiler
 * does not inline the call, some hundred times for a message of a slow sender.
 */
export class PacedSleep {
  untilNs = ZERO_NS
  readonly #clock: SystemClock

  constructor(clock: SystemClock) {
    this.#clock = clock
  }

  /** Sleeps for a part of the time until `untilNs`; returns at once when it is near. Call it in a loop. */
  rest(): void {
    this.#clock.readMonotonic()
    const remainingNs = this.untilNs - this.#clock.lastMonotonicNs
    if (remainingNs > SPIN_NS) this.#clock.sleepNs(Math.min(remainingNs - SPIN_NS, MAX_SLEEP_NS))
  }
}
