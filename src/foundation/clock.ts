import { NS_PER_SECOND, TWO_POW_32 } from './units.js'

/**
 * A source of time. Each thread makes its own.
 *
 * Times are nanoseconds since the session epoch, as numbers: exact for 104 days.
 */
export interface Clock {
  /**
   * What `read` found: wall-clock nanoseconds since the session epoch. May step when the machine's
   * clock is set. A field and not a result, which would be boxed where the call is not inlined.
   */
  ns: number
  /** Looks at the time. */
  read(): void
}

/**
 * The moment from which a process counts nanoseconds: a whole second of the Unix clock, so that
 * a 64-bit wall-clock stamp becomes an exact `number` by one subtraction of halves.
 */
export interface SessionEpoch {
  /** Seconds since 1970. */
  readonly unixSeconds: number
  /** High 32 bits of the epoch in nanoseconds since 1970. */
  readonly highNs: number
  /** Low 32 bits of the epoch in nanoseconds since 1970. */
  readonly lowNs: number
}

/**
 * How far before its start a session's epoch lies: far enough for every time to be above 2^31 ns. Code
 * that has seen only smaller numbers is compiled for small integers, and discarded when they grow.
 */
const LEAD_SECONDS = 1000

/** The epoch of a session that starts now. */
export function currentEpoch(): SessionEpoch {
  return sessionEpoch(Math.floor(Date.now() / 1000) - LEAD_SECONDS)
}

/** An epoch at the given whole second since 1970. */
export function sessionEpoch(unixSeconds: number): SessionEpoch {
  const ns = BigInt(unixSeconds) * BigInt(NS_PER_SECOND)
  return {
    unixSeconds,
    highNs: Number(ns >> 32n),
    lowNs: Number(ns & 0xffffffffn),
  }
}

/**
 * A 64-bit stamp in nanoseconds since 1970, given as two unsigned halves, as nanoseconds since the
 * session epoch. Exact within 104 days of the epoch.
 */
export function sinceEpochNs(epoch: SessionEpoch, high: number, low: number): number {
  return (high - epoch.highNs) * TWO_POW_32 + (low - epoch.lowNs)
}
