import { readFileSync } from 'node:fs'
import type { ReceiveReport } from '../../run/receive-report.js'
import { send } from '../../run/send.js'
import { startChild } from './child.js'
import { median } from './statistics.js'
import { IDLE_MS, MAIN } from './subjects.js'

/** How many lines each row of the table has. */
export const LINE_COUNTS = [1, 2, 4, 8] as const
/** Clock ticks of /proc: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_US = 10_000
/** utime and stime in /proc/PID/stat, counted behind the name, which may hold anything. */
const UTIME = 11
const STIME = 12
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

interface LinesSample {
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
  const samples = LINE_COUNTS.map((): LinesSample[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, lines] of LINE_COUNTS.entries()) {
      samples[i].push(await measureLines(lines, count, rate))
    }
  }
  return LINE_COUNTS.map((lines, i) => summary(lines, samples[i]))
}

async function measureLines(lines: number, count: number, rate: number): Promise<LinesSample> {
  const child = startChild(process.execPath, [
    ...[MAIN, 'receive', ...Array<string>(lines).fill('udp://127.0.0.1:0')],
    ...['--idle', 'park', '--json', '--idle-exit-ms', String(IDLE_MS)],
  ])
  const [, list = ''] = await child.line(/^receiving \S+ on (.*) \(transport /)
  const startUs = cpuUs(child.pid)
  const senders = await Promise.all(
    list.split(' and ').map((endpoint) =>
      // Each line carries the whole feed, so more lines of the same datagrams are a shorter feed.
      send({ endpoint, count: count / lines, rate: rate / lines, batch: 1, cpu: SENDER_CPU }),
    ),
  )
  const reports = await Promise.all(senders.map(({ finished }) => finished))
  const usedUs = cpuUs(child.pid) - startUs
  const report = JSON.parse(await child.output()) as ReceiveReport
  const sent = reports.reduce((sum, { datagrams }) => sum + datagrams, 0)
  const received = report.lines.reduce((sum, { datagrams }) => sum + datagrams, 0)
  const dropped = report.lines.reduce((sum, { kernelDrops }) => sum + (kernelDrops ?? 0), 0)
  return {
    cpuUsPerDatagram: usedUs / Math.max(1, received),
    datagramsPerSecond: received / (report.elapsedSeconds ?? Number.POSITIVE_INFINITY),
    lossPercent: ((sent - received) / sent) * 100,
    p50: report.latencyNs.p50,
    p99: report.latencyNs.p99,
    accounted: report.ledger.balanced && received + dropped === sent,
  }
}

function summary(lines: number, samples: readonly LinesSample[]): LinesRow {
  const middle = (figure: (sample: LinesSample) => number | null) =>
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

/** Processor time that a process has used. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_US
}
