import type { EndedBy } from '../foundation/ended-by.js'
import type { LossReading, RunReading } from '../observe/counters-reader.js'
import { formatCount } from '../observe/format.js'
import type { Output } from './output.js'
import { NOBODY, nanoseconds, readRuns } from './stat-run.js'

/** `tickwire loss`. */
export function runLoss(target: string | undefined, output: Output): void {
  const runs = readRuns(target)
  const losses = runs.flatMap((run) => run.losses.map((loss) => lossReport(run, loss)))
  const endedBy: EndedBy = 'end-of-file'
  output.report({ command: 'loss', losses, endedBy }, () =>
    runs.length === 0 ? [NOBODY] : runs.flatMap((run) => lossText(run, output)),
  )
}

function lossReport({ processId }: RunReading, { firstMs, lastMs, ...loss }: LossReading): object {
  return { pid: processId, ...loss, firstNs: nanoseconds(firstMs), lastNs: nanoseconds(lastMs) }
}

function lossText(run: RunReading, { colors }: Output): string[] {
  const lines = [colors.bold(`process ${run.processId}${run.alive ? '' : ', which is gone'}`)]
  if (run.losses.length === 0) lines.push('  no losses')
  if (run.lossesLeftOut > 0) {
    lines.push(`  ${formatCount(run.lossesLeftOut)} older ones are not kept`)
  }
  for (const { firstMs, count, cause, firstSequence, lastSequence, endpoint } of run.losses) {
    const when = new Date(firstMs).toISOString()
    const what = `${formatCount(count).padStart(9)} ${cause.padEnd(11)}`
    const where = endpoint === null ? '' : `  ${endpoint}`
    lines.push(`  ${when}  ${what} ${firstSequence} to ${lastSequence}${where}`)
  }
  return lines
}
