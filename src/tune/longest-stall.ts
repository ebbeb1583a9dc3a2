import { measureBacklog } from './capacity.js'
import { selectRank } from './select-rank.js'
import type { Trace } from './trace.js'

/** The longest time that the consumer spent on one datagram, and what it did to the ring. */
export interface LongestStall {
  readonly durationNs: number
  /** When it began, nanoseconds after the first arrival. */
  readonly atNs: number
  /** Datagrams that arrived during it. */
  readonly arrivals: number
  /**
   * Slots of the zero-loss capacity that are there for it alone: as many fewer would do if that
   * datagram had been handled at the usual speed, which is the median time per message.
   */
  readonly costsSlots: number
}

/** The first of the longest, where several are equal. `null` if no service took any time. */
export function longestStall(trace: Trace, zeroLossSlots: number): LongestStall | null {
  const { length, arrivalsNs, servicesNs, messages } = trace
  let last = 0
  let longest = -1
  let durationNs = 0
  let atNs = 0
  for (let i = 0; i < length; i++) {
    const start = Math.max(arrivalsNs[i], last)
    last = start + servicesNs[i]
    if (servicesNs[i] <= durationNs) continue
    longest = i
    durationNs = servicesNs[i]
    atNs = start
  }
  if (longest < 0) return null
  let arrivals = 0
  for (let i = longest + 1; i < length && arrivalsNs[i] <= atNs + durationNs; i++) {
    if (arrivalsNs[i] > atNs) arrivals++
  }
  const usual = Math.min(durationNs, medianPerMessageNs(trace) * messages[longest])
  const withoutNs = servicesNs.slice()
  withoutNs[longest] = usual
  const without = measureBacklog({ ...trace, servicesNs: withoutNs }).zeroLossSlots
  return { durationNs, atNs, arrivals, costsSlots: zeroLossSlots - without }
}

function medianPerMessageNs({ length, servicesNs, messages }: Trace): number {
  const perMessage = new Float64Array(length)
  let count = 0
  for (let i = 0; i < length; i++) {
    if (messages[i] > 0) perMessage[count++] = servicesNs[i] / messages[i]
  }
  return count === 0 ? 0 : selectRank(perMessage, count, count >>> 1)
}
