import fc from 'fast-check'
import { type Trace, TraceBuilder } from '../../src/tune/trace.js'

/** One datagram of a made-up trace. */
export interface Datagram {
  readonly arrivalNs: number
  readonly serviceNs: number
  readonly messages: number
  readonly payloadBytes: number
}

export function traceOf(datagrams: readonly Datagram[]): Trace {
  const builder = new TraceBuilder()
  for (const one of datagrams) {
    builder.add(one.arrivalNs, one.serviceNs, one.messages, one.payloadBytes)
  }
  return builder.build()
}

/**
 * Small numbers, so that arrivals coincide with each other and with releases; heartbeats and services
 * of 0 among them.
 */
export const anyDatagrams: fc.Arbitrary<Datagram[]> = fc
  .array(
    fc.record({
      gapNs: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(60)),
      serviceNs: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(100)),
      messages: fc.nat(4),
      payloadBytes: fc.nat(3000),
    }),
    { maxLength: 80 },
  )
  .map((steps) => {
    let arrivalNs = 0
    return steps.map(({ gapNs, ...rest }) => {
      arrivalNs += gapNs
      return { arrivalNs, ...rest }
    })
  })

/** What a simulation that keeps a list of releases says. Whole numbers only, nothing clever. */
export interface Simulated {
  readonly accepted: number[]
  readonly waits: number[]
  readonly releases: number[]
  readonly lostMessages: number
  readonly mostInUse: number
}

/** Plays datagrams one by one to a ring of `slots`, with the list of what is in it. */
export function simulate(datagrams: readonly Datagram[], slots: number): Simulated {
  const accepted: number[] = []
  const waits: number[] = []
  const releases: number[] = []
  let inRing: number[] = []
  let lostMessages = 0
  let mostInUse = 0
  for (const [index, { arrivalNs, serviceNs, messages }] of datagrams.entries()) {
    inRing = inRing.filter((releaseNs) => releaseNs > arrivalNs)
    if (inRing.length >= slots) {
      lostMessages += messages
      continue
    }
    const startNs = Math.max(arrivalNs, releases.at(-1) ?? 0)
    accepted.push(index)
    waits.push(startNs - arrivalNs)
    releases.push(startNs + serviceNs)
    inRing.push(startNs + serviceNs)
    mostInUse = Math.max(mostInUse, inRing.length)
  }
  return { accepted, waits, releases, lostMessages, mostInUse }
}

/** Nearest rank, by sorting. */
export function sortedPercentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0
}
