import { percentileOf } from './select-rank.js'
import type { Trace } from './trace.js'

// Traffic that is `f` times as dense has its arrivals at a/f. Instead of dividing arrivals, services
// are multiplied by f, and times that come out are divided by f at the end: the same queue seen with
// a slower clock. Nanoseconds times 1.5 are exact as doubles (for 52 days) where a third of one is not,
// so whether a slot was free "at the very moment" stays exact too.

/** How many slots were in use, as seen by each arrival, with a ring that never fills. */
export interface Backlog {
  /** The smallest capacity, in slots, that loses nothing: one more than any arrival found in use. */
  readonly zeroLossSlots: number
  /** For each datagram, the slots that its arrival found in use. */
  readonly found: Uint32Array
  /** `histogram[n]`: how many arrivals found `n` slots in use. As long as `zeroLossSlots`. */
  readonly histogram: Uint32Array
}

/**
 * `1 + max over i of #{ j < i : release j > arrival i }`. One pass: releases ascend, so those that lie
 * behind an arrival are a run that ends just before it.
 *
 * @param trafficFactor 2: the same datagrams in half the time.
 */
export function measureBacklog(trace: Trace, trafficFactor = 1): Backlog {
  const { length, arrivalsNs, servicesNs } = trace
  const releases = new Float64Array(length)
  const found = new Uint32Array(length)
  let last = 0
  let released = 0
  let most = -1
  for (let i = 0; i < length; i++) {
    const arrival = arrivalsNs[i]
    while (released < i && releases[released] <= arrival) released++
    found[i] = i - released
    if (found[i] > most) most = found[i]
    last = Math.max(arrival, last) + servicesNs[i] * trafficFactor
    releases[i] = last
  }
  const histogram = new Uint32Array(most + 1)
  for (let i = 0; i < length; i++) histogram[found[i]]++
  return { zeroLossSlots: most + 1, found, histogram }
}

/** The number of slots that `percent` percent of all arrivals did not exceed, by nearest rank. */
export function backlogPercentile({ histogram, found }: Backlog, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent * found.length) / 100))
  let seen = 0
  for (let slots = 0; slots < histogram.length; slots++) {
    seen += histogram[slots]
    if (seen >= rank) return slots
  }
  return 0
}

/** Nanoseconds from arrival to the start of service, over the datagrams that were not lost. */
export interface WaitSummary {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly mean: number
}

/** What a ring of some capacity would have done with the traffic. */
export interface CapacityOutcome {
  readonly slots: number
  readonly lostDatagrams: number
  readonly lostMessages: number
  readonly waitNs: WaitSummary
  /**
   * Slots in use on average over time, from the first arrival to the last release. By Little's law:
   * arrivals per second that were not lost, times the mean time from arrival to release.
   */
  readonly meanSlotsInUse: number
}

/**
 * Plays the traffic to a ring of `slots`, exactly: a datagram is lost if that many accepted ones are
 * unreleased at its arrival, and else released at max(arrival, previous release) + service. A slot
 * released at the very moment of an arrival is free for it; a lost datagram takes no service.
 *
 * Releases ascend, so "that many are unreleased" is "the one accepted that many before is": a circle of
 * the last `slots` releases decides.
 */
export function playCapacity(trace: Trace, slots: number, trafficFactor = 1): CapacityOutcome {
  const { length, arrivalsNs, servicesNs, messages } = trace
  const lastReleases = new Float64Array(Math.min(slots, Math.max(1, length))).fill(-1)
  const waits = new Float64Array(length)
  let oldest = 0
  let accepted = 0
  let lostMessages = 0
  let last = 0
  let waited = 0
  let served = 0
  let longest = 0
  for (let i = 0; i < length; i++) {
    const arrival = arrivalsNs[i]
    if (lastReleases[oldest] > arrival) {
      lostMessages += messages[i]
      continue
    }
    const start = Math.max(arrival, last)
    const service = servicesNs[i] * trafficFactor
    last = start + service
    lastReleases[oldest] = last
    if (++oldest === lastReleases.length) oldest = 0
    const wait = start - arrival
    waits[accepted++] = wait
    waited += wait
    if (wait > longest) longest = wait
    served += service
  }
  const p50 = accepted === 0 ? 0 : percentileOf(waits, accepted, 50)
  const p99 = accepted === 0 ? 0 : percentileOf(waits, accepted, 99)
  return {
    slots,
    lostDatagrams: length - accepted,
    lostMessages,
    waitNs: {
      p50: p50 / trafficFactor,
      p99: p99 / trafficFactor,
      max: longest / trafficFactor,
      mean: accepted === 0 ? 0 : waited / accepted / trafficFactor,
    },
    meanSlotsInUse: last === 0 ? 0 : (waited + served) / last,
  }
}
