import type { Colors } from 'picocolors/types.js'
import { formatCount, formatCounted } from '../format.js'
import type { Check, CheckStatus } from './check.js'
import type { DoctorReport } from './examine.js'

/** What needs somebody first; what is right last. */
const ORDER: readonly CheckStatus[] = ['problem', 'warning', 'unknown', 'ok']

/** What was found, for people: the worst first. What is right is only counted, unless all is wanted. */
export function doctorText({ checks, problems, warnings }: DoctorReport, c: Colors, all: boolean) {
  const shown = ORDER.flatMap((status) => checks.filter((check) => check.status === status))
  const lines = shown
    .filter(({ status }) => all || status !== 'ok')
    .flatMap((check) => checkText(check, c))
  const right = checks.filter(({ status }) => status === 'ok')
  if (!all && right.length > 0) {
    lines.push(`${c.green('ok')}       ${right.map(({ name }) => name).join(', ')}`)
  }
  const counts = [formatCounted(problems, 'problem'), formatCounted(warnings, 'warning')].join(', ')
  return [...lines, c.bold(`${counts}, ${formatCount(checks.length)} checks`)]
}

function checkText({ name, status, found, wanted, remedy }: Check, c: Colors): string[] {
  const colour = { problem: c.red, warning: c.yellow, unknown: c.cyan, ok: c.green }[status]
  const lines = [`${colour(status.padEnd(8))} ${c.bold(name)}: ${found}`]
  if (status === 'ok') return lines
  lines.push(`         ${c.dim('wanted')} ${wanted}`)
  if (remedy !== '') lines.push(`         ${c.dim('remedy')} ${remedy}`)
  return lines
}
