import type { TickwireError } from '../foundation/errors.js'
import { badInput } from './bytes/byte-input.js'
import type { Packing } from './bytes/unpacked-input.js'
import type { CaptureFormat } from './containers/container.js'

/** The part of datagrams that are repeats from which somebody should be told. */
const REPEAT_PART = 0.25

/** Where every packet of a recording went: see docs/captures.md. */
export interface CaptureCounts {
  readonly format: CaptureFormat
  readonly packing: Packing
  readonly packets: number
  /** Packets that are no datagrams of the feed, by reason. */
  readonly otherPackets: Readonly<Record<string, number>>
  /** Packets that the recording has less of than was on the wire. */
  readonly truncated: number
  readonly fragments: {
    /** Datagrams that were put together. */
    readonly reassembled: number
    /** Packets of which nothing became a datagram. */
    readonly incomplete: number
    /** Packets of datagrams that were put together, beside the one for each. */
    readonly parts: number
  }
  /** 1: the recording ends within a packet. */
  readonly cut: number
  /** Datagrams that were found behind the first in one packet. */
  readonly coalesced: number
  /** Datagrams that were equal to the one before, within 0.1 ms. */
  readonly repeats: number
}

/** What else was noticed about a recording. */
export interface CaptureNotes {
  /** Bytes that there are of the longest packet that was cut short when it was captured. */
  readonly longestTruncated: number
  /** Whether packed data stopped before their end. */
  readonly endedEarly: boolean
  /** Bytes behind packed data that are none of them. */
  readonly trailingBytes: number
}

/** What the user of a recording should know of it, in sentences. */
export function captureWarnings(
  name: string,
  counts: CaptureCounts,
  datagrams: number,
  notes: CaptureNotes,
): string[] {
  const { packets, truncated, cut, packing, repeats } = counts
  const warnings: string[] = []
  if (truncated > 0) {
    warnings.push(
      `${name}: ${truncated} of ${packets} packets were cut short when they were captured (at most ${notes.longestTruncated} bytes of each are there), so what they carried is missing. Capture whole packets: tcpdump -s 0.`,
    )
  }
  if (cut > 0) {
    warnings.push(`${name} ends within packet ${packets}: the recording was cut off there.`)
  } else if (notes.endedEarly) {
    warnings.push(`${name}: the ${packing} data stop before their end.`)
  }
  if (notes.trailingBytes > 0) {
    warnings.push(
      `${name}: ${notes.trailingBytes} bytes behind the ${packing} data are none of it and were left out.`,
    )
  }
  const { incomplete } = counts.fragments
  if (incomplete > 0) warnings.push(`${name}: ${incomplete} fragments lack their other parts.`)
  if (repeats > datagrams * REPEAT_PART) {
    warnings.push(
      `${name}: ${repeats} of ${datagrams} datagrams are the one before again, within 0.1 ms: the capture probably saw each twice (a mirror port, or tcpdump -i any). Leave them out with --dedupe-us 100.`,
    )
  }
  return warnings
}

/** The error for a recording without a datagram, with what it holds instead. */
export function noDatagrams(name: string, counts: CaptureCounts): TickwireError {
  const { packets, truncated, cut, fragments } = counts
  const others = Object.entries(counts.otherPackets).map(([what, count]) => `${count} ${what}`)
  if (truncated > 0) others.push(`${truncated} cut short when captured`)
  if (fragments.incomplete > 0) {
    others.push(`${fragments.incomplete} fragments without their other parts`)
  }
  if (cut > 0) others.push('1 cut off at the end')
  return badInput(
    `${name} holds no UDP datagram (${packets} packets${others.length === 0 ? '' : `: ${others.join(', ')}`})`,
    truncated > 0
      ? 'Record whole packets: tcpdump -s 0 -w FILE udp.'
      : 'Record with a filter that includes the feed, for example: tcpdump -w FILE udp.',
  )
}
