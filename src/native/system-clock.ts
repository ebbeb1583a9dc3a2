import type { Clock, SessionEpoch } from '../foundation/clock.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { BoxedNumbers } from './boxed-numbers.js'
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from './constants.js'
import { type Libc, libc } from './libc.js'

const LEAD_SECONDS = 1000

/**
 * The kernel's clocks, read through the vDSO into memory allocated once: no garbage, about 100 ns.
 * For one thread; each thread makes its own.
 *
 * `ns` is wall-clock time, to be compared with time stamps from elsewhere; it can step.
 * `monotonicNs` never steps: for durations and schedules. Both count from the session epoch, the
 * monotonic one from some time before the object was made.
 */
export class SystemClock implements Clock {
  ns = Number.NaN
  /** What `readMonotonic` found; see `monotonicNs`. */
  lastMonotonicNs = Number.NaN
  readonly #libc: Libc
  readonly #timespec = new Float64Array(new SharedArrayBuffer(16))
  readonly #words: Uint32Array
  readonly #address: BoxedNumbers
  readonly #epochSeconds: number
  readonly #monotonicOrigin: number

  constructor(epoch: SessionEpoch) {
    this.#libc = libc()
    this.#words = new Uint32Array(this.#timespec.buffer)
    this.#address = new BoxedNumbers([this.#libc.address(new Uint8Array(this.#timespec.buffer))])
    this.#epochSeconds = epoch.unixSeconds
    this.#libc.clock_gettime(CLOCK_MONOTONIC, this.#address.at(0))
    // Above 2^31 from the beginning, for the reason that `currentEpoch` gives.
    this.#monotonicOrigin = this.#words[0] - LEAD_SECONDS
  }

  read(): void {
    this.#libc.clock_gettime(CLOCK_REALTIME, this.#address.at(0))
    // The low 32 bits of the seconds suffice until 2106.
    this.ns = (this.#words[0] - this.#epochSeconds) * NS_PER_SECOND + this.#words[2]
  }

  /** Monotonic nanoseconds since a moment 1,000 seconds before the creation of this object. */
  monotonicNs(): number {
    this.readMonotonic()
    return this.lastMonotonicNs
  }

  /** Looks at the monotonic time, without a result that could be boxed. */
  readMonotonic(): void {
    this.#libc.clock_gettime(CLOCK_MONOTONIC, this.#address.at(0))
    this.lastMonotonicNs = (this.#words[0] - this.#monotonicOrigin) * NS_PER_SECOND + this.#words[2]
  }

  /** Gives the core away for about `durationNs` (below one second). The thread cannot be stopped meanwhile. */
  sleepNs(durationNs: number): void {
    this.#words[0] = 0
    this.#words[1] = 0
    this.#words[2] = durationNs
    this.#words[3] = 0
    this.#libc.nanosleep(this.#address.at(0), 0)
  }
}
