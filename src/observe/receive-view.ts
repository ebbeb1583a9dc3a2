import type { Colors } from 'picocolors/types.js'
import type { BooksRunReport } from '../account/book-counters.js'
import type { LatencySummary } from '../account/histogram.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { captureSummary } from './capture-view.js'
import {
  formatBar,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRate,
} from './format.js'
import type { LiveView } from './live-display.js'
import { recordedLines, recordingText } from './record-view.js'
import { recoveryState, recoverySummary, recoveryWords } from './recovery-view.js'
import { streamRows, streamWords } from './stream-view.js'

const BAR_WIDTH = 24

/** Shows a running feed. */
export class ReceiveView implements LiveView {
  readonly #stats: () => ReceiveReport
  readonly #colors: Colors
  readonly #knownRate: (() => number | null) | undefined
  #messages = 0
  #sinceMs = performance.now()

  /** @param rate messages per second, where somebody knows; default: since it was asked last */
  constructor(stats: () => ReceiveReport, colors: Colors, rate?: () => number | null) {
    this.#stats = stats
    this.#colors = colors
    this.#knownRate = rate
  }

  lines(): readonly string[] {
    const report = this.#stats()
    const rate = this.#rate(report)
    const { ledger, latencyNs } = report
    const c = this.#colors
    return [
      `${c.bold('tickwire')} ${report.lines.map((line) => line.endpoint).join(' + ')}`,
      // What matters most stands first, in each line too: a narrow terminal cuts the rest.
      `  ${c.dim('efficiency')} ${colourPercent(report.efficiencyPercent, c)}`,
      `  ${c.dim('lost      ')} ${lossText(report, c)}`,
      `  ${c.dim('messages  ')} ${c.bold(formatRate(rate))}/s   ${formatCount(report.delivered)} delivered of ${formatCount(ledger.expected)}`,
      ...skipLines(report).map((text) => `  ${c.dim('skipped   ')} ${text}`),
      `  ${c.dim('ring      ')} ${ringText(report)}`,
      ...recoveryState(report, c).map((text) => `  ${text}`),
      ...streamRows(report, c).map(([name, text]) => `  ${c.dim(name.padEnd(10))} ${text}`),
      ...ignored(report).map((text) => `  ${c.dim('ignored   ')} ${text}`),
      ...recordingText(report, c).map((text) => `  ${c.dim('recorded  ')} ${text}`),
      ...(latencyNs === null ? [] : [`  ${c.dim('latency   ')} ${summaryText(latencyNs, '   ')}`]),
    ]
  }

  line(): string {
    const report = this.#stats()
    const rate = this.#rate(report)
    return (
      `${formatCount(report.delivered)} delivered of ${formatCount(report.ledger.expected)}, ` +
      `${formatRate(rate)}/s, ${formatPercent(report.efficiencyPercent)}, ` +
      `lost ${formatCount(report.ledger.lost.total)}, ${skippedText(report)}${usageText(report)}` +
      recoveryWords(report) +
      streamWords(report)
    )
  }

  /** Messages per second since it was asked last. */
  #rate(report: ReceiveReport): number | null {
    if (this.#knownRate !== undefined) return this.#knownRate()
    const nowMs = performance.now()
    const rate = ((report.messages - this.#messages) * 1000) / Math.max(1, nowMs - this.#sinceMs)
    this.#messages = report.messages
    this.#sinceMs = nowMs
    return rate
  }
}

/** The report of a finished run, for people. */
export function receiveSummary(report: ReceiveReport, c: Colors): string[] {
  const { ledger } = report
  const lines = [
    `${c.bold(`${formatCount(report.delivered)} of ${formatCount(ledger.expected)} messages delivered`)}, ${colourPercent(report.efficiencyPercent, c)}${ledger.balanced ? '' : c.red('  LEDGER NOT BALANCED')}`,
    `  lost          ${lossText(report, c)}`,
    ...skipLines(report).map((text) => `  skipped       ${text}`),
    `  also          ${formatCount(ledger.duplicates)} duplicates, ${formatCount(report.late)} late, ${formatCount(report.heartbeats)} heartbeats, ${formatCount(report.restarts)} restarts${report.tooLate > 0 ? `, ${formatCount(report.tooLate)} too late` : ''}`,
    ...ignored(report).map((text) => `  ignored       ${text}`),
    `  rate          ${formatRate(report.messagesPerSecond)} messages/s over ${report.elapsedSeconds === null ? '–' : report.elapsedSeconds.toFixed(3)} s, in ${formatCount(report.datagrams)} datagrams`,
    ...(report.transport === 'capture' ? captureSummary(report) : liveLines(report)),
    `  collections   receiver ${formatCount(report.garbageCollections.receiver)}, handler ${formatCount(report.garbageCollections.handler)}`,
  ]
  if (report.books) lines.push(`  books         ${booksText(report.books, c)}`)
  lines.push(...streamRows(report, c).map(([name, text]) => `  ${name.padEnd(13)} ${text}`))
  lines.push(...recoverySummary(report, c))
  lines.push(...recordedLines(report, c))
  if (report.missing.length > 0) {
    lines.push(`  not available ${report.missing.join(', ')} (transport ${report.transport})`)
  }
  if (report.latencyNs?.count === 0 && report.messages === 0)
    lines.push('  nothing came: the line was silent')
  return lines
}

/** Which books can be trusted. */
export function booksText(books: BooksRunReport, c: Colors): string {
  const { instruments, suspect, suspectSeconds } = books
  const state = suspect === 0 ? c.green('none suspect') : c.red(`${formatCount(suspect)} suspect`)
  const time = suspectSeconds === 0 ? '' : `, suspect for ${suspectSeconds.toFixed(3)} s in all`
  return `${formatCount(instruments)} instruments, ${state}${time}`
}

/** What there is only of a live run. */
function liveLines(report: ReceiveReport): string[] {
  const { ring, receiveBufferBytes } = report
  const lines = [`  latency       ${latencyText(report)}`, ...stageLines(report)]
  if (ring !== null) {
    lines.push(
      `  ring          ${formatCount(ring.slots)} slots of ${ring.slotBytes} bytes, high water ${formatCount(ring.highWater)}, full ${formatCount(ring.fullCount)} times`,
    )
  }
  if (receiveBufferBytes !== null) {
    lines.push(
      `  kernel buffer ${formatBytes(receiveBufferBytes.asked)} asked, ${formatBytes(receiveBufferBytes.granted)} granted (the kernel counts its own bookkeeping too)`,
    )
  }
  return lines
}

/** Nothing where all messages are delivered. */
function skipLines(report: ReceiveReport): string[] {
  const { behind, ledger } = report
  if (behind.policy === 'every') return []
  const skips = `${formatCount(ledger.skipped)} in ${formatCount(behind.skips)} skips`
  return [`${skips} (${behind.policy})${pendingText(report)}`]
}

function skippedText(report: ReceiveReport): string {
  const { behind, ledger } = report
  if (behind.policy === 'every') return ''
  return `skipped ${formatCount(ledger.skipped)}${pendingText(report)}, `
}

function pendingText({ behind }: ReceiveReport): string {
  return behind.pending > 0 ? `, ${formatCount(behind.pending)} pending` : ''
}

/** What came and is not of this feed; nothing where there was none. */
function ignored(report: ReceiveReport): string[] {
  const texts = report.lines
    .filter((line) => (line.otherSources ?? 0) > 0)
    .map(
      (line) => `${formatCount(line.otherSources)} datagrams of other sources at ${line.endpoint}`,
    )
  if (report.foreignDatagrams > 0) {
    texts.push(`${formatCount(report.foreignDatagrams)} datagrams of other sessions`)
  }
  return texts
}

function stageLines({ stagesNs }: ReceiveReport): string[] {
  if (stagesNs === null) return []
  const stages = {
    'to kernel': stagesNs.toKernel,
    'to taken': stagesNs.toTaken,
    'to handler': stagesNs.toDelivered,
  }
  return Object.entries(stages).map(
    ([name, one]) =>
      `    ${name.padEnd(12)}p50 ${formatNs(one.p50)}, p99 ${formatNs(one.p99)}, max ${formatNs(one.max)}`,
  )
}

/** What a line of a display has room for: the ring's use and latency. */
function usageText({ ring, latencyNs }: ReceiveReport): string {
  const used = ring === null ? '' : `ring ${formatCount(ring.used)}/${ring.slots}, `
  const { p50, p99 } = latencyNs ?? { p50: null, p99: null }
  return `${used}p50 ${formatNs(p50)}, p99 ${formatNs(p99)}`
}

function summaryText({ p50, p99, max }: LatencySummary, between: string): string {
  return [`p50 ${formatNs(p50)}`, `p99 ${formatNs(p99)}`, `max ${formatNs(max)}`].join(between)
}

function ringText({ ring }: ReceiveReport): string {
  if (ring === null) return '–'
  if (ring.used === null) return `${ring.slots} frames, the kernel's own`
  const bar = formatBar(ring.used / ring.slots, BAR_WIDTH)
  return `${bar} ${ring.used} of ${ring.slots}, high water ${ring.highWater}, full ${ring.fullCount}x`
}

function latencyText(report: ReceiveReport): string {
  const { latencyNs, latencyFrom } = report
  if (latencyFrom === null || latencyNs === null) return 'not known'
  const from = latencyFrom === 'sender' ? "the sender's time stamp" : "the kernel's time stamp"
  return `p50 ${formatNs(latencyNs.p50)}, p99 ${formatNs(latencyNs.p99)}, p99.9 ${formatNs(latencyNs.p999)}, max ${formatNs(latencyNs.max)}, from ${from}`
}

function lossText(report: ReceiveReport, c: Colors): string {
  const { lost } = report.ledger
  if (lost.total === 0) return c.green('0')
  const parts = Object.entries(lost)
    .filter(([place, count]) => place !== 'total' && count !== 0 && count !== null)
    .map(([place, count]) => `${placeName(place)} ${formatCount(count)}`)
  return `${c.red(formatCount(lost.total))} (${parts.join(', ')})`
}

/** A key of `lost` in words: `cutOff` is "cut off", ours and not the network's. */
function placeName(place: string): string {
  return place.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function colourPercent(percent: number | null, c: Colors): string {
  const text = formatPercent(percent)
  return percent === 100 ? c.green(text) : percent === null ? text : c.yellow(text)
}
