import { NS_PER_SECOND } from '../foundation/units.js'
import { arrivalSpanNs, sumOf, type Trace } from './trace.js'

/** What a consumer of constant speed would need. */
export interface BurstinessPoint {
  /** Messages that the consumer handles in a second. */
  readonly ratePerSecond: number
  /** Messages: the most that arrivals were ever ahead of that rate. */
  readonly backlog: number
  /** Slots, in datagrams, with which that consumer would lose nothing. */
  readonly slots: number
}

/** Ten steps to a factor of ten that are nearly equal in ratio (preferred numbers R10, ISO 3). */
const STEPS = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8]
/** One message per nanosecond. */
const RATE_MAX = 1e9
/** The curve ends where more speed does not buy a smaller buffer by more than this. */
const FLAT = 1.001

/**
 * The largest backlog, in messages, of a consumer that handles `ratePerSecond` messages: the maximum,
 * over all stretches of time, of the messages that arrived in it less rate × its length. A leaky bucket
 * finds it in one pass: what a message adds leaks away at the rate, and never below empty.
 *
 * The datagrams at both ends of a stretch belong to it, so no rate brings it below the largest number
 * of messages that came at one time.
 *
 * R. L. Cruz, "A calculus for network delay, part I", IEEE Transactions on Information Theory 37 (1),
 * 1991: traffic is (σ, ρ)-bounded.
 */
export function backlogAtRate(trace: Trace, ratePerSecond: number): number {
  const { length, arrivalsNs, messages } = trace
  const perNs = ratePerSecond / NS_PER_SECOND
  let level = 0
  let most = 0
  let previous = 0
  for (let i = 0; i < length; i++) {
    const arrival = arrivalsNs[i]
    level = Math.max(0, level - (arrival - previous) * perNs) + messages[i]
    if (level > most) most = level
    previous = arrival
  }
  return most
}

/**
 * The zero-loss capacity in slots of a consumer that handles `ratePerSecond` messages. With one message
 * in each datagram it is the backlog, rounded up.
 *
 * @param releases room for as many numbers as the trace has datagrams; overwritten
 */
export function slotsAtRate(trace: Trace, ratePerSecond: number, releases: Float64Array): number {
  const { length, arrivalsNs, messages } = trace
  const perMessageNs = NS_PER_SECOND / ratePerSecond
  let last = 0
  let released = 0
  let most = 0
  for (let i = 0; i < length; i++) {
    const arrival = arrivalsNs[i]
    while (released < i && releases[released] <= arrival) released++
    if (i - released >= most) most = i - released + 1
    last = Math.max(arrival, last) + messages[i] * perMessageNs
    releases[i] = last
  }
  return most
}

/**
 * The burstiness curve, ascending in rate: from the traffic's mean rate, below which the backlog only
 * says how long the recording is, to where more speed does not help. The consumer's own mean rate is
 * one of the points.
 */
export function burstinessCurve(trace: Trace): BurstinessPoint[] {
  const releases = new Float64Array(trace.length)
  const point = (ratePerSecond: number): BurstinessPoint => ({
    ratePerSecond,
    backlog: backlogAtRate(trace, ratePerSecond),
    slots: slotsAtRate(trace, ratePerSecond, releases),
  })
  const points: BurstinessPoint[] = []
  const consumer = consumerRate(trace)
  if (consumer !== null) points.push(point(consumer))
  const mean = meanRate(trace)
  if (mean === null) return points
  const least = backlogAtRate(trace, Number.MAX_VALUE)
  for (const rate of ratesFrom(mean)) {
    const next = point(rate)
    if (rate !== consumer) points.push(next)
    if (next.backlog <= least * FLAT) break
  }
  return points.sort((a, b) => a.ratePerSecond - b.ratePerSecond)
}

/** Messages per second while the consumer is busy; `null` if it never was. */
export function consumerRate({ servicesNs, messages, length }: Trace): number | null {
  const busyNs = sumOf(servicesNs, length)
  return busyNs === 0 ? null : (sumOf(messages, length) / busyNs) * NS_PER_SECOND
}

/** Messages per second from the first arrival to the last; `null` if all came at one time. */
export function meanRate(trace: Trace): number | null {
  const spanNs = arrivalSpanNs(trace)
  return spanNs === 0 ? null : (sumOf(trace.messages, trace.length) / spanNs) * NS_PER_SECOND
}

/** Round rates, ascending, from the first that is not below `least`. */
function* ratesFrom(least: number): Generator<number> {
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= RATE_MAX; power *= 10) {
    for (const step of STEPS) {
      const rate = Number((step * power).toPrecision(3))
      if (rate >= least && rate <= RATE_MAX) yield rate
    }
  }
}
