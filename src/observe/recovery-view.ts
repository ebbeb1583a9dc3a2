import type { Colors } from 'picocolors/types.js'
import { lineName } from '../run/feed/feed-alarm.js'
import type { LineReport, ReceiveReport, RecoveryReport } from '../run/feed/receive-report.js'
import { formatCount, formatNs } from './format.js'

/** What the lines of a running feed are, and what is asked for, for a live display; may be nothing. */
export function recoveryState(report: ReceiveReport, c: Colors): string[] {
  const texts: string[] = []
  if (report.lines.length > 1) {
    const states = report.lines.map(({ state, firstToArrive }, i) => {
      const text = `${lineName(i)} ${state}`
      return `${state === 'live' ? text : c.yellow(text)}, first with ${formatCount(firstToArrive)}`
    })
    texts.push(`${c.dim('lines     ')} ${states.join('   ')}`)
  }
  if (report.recovery !== null) {
    texts.push(`${c.dim('recovery  ')} ${recoveryText(report, report.recovery)}`)
  }
  if (report.stale) texts.push(c.yellow('stale      nothing comes, not even a heartbeat'))
  return texts
}

/** The same in a few words, each with a comma before it. */
export function recoveryWords(report: ReceiveReport): string {
  const words = report.lines.flatMap(({ state }, i) =>
    state === 'live' ? [] : [`line ${lineName(i)} ${state}`],
  )
  if (report.recovery !== null) words.push(`recovered ${formatCount(report.ledger.recovered)}`)
  if (report.stale) words.push('stale')
  return words.map((word) => `, ${word}`).join('')
}

/** What a finished run has to say of its lines, of recovery and of alarms, for people. */
export function recoverySummary(report: ReceiveReport, c: Colors): string[] {
  const texts: string[] = []
  const { recovery } = report
  if (recovery !== null) {
    texts.push(`  recovered     ${recoveryText(report, recovery)}`)
    if (recovery.requestsFailed > 0) {
      const failed = formatCount(recovery.requestsFailed)
      texts.push(c.yellow(`                ${failed} requests could not be sent`))
    }
    if (recovery.requests > 0 && recovery.answers === 0) {
      texts.push(c.yellow(`                ${recovery.endpoint} answered none of them`))
    }
  }
  if (report.lines.length > 1) {
    report.lines.forEach((line, i) => {
      texts.push(lineText(line, i, c))
    })
  }
  if (report.staleAlarms > 0) {
    const times = formatCount(report.staleAlarms)
    const end = report.stale ? ', at the end too' : ''
    texts.push(c.yellow(`  stale         ${times}x nothing came, not even a heartbeat${end}`))
  }
  return texts
}

function recoveryText({ ledger }: ReceiveReport, recovery: RecoveryReport): string {
  const { gapsAsked, requests, requestsFailed, requestsPerGap, latencyNs } = recovery
  if (gapsAsked === 0) return 'nothing had to be asked for'
  const latency =
    latencyNs.count === 0
      ? ''
      : `, after p50 ${formatNs(latencyNs.p50)}, p99 ${formatNs(latencyNs.p99)}, max ${formatNs(latencyNs.max)}`
  return (
    `${formatCount(ledger.recovered)} messages, ${formatCount(requests + requestsFailed)} requests ` +
    `for ${formatCount(gapsAsked)} gaps (${requestsPerGap} each)${latency}`
  )
}

function lineText(line: LineReport, i: number, c: Colors): string {
  const { leadNs } = line
  const lead =
    leadNs === null || leadNs.count === 0
      ? ''
      : ` and ahead by p50 ${formatNs(leadNs.p50)}, p99 ${formatNs(leadNs.p99)}`
  const text =
    `  line ${lineName(i)}        ${line.endpoint}: ${formatCount(line.datagrams)} datagrams, ` +
    `first with ${formatCount(line.firstToArrive)}${lead}, kernel dropped ${formatCount(line.kernelDrops)}`
  const alarms = [
    ...(line.silentAlarms > 0 ? [`silent ${formatCount(line.silentAlarms)}x`] : []),
    ...(line.behindAlarms > 0 ? [`behind ${formatCount(line.behindAlarms)}x`] : []),
  ]
  if (alarms.length === 0) return text
  const now = line.state === 'live' ? '' : `, ${line.state} at the end`
  return c.yellow(`${text}, ${alarms.join(', ')}${now}`)
}
