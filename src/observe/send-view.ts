import type { Colors } from 'picocolors/types.js'
import type { RetransmissionReport } from '../run/transmission/request-server.js'
import type { SendFlowReport, SendLineReport, SendReport } from '../run/transmission/send-report.js'
import { formatBytes, formatCount, formatCounted, formatNs, formatRate } from './format.js'
import type { LiveView } from './live-display.js'

/** Shows a running sender or replay. */
export class SendView implements LiveView {
  readonly #stats: () => SendReport
  readonly #colors: Colors
  readonly #knownRate: (() => number | null) | undefined
  #datagrams = 0
  #sinceMs = performance.now()

  /** @param rate datagrams per second, where somebody knows; default: since it was asked last */
  constructor(stats: () => SendReport, colors: Colors, rate?: () => number | null) {
    this.#stats = stats
    this.#colors = colors
    this.#knownRate = rate
  }

  lines(): readonly string[] {
    const c = this.#colors
    const report = this.#stats()
    return [
      `${c.bold('tickwire')} to ${destinations(report)}`,
      `  ${c.dim('sent     ')} ${c.bold(formatRate(this.#rate(report)))} datagrams/s   ${sentText(report)}`,
      `  ${c.dim('refused  ')} ${formatCount(report.refused)}   ${c.dim('nobody listens')} ${formatCount(report.unreachable)}x`,
      `  ${c.dim('pace     ')} late by p50 ${formatNs(report.paceErrorNs.p50)}   p99 ${formatNs(report.paceErrorNs.p99)}`,
      ...(report.flow === null ? [] : [`  ${c.dim('flow     ')} ${flowText(report.flow)}`]),
      ...(report.retransmission === null
        ? []
        : [`  ${c.dim('asked    ')} ${retransmissionText(report.retransmission)}`]),
    ]
  }

  line(): string {
    const report = this.#stats()
    const flow = report.flow === null ? '' : `, ${flowText(report.flow)}`
    return `sent ${sentText(report)}, ${formatRate(this.#rate(report))} datagrams/s, refused ${formatCount(report.refused)}${flow}`
  }

  #rate(report: SendReport): number | null {
    if (this.#knownRate !== undefined) return this.#knownRate()
    const nowMs = performance.now()
    const rate = ((report.datagrams - this.#datagrams) * 1000) / Math.max(1, nowMs - this.#sinceMs)
    this.#datagrams = report.datagrams
    this.#sinceMs = nowMs
    return rate
  }
}

/** The report of a finished sender, for people. */
export function sendSummary(report: SendReport, c: Colors): string[] {
  const lines = [
    `${c.bold(`${sentText(report)} sent`)} to ${destinations(report)}, ${formatBytes(report.payloadBytes)}`,
    `  refused       ${report.refused === 0 ? c.green('0') : c.red(formatCount(report.refused))} by the kernel`,
    `  rate          ${formatRate(report.messagesPerSecond ?? report.datagramsPerSecond)} ${report.messagesPerSecond === null ? 'datagrams' : 'messages'}/s over ${report.elapsedSeconds === null ? '–' : report.elapsedSeconds.toFixed(3)} s`,
  ]
  if (report.paceErrorNs.p50 !== null) {
    lines.push(
      `  pace          late by p50 ${formatNs(report.paceErrorNs.p50)}, p99 ${formatNs(report.paceErrorNs.p99)}, max ${formatNs(report.paceErrorNs.max)}`,
    )
  }
  if (report.session !== null) {
    lines.push(
      `  session       ${report.session}, ${formatCounted(report.heartbeats, 'heartbeat')}, its end said ${formatCount(report.endOfSession)}x`,
    )
  }
  if (report.flow !== null) lines.push(...flowLines(report.flow, c))
  if (report.retransmission !== null) {
    lines.push(`  asked again   ${retransmissionText(report.retransmission)}`)
  }
  if (report.gso.asked) {
    lines.push(
      report.gso.refused === null
        ? `  offload       ${formatCount(report.gso.trains)} trains cut by the kernel`
        : c.yellow(`  offload       refused (${report.gso.refused}), went on datagram by datagram`),
    )
  }
  if (report.lines.length > 1) for (const line of report.lines) lines.push(lineText(line, c))
  if (report.unreachable > 0) {
    lines.push(
      c.yellow(`  nobody listens there: ${formatCount(report.unreachable)} datagrams came back`),
    )
  }
  return lines
}

/** What controls a sender at this moment. */
function flowText(flow: SendFlowReport): string {
  if (flow.heldBy === 'receiver') return 'waiting for a receiver'
  const state = flow.heldBy === 'credit' ? 'blocked' : 'free'
  return `${state}, ${formatCount(flow.outstanding)} of ${formatCount(flow.window)} out to ${formatCounted(flow.receivers, 'receiver')}, blocked ${formatCount(flow.blocked.count)}x for ${formatNs(flow.blocked.totalNs)}`
}

function flowLines(flow: SendFlowReport, c: Colors): string[] {
  const { blocked, waited } = flow
  const lines = [
    `  flow          ${formatCounted(flow.joined, 'receiver')}, ${formatCount(flow.left)} left, ${formatCount(flow.dropped)} fell silent; ${formatCount(flow.statuses)} statuses, ${formatCount(flow.refused)} refused`,
    `  blocked       ${formatCount(blocked.count)} times for ${formatNs(blocked.totalNs)}, at most ${formatNs(blocked.longestNs)}; waited for receivers ${formatNs(waited.totalNs)}`,
  ]
  return flow.dropped > 0 ? lines.map((line) => c.yellow(line)) : lines
}

function lineText(line: SendLineReport, c: Colors): string {
  const { endpoint, datagrams, refused, unreachable } = line
  const text = `  ${endpoint}: ${formatCounted(datagrams, 'datagram')}, refused ${formatCount(refused)}, nobody listens ${formatCount(unreachable)}x`
  return refused > 0 || unreachable > 0 ? c.yellow(text) : text
}

function destinations(report: SendReport): string {
  return report.lines.map(({ endpoint }) => endpoint).join(' and ')
}

function sentText(report: SendReport): string {
  const datagrams = formatCounted(report.datagrams, 'datagram')
  return report.messages === null
    ? datagrams
    : `${formatCounted(report.messages, 'message')} in ${datagrams}`
}

/** What a retransmission server did, for people. */
export function retransmissionText(report: RetransmissionReport): string {
  const refused = Object.entries(report.refused).filter(([, count]) => count > 0)
  const reasons = refused.map(([reason, count]) => `${formatCount(count)} ${reason}`).join(', ')
  const answered = `${formatCount(report.messages)} messages in ${formatCount(report.replies)} replies`
  return `${formatCount(report.requests)} requests, ${answered}, refused: ${reasons || 'none'}`
}
