import pico from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import type { SendReport } from '../run/transmission/send-report.js'
import { formatCount } from './format.js'
import { receiveSummary } from './receive-view.js'
import { sendSummary } from './send-view.js'

const PLAIN = pico.createColors(false)

/** A report of a run, for people. */
export function reportText(report: ReceiveReport | SendReport, c: Colors): string[] {
  return report.command === 'receive' ? receiveSummary(report, c) : sendSummary(report, c)
}

/** Whether a report that another version wrote has all that is shown of one. */
export function isWhole(report: ReceiveReport | SendReport): boolean {
  try {
    return !/\bNaN\b|\bundefined\b/.test(reportText(report, PLAIN).join('\n'))
  } catch {
    return false
  }
}

/** What can be shown of a report whose fields are not known: its figures, under their own names. */
export function fieldsText(report: object, prefix = ''): string[] {
  return Object.entries(report).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'number') return [`  ${prefix}${name} ${formatCount(value)}`]
    if (typeof value === 'string') return [`  ${prefix}${name} ${value}`]
    if (typeof value !== 'object' || value === null) return []
    return fieldsText(value, `${prefix}${name}.`)
  })
}
