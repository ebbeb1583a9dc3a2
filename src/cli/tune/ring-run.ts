import type { ServiceProfile } from '../../account/profile/service-profile.js'
import { assert } from '../../foundation/assert.js'
import type { Feed } from '../../run/feed/feed.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import { playCapacity } from '../../tune/capacity.js'
import { traceOfProfile } from '../../tune/profile-trace.js'
import { sumOf } from '../../tune/trace.js'

/** What a profiled run with a ring of some size lost, and what it should have lost. */
export interface RingRun {
  readonly slots: number
  /** That reached the ring, kept or discarded. */
  readonly messages: number
  /** Computed from this run's own arrivals and services; null if they are not all known. */
  readonly predictedLossPercent: number | null
  /** Of the messages that reached the ring. */
  readonly observedLossPercent: number
  readonly kernelDrops: number | null
}

/** Looks at a run that is over; null if nothing reached the ring. */
export function lookAtRun(feed: Feed, report: ReceiveReport): RingRun | null {
  const profile = profileOf(feed)
  const { slots } = profile
  const mapped = profile.transport === 'mapped'
  const { trace } = traceOfProfile(profile, profile.lines[0])
  const { ledger, lines } = report
  // With `mapped` the kernel's ring is the ring, and what it drops is not noted one by one.
  const lost = mapped ? (ledger.lost.kernel ?? 0) : ledger.lost.ring
  const messages = report.messages + lost
  if (messages === 0) return null
  const noted = sumOf(trace.messages, trace.length)
  const known = !mapped && profile.missed === 0 && noted > 0
  return {
    slots,
    messages,
    predictedLossPercent: known ? (100 * playCapacity(trace, slots).lostMessages) / noted : null,
    observedLossPercent: (100 * lost) / messages,
    kernelDrops: lines[0].kernelDrops,
  }
}

/** What a feed noted that was started with `profile`. */
export function profileOf(feed: Feed): ServiceProfile {
  const profile = feed.profile()
  assert(profile !== null, 'a feed that is profiled has a profile')
  return profile
}
