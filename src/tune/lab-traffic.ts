import { TickwireError } from '../foundation/errors.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { playCapacity } from './capacity.js'
import { sumOf, type Trace, TraceBuilder } from './trace.js'

/** Bursty traffic and a slow handler, made from a seed: the same seed, the same numbers. */
export interface LabTraffic {
  /** Datagrams, with one message each. */
  readonly count: number
  /** Datagrams per second, on average over a long time. */
  readonly ratePerSecond: number
  /** Datagrams that come together, on average; bursts have from one to about eight times as many. */
  readonly burst: number
  /** What the handler needs for a message, on average. */
  readonly serviceNs: number
  readonly payloadBytes: number
  readonly seed: number
}

/** The loss of one ring size, from the other side. */
export interface LabPrediction {
  readonly slots: number
  /** 100 x delivered / sent, in messages. */
  readonly predictedEfficiencyPercent: number
}

/** From a queue that is often too small to one that is large. */
export const LAB_SLOTS: readonly number[] = Array.from({ length: 11 }, (_, i) => 64 * 2 ** i)

/** Datagrams of one burst follow each other by this much: what a sender's system call puts between. */
const SPACING_NS = 1000
/** No burst is larger than this many times the average. */
const LARGEST_BURST = 8

/**
 * Bursts of exponentially distributed size with silence behind each, in proportion to its size. The
 * handler's times vary by half in both directions, evenly. Whole nanoseconds throughout, so that a
 * sender can keep to the same schedule.
 *
 * @throws {TickwireError} TW_BAD_OPTION for a number that is not above 0
 */
export function labTrace(traffic: LabTraffic): Trace {
  const { count, ratePerSecond, burst, serviceNs, payloadBytes } = traffic
  for (const [name, value] of Object.entries({ count, ratePerSecond, burst, serviceNs })) {
    if (value > 0) continue
    throw new TickwireError('TW_BAD_OPTION', `${name} is ${value}`, 'Give a number above 0.')
  }
  const random = randomFrom(traffic.seed)
  const builder = new TraceBuilder()
  let burstStartNs = 0
  while (builder.length < count) {
    const drawn = Math.ceil(-Math.log(1 - random()) * burst)
    const wanted = Math.min(Math.max(1, drawn), LARGEST_BURST * burst)
    const size = Math.min(wanted, count - builder.length)
    for (let i = 0; i < size; i++) {
      const workNs = Math.round(serviceNs * (0.5 + random()))
      builder.add(burstStartNs + i * SPACING_NS, workNs, 1, payloadBytes)
    }
    // At a high rate a burst may have to wait for the end of the one before.
    const shareNs = Math.round((size / ratePerSecond) * NS_PER_SECOND)
    burstStartNs += Math.max(shareNs, size * SPACING_NS)
  }
  return builder.build()
}

/** What each ring size will deliver of a trace, if nothing but the ring loses anything. */
export function predictEfficiency(
  trace: Trace,
  sizes: readonly number[] = LAB_SLOTS,
): LabPrediction[] {
  const messages = sumOf(trace.messages, trace.length)
  return sizes.map((slots) => {
    const { lostMessages } = playCapacity(trace, slots)
    const delivered = messages - lostMessages
    return { slots, predictedEfficiencyPercent: (100 * delivered) / messages }
  })
}

/** A small generator of numbers from 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
