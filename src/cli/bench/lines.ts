import type { LiveReport } from '../../run/feed/receive-report.js'
import { send } from '../../run/send.js'
import { startChild } from './child.js'
import { processorTimeNs } from './processor-time.js'
import { median } from './statistics.js'
import { MAIN } from './subjects.js'

/** How many lines each row of the table has. */
export const LINE_COUNTS = [1, 2, 4, 8] as const
const SENDER_CPU = 1

/** What it costs to receive the same number of datagrams on more lines; medians over the rounds. */
export interface LinesRow {
  readonly lines: number
  /** Processor time of the whole receiving process. */
  readonly cpuUsPerDatagram: number | null
  readonly datagramsPerSecond: number | null
  readonly lossPercent: number | null
  readonly p50: number | null
  readonly p99: number | null
  /** Whether every datagram of every round was received or counted as dropped. */
  readonly accounted: boolean
}

export interface ParkedSample {
  readonly cpuUsPerDatagram: number
  readonly datagramsPerSecond: number
  readonly lossPercent: number
  readonly p50: number | null
  readonly p99: number | null
  readonly accounted: boolean
}

/**
 * One feed on 1, 2, 4 and 8 lines: as many receivers, and the same number of datagrams per second in
 * all. All threads park, so that processor time says what the work costs and not how long it lasted.
 *
 * @param count datagrams in all, and @param rate per second in all; divisible by 8
 */
export async function runLines(count: number, rate: number, rounds: number): Promise<LinesRow[]> {
  const samples = LINE_COUNTS.map((): ParkedSample[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, lines] of LINE_COUNTS.entries()) {
      samples[i].push(await measureParked(lines, count, rate, 1))
    }
  }
  return LINE_COUNTS.map((lines, i) => summary(lines, samples[i]))
}

/**
 * One receiving process whose threads all park.
 *
 * @param batch datagrams that the sender hands to the kernel at once
 */
export async function measureParked(
  lines: number,
  count: number,
  rate: number,
  batch: number,
): Promise<ParkedSample> {
  const child = startChild(process.execPath, [
    ...[MAIN, 'receive', ...Array<string>(lines).fill('udp://127.0.0.1:0')],
    ...['--idle', 'park', '--json'],
  ])
  const [, list = ''] = await child.line(/^receiving \S+ on (.*) \(transport /)
  const startNs = processorTimeNs(child.pid)
  const senders = await Promise.all(
    list.split(' and ').map((endpoint) =>
      // Each line carries the whole feed, so more lines of the same datagrams are a shorter feed.
      send({ endpoint, count: count / lines, rate: rate / lines, batch, cpu: SENDER_CPU }),
    ),
  )
  const reports = await Promise.all(senders.map(({ finished }) => finished))
  const usedNs = processorTimeNs(child.pid) - startNs
  // Not before its time was read, however late that is: it delivers what has come, and reports.
  process.kill(child.pid, 'SIGINT')
  const report = JSON.parse(await child.output()) as LiveReport
  const sent = reports.reduce((sum, { datagrams }) => sum + datagrams, 0)
  const received = report.lines.reduce((sum, { datagrams }) => sum + datagrams, 0)
  const dropped = report.lines.reduce((sum, { kernelDrops }) => sum + (kernelDrops ?? 0), 0)
  return {
    cpuUsPerDatagram: usedNs / 1000 / Math.max(1, received),
    datagramsPerSecond: received / (report.elapsedSeconds ?? Number.POSITIVE_INFINITY),
    lossPercent: ((sent - received) / sent) * 100,
    p50: report.latencyNs.p50,
    p99: report.latencyNs.p99,
    accounted: report.ledger.balanced && received + dropped === sent,
  }
}

function summary(lines: number, samples: readonly ParkedSample[]): LinesRow {
  const middle = (figure: (sample: ParkedSample) => number | null) =>
    median(samples.map(figure).filter((value) => value !== null))
  return {
    lines,
    cpuUsPerDatagram: middle((sample) => sample.cpuUsPerDatagram),
    datagramsPerSecond: middle((sample) => sample.datagramsPerSecond),
    lossPercent: middle((sample) => sample.lossPercent),
    p50: middle((sample) => sample.p50),
    p99: middle((sample) => sample.p99),
    accounted: samples.every(({ accounted }) => accounted),
  }
}
