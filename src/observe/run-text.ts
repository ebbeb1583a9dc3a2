import type { Colors } from 'picocolors/types.js'
import { NS_PER_MS } from '../foundation/units.js'
import type { RunReading, ThreadReading } from './counters-reader.js'
import { formatCount, formatNs } from './format.js'
import { fieldsText, reportText } from './report-text.js'

/** What a run has counted, for people. */
export function runText(run: RunReading, c: Colors): string[] {
  const { report, otherReport } = run
  const lines = [`${c.bold(`process ${run.processId}`)} ${stateText(run, c)}  ${c.dim(run.file)}`]
  if (report !== null) lines.push(...reportText(report, c))
  else if (otherReport !== null) lines.push(...fieldsText(otherReport))
  else lines.push('  it has not said yet what it does')
  if (!run.current && (report ?? otherReport) !== null) {
    lines.push(c.yellow('  of another version of Tickwire: up to a second before that'))
  }
  for (const thread of run.threads) lines.push(threadText(thread))
  for (const { text, count } of run.errors) {
    lines.push(c.yellow(`  ${count > 1 ? `${formatCount(count)}x ` : ''}${text}`))
  }
  return lines
}

function stateText({ alive, heartbeatAgeMs }: RunReading, c: Colors): string {
  const age = formatNs(heartbeatAgeMs * NS_PER_MS)
  if (!alive) return c.red(`is gone, and gave its last sign of life ${age} ago`)
  return c.green(`is alive, and gave a sign of life ${age} ago`)
}

function threadText(thread: ThreadReading): string {
  const { name, running, turns, busyTurns, longestTurnNs, longTurns, lastTurnAgeMs } = thread
  const age =
    lastTurnAgeMs === null ? 'never turned' : `turned ${formatNs(lastTurnAgeMs * NS_PER_MS)} ago`
  const busy = `${formatCount(turns)} turns, ${formatCount(busyTurns)} busy`
  const long = `longest ${formatNs(longestTurnNs)}, ${formatCount(longTurns)} above 1 ms`
  return `  thread        ${name}: ${running ? age : 'does not turn'}, ${busy}, ${long}`
}
