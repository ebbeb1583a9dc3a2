import type { CaptureCounts } from '../../capture/capture-counts.js'
import type { CaptureEnd } from '../handling/open-captures.js'
import { alarmText, type FeedAlarm } from './feed-alarm.js'
import type { ReceiveReport } from './receive-report.js'

/** The `capture` block of a report: where every packet of the recordings went. */
export interface CaptureBlock extends Omit<CaptureCounts, 'format' | 'packing' | 'repeats'> {
  /** Of the first recording. */
  readonly format: CaptureCounts['format']
  readonly packing: CaptureCounts['packing']
}

/** What is only known of a recording. */
export interface CaptureFacts {
  /** From the first to the last datagram, on recorded time; null before the end. */
  readonly recordedSeconds: number | null
  readonly capture: CaptureBlock | null
}

/**
 * Makes the report of a run over recordings from that of the reading side: recorded time has no latency
 * to anybody, and there is no ring, no socket and no pinned thread.
 */
export function captureReport(
  report: ReceiveReport,
  end: CaptureEnd | undefined,
): ReceiveReport & CaptureFacts {
  const elapsedSeconds = end?.elapsedSeconds ?? null
  return {
    ...report,
    latencyNs: null,
    latencyFrom: null,
    ring: null,
    receiveBufferBytes: null,
    pinned: null,
    lines: report.lines.map((line, i) => ({
      ...line,
      datagrams: end?.datagrams[i] ?? line.datagrams,
      capture: end === undefined ? null : blockOf([end.counts[i]]),
    })),
    datagrams: end === undefined ? report.datagrams : sum(end.datagrams),
    elapsedSeconds,
    messagesPerSecond:
      elapsedSeconds === null || elapsedSeconds === 0
        ? null
        : Math.round((report.messages / elapsedSeconds) * 10) / 10,
    recordedSeconds: end?.recordedSeconds ?? null,
    capture: end === undefined ? null : blockOf(end.counts),
    warnings: [...report.warnings, ...alarmWarnings(report)],
  }
}

/** The alarms that there were, whenever somebody looked. */
function alarmWarnings(report: ReceiveReport): string[] {
  const urls = report.lines.map(({ endpoint }) => endpoint)
  const kinds: FeedAlarm[] = report.lines.flatMap((counts, line): FeedAlarm[] => [
    ...(counts.silentAlarms > 0 ? [{ kind: 'line-silent', line } as const] : []),
    ...(counts.behindAlarms > 0 ? [{ kind: 'line-behind', line } as const] : []),
  ])
  if (report.staleAlarms > 0) kinds.push({ kind: 'stale', line: -1 })
  return kinds.map((alarm) => alarmText(alarm, urls))
}

/** The counts of several recordings as one block. */
export function blockOf(counts: readonly CaptureCounts[]): CaptureBlock {
  const [first] = counts
  const otherPackets: Record<string, number> = {}
  for (const one of counts) {
    for (const [name, count] of Object.entries(one.otherPackets)) {
      otherPackets[name] = (otherPackets[name] ?? 0) + count
    }
  }
  const total = (value: (one: CaptureCounts) => number) => sum(counts.map(value))
  return {
    format: first?.format ?? 'pcap',
    packing: first?.packing ?? 'none',
    packets: total((one) => one.packets),
    otherPackets,
    truncated: total((one) => one.truncated),
    fragments: {
      reassembled: total((one) => one.fragments.reassembled),
      incomplete: total((one) => one.fragments.incomplete),
      parts: total((one) => one.fragments.parts),
    },
    cut: total((one) => one.cut),
    coalesced: total((one) => one.coalesced),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
