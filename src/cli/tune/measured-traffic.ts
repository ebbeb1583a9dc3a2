import type { ServiceProfile } from '../../account/profile/service-profile.js'
import { TickwireError } from '../../foundation/errors.js'
import { formatCount, formatNs } from '../../observe/format.js'
import { meanServiceNs, neediestLine, traceOfProfile } from '../../tune/profile-trace.js'
import type { Trace } from '../../tune/trace.js'
import { type TuneOptions, type TuneResult, tune } from '../../tune/tune.js'
import type { TuneSource } from './report.js'

/** A wall clock that was set by less did not disturb anything that is measured here. */
const HARMLESS_STEP_NS = 1e5

/** What there is to be looked at, from wherever it comes. */
export interface Traffic {
  readonly source: TuneSource
  readonly trace: Trace
  readonly options: TuneOptions
}

export function tuneTraffic({ trace, options }: Traffic): TuneResult {
  return tune(trace, options)
}

/**
 * The traffic of a run that was profiled.
 *
 * @param origin where it comes from
 * @param line index; undefined: the one whose ring has to be the largest
 * @throws {TickwireError} TW_BAD_OPTION for a line that there is not
 */
export function trafficOfProfile(
  profile: ServiceProfile,
  origin: Partial<Pick<TuneSource, 'endpoint' | 'profile' | 'invalid'>>,
  line: number | undefined,
): Traffic {
  const { lines, slotBytes } = profile
  if (line !== undefined && lines[line] === undefined) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `line is ${line}, and the profile has ${lines.length}`,
      `Give one from 0 to ${lines.length - 1}.`,
    )
  }
  const index = line ?? neediestLine(profile)
  const { trace, ...found } = traceOfProfile(profile, lines[index])
  return {
    source: {
      endpoint: null,
      profile: null,
      pcap: null,
      framing: profile.framing,
      serviceNs: meanServiceNs(trace),
      slotBytes,
      heartbeats: trace.messages.filter((count) => count === 0).length - (origin.invalid ?? 0),
      invalid: null,
      outOfOrder: 0,
      longestPayloadBytes: trace.payloadBytes.reduce((most, bytes) => Math.max(most, bytes), 0),
      capture: null,
      measured: {
        transport: profile.transport,
        line: index,
        lines: lines.length,
        slots: profile.slots,
        arrivals: found.arrivals,
        ringWasFull: found.ringWasFull,
        thrownAwayMessages: found.thrownAwayMessages,
        kernelDrops: lines[index].kernelDrops,
        missed: profile.missed,
        clockStepNs: profile.clockStepNs,
        longestPickUpNs: found.longestPickUpNs,
        costNs: profile.costNs,
      },
      ...origin,
    },
    trace,
    options: {
      slotBytes,
      socketArrivalsNs: found.socketArrivalsNs,
      longestPickUpNs: found.longestPickUpNs ?? undefined,
    },
  }
}

/** What makes the figures less than they seem, in sentences. */
export function trafficWarnings({ source, trace }: Traffic): string[] {
  const { invalid, outOfOrder, longestPayloadBytes, slotBytes, framing, measured } = source
  const warnings: string[] = []
  if (invalid !== null && invalid > 0) {
    warnings.push(
      `${formatCount(invalid)} of ${formatCount(trace.length)} datagrams cannot be read as ${framing}. If that is the wrong framing, give another with --framing.`,
    )
  }
  if (outOfOrder > 0) {
    warnings.push(
      `${formatCount(outOfOrder)} datagrams are not in the order of their time stamps; they were sorted.`,
    )
  }
  if (longestPayloadBytes > slotBytes) {
    warnings.push(
      `The longest datagram has ${formatCount(longestPayloadBytes)} bytes and would be cut off in a slot of ${formatCount(slotBytes)}. Give --slot-bytes.`,
    )
  }
  if (measured === null) return warnings
  const { kernelDrops, thrownAwayMessages, missed, clockStepNs, ringWasFull, slots } = measured
  if (kernelDrops !== null && kernelDrops > 0) {
    warnings.push(
      `The kernel dropped ${formatCount(kernelDrops)} datagrams while this was measured: they are missing here, and the need is larger than what is said. Measure with a larger --receive-buffer-bytes.`,
    )
  }
  if (thrownAwayMessages > 0) {
    warnings.push(
      `${formatCount(thrownAwayMessages)} messages were discarded at the ring while this was measured: each is reckoned with the mean service. Measure with more --slots, or with --when-full wait.`,
    )
  }
  if (ringWasFull) {
    warnings.push(
      `The measuring ring of ${formatCount(slots)} slots was full at times; arrivals are ${measured.arrivals === 'kernel' ? 'those at the kernel' : 'later than they were'}. Measure with more --slots.`,
    )
  }
  if (missed > 0) {
    warnings.push(
      `Only the first ${formatCount(trace.length)} slots were noted, ${formatCount(missed)} came after. Give --profile-records.`,
    )
  }
  if (Math.abs(clockStepNs) > HARMLESS_STEP_NS) {
    warnings.push(
      `The machine's clock was set by ${formatNs(Math.abs(clockStepNs))} while this was measured: times around that moment are wrong. Measure again.`,
    )
  }
  return warnings
}
