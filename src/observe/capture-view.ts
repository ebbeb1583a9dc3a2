import type { Colors } from 'picocolors/types.js'
import type { RecordedLength } from '../capture/recorded-length.js'
import type { CaptureFacts } from '../run/feed/capture-report.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import type { CaptureProgress } from '../run/memory/capture-progress.js'
import { formatBar, formatBytes, formatCount, formatRate } from './format.js'
import type { LiveView } from './live-display.js'

const BAR_WIDTH = 24

/** Shows how far the reading of a recording is. */
export class CaptureView implements LiveView {
  readonly #stats: () => ReceiveReport
  readonly #progress: () => CaptureProgress
  readonly #colors: Colors
  readonly #startMs = performance.now()
  #messages = 0
  #sinceMs = performance.now()

  constructor(stats: () => ReceiveReport, progress: () => CaptureProgress, colors: Colors) {
    this.#stats = stats
    this.#progress = progress
    this.#colors = colors
  }

  lines(): readonly string[] {
    const report = this.#stats()
    const progress = this.#progress()
    const c = this.#colors
    const lost = report.ledger.lost.total
    return [
      `${c.bold('tickwire')} ${report.lines.map(({ endpoint }) => endpoint).join(' + ')}`,
      `  ${c.dim('read    ')} ${this.#readText(progress)}`,
      `  ${c.dim('messages')} ${formatCount(report.delivered)}   ${c.bold(formatRate(this.#rate(report)))}/s   ${c.dim('lost')} ${lost === 0 ? c.green('0') : c.red(formatCount(lost))}`,
      `  ${c.dim('time    ')} ${timeText(progress)}`,
    ]
  }

  line(): string {
    const report = this.#stats()
    const progress = this.#progress()
    return (
      `${this.#readText(progress)}, ${formatCount(report.delivered)} messages, ` +
      `${formatRate(this.#rate(report))}/s, lost ${formatCount(report.ledger.lost.total)}, ${timeText(progress)}`
    )
  }

  #readText({ consumedBytes, totalBytes }: CaptureProgress): string {
    if (totalBytes === null) return formatBytes(consumedBytes)
    const part = totalBytes === 0 ? 1 : Math.min(1, consumedBytes / totalBytes)
    const leftMs = part === 0 ? null : ((performance.now() - this.#startMs) * (1 - part)) / part
    const left = leftMs === null ? '' : `, ${(leftMs / 1000).toFixed(0)} s left`
    return `${formatBar(part, BAR_WIDTH)} ${formatBytes(consumedBytes)} of ${formatBytes(totalBytes)}${left}`
  }

  /** Messages per second since it was asked last. */
  #rate(report: ReceiveReport): number {
    const nowMs = performance.now()
    const rate = ((report.messages - this.#messages) * 1000) / Math.max(1, nowMs - this.#sinceMs)
    this.#messages = report.messages
    this.#sinceMs = nowMs
    return rate
  }
}

/** How much there is to read, in a sentence. */
export function lengthText({ datagrams, seconds }: RecordedLength): string {
  const time = `${seconds.toLocaleString('en', { maximumFractionDigits: 3 })} s`
  return `recorded ${formatCount(datagrams)} datagrams over ${time}`
}

/** What a report of a recording says in place of ring, socket and latency. */
export function captureSummary(report: object): string[] {
  const { capture, recordedSeconds }: Partial<CaptureFacts> = report
  if (capture === undefined || capture === null) return []
  const { reassembled, incomplete } = capture.fragments
  const parts = Object.entries(capture.otherPackets).map(
    ([name, count]) => `${formatCount(count)} ${name}`,
  )
  if (capture.truncated > 0) parts.push(`${formatCount(capture.truncated)} cut short when captured`)
  if (capture.cut > 0) parts.push(`${formatCount(capture.cut)} cut off at the end`)
  if (reassembled > 0) parts.push(`${formatCount(reassembled)} put together from fragments`)
  if (incomplete > 0) parts.push(`${formatCount(incomplete)} fragments alone`)
  if (capture.coalesced > 0)
    parts.push(`${formatCount(capture.coalesced)} cut out of coalesced ones`)
  const also = parts.length === 0 ? '' : `: ${parts.join(', ')}`
  return [
    `  recorded      ${recordedSeconds === null || recordedSeconds === undefined ? '–' : `${recordedSeconds} s`}`,
    `  packets       ${formatCount(capture.packets)}${also}`,
  ]
}

/** The recorded time of day, in UTC. */
function timeText({ unixSeconds }: CaptureProgress): string {
  const ms = unixSeconds * 1000
  // Beyond that a Date has no text.
  if (!(Math.abs(ms) < 8.64e15)) return '–'
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC`
}
