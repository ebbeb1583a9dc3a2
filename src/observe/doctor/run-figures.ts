import type { NetworkCounters } from '../../native/network-counters.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { ReceivePath } from '../../tune/socket-buffer.js'
import { truesizeBytes } from '../../tune/socket-buffer.js'
import type { LossReading, RunReading } from '../counters-reader.js'

const RAW_MESSAGE_BYTES = 29
const NO_COUNTERS: NetworkCounters = {
  reversePathFiltered: 0,
  wrongAddress: 0,
  noPort: 0,
  wrongChecksum: 0,
  bufferErrors: 0,
  backlogDrops: 0,
  deviceDrops: 0,
}

/** A receiving run, as the explanations of its losses need it. */
export interface ReceivingRun {
  readonly run: RunReading
  readonly report: ReceiveReport
  /** What the kernel has counted of the whole machine since the run began; zeros where nobody knows. */
  readonly machine: NetworkCounters
}

/** @param now what the kernel counts at this moment, where that is known better than the run has noted */
export function receivingRun(
  run: RunReading,
  now: NetworkCounters | undefined,
): ReceivingRun | undefined {
  const { report } = run
  if (report === null || report.command !== 'receive') return undefined
  return { run, report, machine: machineSince(run, now) }
}

function machineSince(run: RunReading, now: NetworkCounters | undefined): NetworkCounters {
  const noted = run.counters('machine')
  if (noted?.['known'] !== 1) return NO_COUNTERS
  const since = (name: string, current: number | undefined) =>
    Math.max(0, (current ?? noted[name] ?? 0) - (noted[`${name}Before`] ?? 0))
  return {
    reversePathFiltered: since('reversePathFiltered', now?.reversePathFiltered),
    wrongAddress: since('wrongAddresses', now?.wrongAddress),
    noPort: since('noPorts', now?.noPort),
    wrongChecksum: since('wrongChecksums', now?.wrongChecksum),
    bufferErrors: since('bufferErrors', now?.bufferErrors),
    backlogDrops: since('backlogDrops', now?.backlogDrops),
    deviceDrops: since('deviceDrops', now?.deviceDrops),
  }
}

/** Messages of a datagram in the mean, at least one. */
export function messagesPerDatagram({ run, report }: ReceivingRun): number {
  const feed = run.counters('feed')
  const datagrams = (feed?.['datagrams'] ?? 0) - report.heartbeats - report.invalidDatagrams
  return datagrams > 0 ? Math.max(1, report.messages / datagrams) : 1
}

/** The burst of losses of a cause that lost most; undefined if none is in the log. */
export function worstBurst({ run }: ReceivingRun, cause: string): LossReading | undefined {
  return run.losses
    .filter((loss) => loss.cause === cause)
    .reduce<LossReading | undefined>(
      (worst, loss) => (worst === undefined || loss.count > worst.count ? loss : worst),
      undefined,
    )
}

/** What a datagram of the feed takes of a socket's buffer, rather too much than too little. */
export function datagramTruesize(receiving: ReceivingRun): number {
  const { report } = receiving
  const payloadBytes =
    report.framing === 'raw'
      ? Math.ceil(messagesPerDatagram(receiving)) * RAW_MESSAGE_BYTES
      : (report.ring?.slotBytes ?? 0)
  return truesizeBytes(payloadBytes, pathOf(report))
}

function pathOf({ lines }: ReceiveReport): ReceivePath {
  const local = lines.every(({ endpoint }) => /^udp:\/\/(127\.|\[::1\])/.test(endpoint))
  return local ? 'loopback' : 'device'
}
