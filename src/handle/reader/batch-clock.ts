import type { Clock } from '../../foundation/clock.js'
import { ZERO_NS } from '../../foundation/units.js'

/** Reads the clock when a batch begins and when it ends. One thread; no allocation. */
export class BatchClock {
  /** When the batch began, ns since the session epoch. */
  startNs = ZERO_NS
  /** The same on a clock that is never set back: what waits for a gap must not be held up by as much. */
  steadyNs = ZERO_NS
  /** When it ended. */
  endNs = ZERO_NS
  readonly #clock: Clock
  #setBackNs = ZERO_NS

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#clock.read()
    const { ns } = this.#clock
    if (ns < this.startNs) this.#setBackNs += this.startNs - ns
    this.startNs = ns
    this.steadyNs = ns + this.#setBackNs
  }

  end(): void {
    this.#clock.read()
    this.endNs = this.#clock.ns
  }
}
