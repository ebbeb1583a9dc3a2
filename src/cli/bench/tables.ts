import {
  formatCount,
  formatNs,
  formatPercent,
  formatRate,
  formatTable,
} from '../../observe/format.js'
import type { LinesRow } from './lines.js'
import type { LoadRow } from './load.js'
import type { ReadingResult } from './reading/reading-result.js'
import type { BenchReport } from './report.js'
import type { RingResults, SubjectResult } from './scenarios.js'
import type { Sample } from './subjects.js'
import type { ThroughputResult } from './throughput.js'

/** What one receiver did with one stream, in a line. */
export function sampleText(sample: Sample): string {
  const { p50, p99 } = sample.latencyNs
  return `${formatRate(sample.perSecond)}/s, ${formatPercent(sample.lossPercent)} lost, p50 ${formatNs(p50)}, p99 ${formatNs(p99)}`
}

/** A bench run as lines of text. */
export function benchTables(report: BenchReport): string[] {
  const lines: string[] = []
  for (const { name, results } of report.scenarios) {
    lines.push('', `${name}, medians of ${report.rounds}`)
    const head = ['', 'messages/s', 'lost', 'p50', 'p99', 'rate to C', 'p50 to C', 'collections']
    lines.push(...formatTable([head, ...results.map(tableRow)]).map((line) => `  ${line}`))
  }
  if (report.reading !== null) lines.push(...readingLines(report.reading))
  for (const one of report.throughput ?? []) lines.push(...throughputLines(one))
  if (report.ring !== null) lines.push(...ringLines(report.ring))
  if (report.lines !== null) lines.push(...scalingLines(report.lines))
  if (report.load !== null) lines.push(...loadLines(report.load))
  return lines
}

function loadLines(load: readonly LoadRow[]): string[] {
  const head = ['asked /s', 'received /s', 'lost', 'p50', 'p99', 'CPU per message']
  const rows = load.map((row) => [
    formatRate(row.askedPerSecond),
    formatRate(row.perSecond),
    formatPercent(row.lossPercent),
    formatNs(row.p50),
    formatNs(row.p99),
    formatNs(row.cpuUsPerMessage * 1000),
  ])
  return [
    '',
    'load, one round each: tickwire socket inline, and processor time with all threads parking',
    ...formatTable([head, ...rows]).map((line) => `  ${line}`),
  ]
}

function readingLines(results: readonly ReadingResult[]): string[] {
  const head = ['', 'ns a message', 'C', 'speed to C', 'collections']
  const rows = results.map((row) => [
    row.name,
    nanoseconds(row.nsPerMessage?.median),
    nanoseconds(row.nativeNsPerMessage?.median),
    ratioText(row.speedToC),
    formatCount(row.collections),
  ])
  return [
    '',
    'the reading side alone, from memory to a counting handler, processor time',
    ...formatTable([head, ...rows]).map((line) => `  ${line}`),
  ]
}

function throughputLines({ name, results }: ThroughputResult): string[] {
  const head = ['', 'messages/s', 'to C', 'to dgram', '']
  const rows = results.map((row) => [
    row.subject,
    formatRate(row.perSecond),
    ratioText(row.toC),
    ratioText(row.toDgram),
    row.atSendersLimit ? 'the sender’s limit' : '',
  ])
  return [
    '',
    `throughput of ${name}: the highest rate at which one of three trials of a second lost nothing`,
    ...formatTable([head, ...rows]).map((line) => `  ${line}`),
  ]
}

function nanoseconds(ns: number | undefined): string {
  return ns === undefined ? '–' : ns.toFixed(1)
}

function ratioText(value: number | null): string {
  return value === null ? '–' : value.toFixed(2)
}

function ringLines(ring: RingResults): string[] {
  if (ring.tickwire === null) return []
  const other = ring.native === null ? '' : `, C++ ${formatRate(ring.native.median)}/s`
  const ratio = ring.ratio === null ? '' : `, ratio ${ring.ratio.toFixed(2)}`
  return [
    '',
    `ring alone: ${formatRate(ring.tickwire.median)} messages/s${other}${ratio}, ${formatCount(ring.lost)} lost, ${formatCount(ring.doubled)} doubled`,
  ]
}

function scalingLines(rows: readonly LinesRow[]): string[] {
  const head = ['lines', 'datagrams/s', 'lost', 'CPU per datagram', 'p50', 'p99']
  const body = rows.map((row) => [
    formatCount(row.lines),
    formatRate(row.datagramsPerSecond),
    formatPercent(row.lossPercent),
    formatNs(row.cpuUsPerDatagram === null ? null : row.cpuUsPerDatagram * 1000),
    formatNs(row.p50),
    formatNs(row.p99),
  ])
  return [
    '',
    'lines, the same datagrams on more of them, all threads parking',
    ...formatTable([head, ...body]).map((line) => `  ${line}`),
  ]
}

function tableRow(result: SubjectResult): string[] {
  return [
    result.subject,
    formatRate(result.perSecond?.median ?? null),
    formatPercent(result.lossPercent?.median ?? null),
    formatNs(result.latencyNs.p50),
    formatNs(result.latencyNs.p99),
    ratioText(result.rateToC),
    ratioText(result.p50ToC),
    formatCount(result.collections),
  ]
}
