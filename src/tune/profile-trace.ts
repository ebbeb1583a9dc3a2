import type { LineProfile, ServiceProfile } from '../account/profile/service-profile.js'
import { measureBacklog } from './capacity.js'
import { sumOf, type Trace } from './trace.js'

/** A line of a profile as a trace, and what of it was not measured. */
export interface ProfileTrace {
  readonly trace: Trace
  /** When each datagram came to the socket, on the clock of the trace; undefined: the kernel did not say. */
  readonly socketArrivalsNs: Float64Array | undefined
  /**
   * What counts as arrival at the ring: when our receiver handed it over, or when the kernel received it
   * (`mapped`, whose ring the kernel fills, and inline, where the one thread looks only between two batches).
   */
  readonly arrivals: 'pushed' | 'kernel'
  /** Whether the run's own ring was full at times, so that datagrams waited in the kernel instead. */
  readonly ringWasFull: boolean
  /** Datagrams that were discarded, and the messages in them: their services are made up. */
  readonly thrownAway: number
  readonly thrownAwayMessages: number
  /** The longest that a datagram waited for the receiver; null if that is not known. */
  readonly longestPickUpNs: number | null
}

/**
 * The trace of one line of a profile. Service is what is left once waiting is taken off:
 * `release − max(arrival, previous release)`; what the handler did for other lines meanwhile is part of it.
 *
 * A datagram that was discarded took no service. If another ring would have taken it, it is given the
 * mean time per message.
 */
export function traceOfProfile(profile: ServiceProfile, line: LineProfile): ProfileTrace {
  const pushes = !profile.inline && !Number.isNaN(firstTime(line.pushedNs))
  const socketArrivalsNs = ascending(line.arrivedNs)
  const found = traceFrom(line, pushes ? line.pushedNs : line.arrivedNs)
  const longestPickUpNs = pushes ? longestPickUp(line) : null
  const rest = { socketArrivalsNs, longestPickUpNs, ringWasFull: false }
  if (!pushes) return { ...found, ...rest, arrivals: 'kernel' }
  // A full ring that lets datagrams wait hides their arrivals; the kernel has seen them.
  const ringWasFull =
    found.thrownAway === 0 && measureBacklog(found.trace).zeroLossSlots >= profile.slots
  if (!ringWasFull || socketArrivalsNs === undefined) {
    return { ...found, ...rest, ringWasFull, arrivals: 'pushed' }
  }
  return { ...traceFrom(line, line.arrivedNs), ...rest, ringWasFull, arrivals: 'kernel' }
}

function traceFrom(line: LineProfile, times: Float64Array) {
  const { length, releasedNs, messages } = line
  const firstNs = firstTime(times)
  const arrivalsNs = ascending(times) ?? new Float64Array(length)
  const servicesNs = new Float64Array(length)
  let release = 0
  let busyNs = 0
  let served = 0
  let thrownAway = 0
  let thrownAwayMessages = 0
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(releasedNs[i])) {
      thrownAway++
      thrownAwayMessages += messages[i]
      continue
    }
    const start = Math.max(arrivalsNs[i], release)
    release = Math.max(start, releasedNs[i] - firstNs)
    servicesNs[i] = release - start
    busyNs += servicesNs[i]
    served += messages[i]
  }
  const perMessageNs = served === 0 ? 0 : busyNs / served
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(releasedNs[i])) servicesNs[i] = messages[i] * perMessageNs
  }
  const trace: Trace = {
    length,
    arrivalsNs,
    servicesNs,
    messages: Uint32Array.from(messages),
    payloadBytes: Uint32Array.from(line.payloadBytes),
  }
  return { trace, thrownAway, thrownAwayMessages }
}

/** The line of a profile whose ring has to be the largest. */
export function neediestLine(profile: ServiceProfile): number {
  const needs = profile.lines.map(
    (line) => measureBacklog(traceOfProfile(profile, line).trace).zeroLossSlots,
  )
  return needs.indexOf(Math.max(...needs))
}

/** What the consumer needed for a message, on average; 0 if it handled none. */
export function meanServiceNs({ servicesNs, messages, length }: Trace): number {
  const count = sumOf(messages, length)
  return count === 0 ? 0 : sumOf(servicesNs, length) / count
}

/**
 * Times from the first one on, ascending: one that runs backwards, or is not known, is simultaneous with
 * the one before it. Undefined if none is known.
 */
function ascending(times: Float64Array): Float64Array | undefined {
  const firstNs = firstTime(times)
  if (Number.isNaN(firstNs)) return undefined
  let latest = 0
  return times.map((time) => {
    if (time - firstNs > latest) latest = time - firstNs
    return latest
  })
}

/** Null if the kernel told of none. */
function longestPickUp({ arrivedNs, pushedNs, length }: LineProfile): number | null {
  let longest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < length; i++) {
    const delay = pushedNs[i] - arrivedNs[i]
    if (delay > longest) longest = delay
  }
  return longest === Number.NEGATIVE_INFINITY ? null : Math.max(0, longest)
}

/** NaN if none is known. */
function firstTime(times: Float64Array): number {
  return times.find((time) => !Number.isNaN(time)) ?? Number.NaN
}
