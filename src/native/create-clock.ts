import type { Clock, SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS, NS_PER_SECOND } from '../foundation/units.js'
import { canUseLibc } from './libc.js'
import { SystemClock } from './system-clock.js'

/** A clock that tells both kinds of time; one per thread. */
export interface ThreadClock extends Clock {
  /** Never steps: for durations and schedules. Nanoseconds from an arbitrary moment. */
  monotonicNs(): number
}

/** The kernel's clock where libc can be called, else the engine's. */
export function createClock(epoch: SessionEpoch): ThreadClock {
  return canUseLibc() ? new SystemClock(epoch) : new EngineClock(epoch)
}

/** `performance.now()`: everywhere, about a microsecond fine, and blind to steps of the wall clock. */
class EngineClock implements ThreadClock {
  ns = Number.NaN
  readonly #offsetNs: number

  constructor(epoch: SessionEpoch) {
    this.#offsetNs = performance.timeOrigin * NS_PER_MS - epoch.unixSeconds * NS_PER_SECOND
  }

  read(): void {
    this.ns = Math.round(this.#offsetNs + performance.now() * NS_PER_MS)
  }

  monotonicNs(): number {
    return Math.round(performance.now() * NS_PER_MS)
  }
}
