import { abortedBy } from '../foundation/ended-by.js'
import { OutputFile } from '../foundation/output-file.js'
import { formatCount, formatNs, formatRate } from '../observe/format.js'
import { readOptions } from '../run/options/declaration.js'
import type { LabPrediction, LabTraffic } from '../tune/lab-traffic.js'
import { MARKET_DATA_BYTES } from '../wire/market-data-view.js'
import type { Flags } from './command.js'
import { plotLab } from './lab/plot.js'
import { type LabReport, labText, largestError } from './lab/report.js'
import { Lab, type LabRow } from './lab/runs.js'
import { LAB_FLAGS } from './lab-flags.js'
import type { Output } from './output.js'
import { stopSignal } from './signals.js'

/** With so much more time for a message than the handler works, others had its core for long. */
const BUSY_FACTOR = 1.25

/** `tickwire lab`. */
export async function runLab(flags: Flags<typeof LAB_FLAGS>, output: Output): Promise<void> {
  const startMs = performance.now()
  const { svg: path, count, rate, burst, workNs, seed } = readOptions(flags, LAB_FLAGS)
  const svg = path === undefined ? undefined : new OutputFile(path)
  const traffic: LabTraffic = {
    count,
    ratePerSecond: rate,
    burst,
    serviceNs: workNs,
    payloadBytes: MARKET_DATA_BYTES,
    seed,
  }
  const signal = stopSignal()
  const lab = new Lab(traffic, signal)
  output.say(
    `${formatCount(count)} messages at ${formatRate(rate)}/s in bursts of ${formatCount(burst)} on average, a handler that works ${formatNs(workNs)} for each`,
  )
  const { measured, predictions } = await lab.measure()
  output.say(`measured: the backlog needs ${formatCount(measured.zeroLossSlots)} slots`)
  if (measured.lost > 0) {
    output.warn(
      `${formatCount(measured.lost)} messages were lost while this was measured: the machine is too busy, or the socket buffer too small. Raise the limit with: sysctl -w net.core.rmem_max=4194304`,
    )
  }
  if (measured.meanServiceNs > BUSY_FACTOR * workNs) {
    output.warn(
      `A message took ${formatNs(measured.meanServiceNs)} instead of ${formatNs(workNs)}: other programs keep this machine busy, and no two runs will be alike.`,
    )
  }
  const rows = await observeAll(lab, predictions, output)
  const report: LabReport = {
    command: 'lab',
    traffic,
    placement: lab.placement,
    measured,
    rows,
    largestErrorPercent: largestError(rows),
    elapsedSeconds: (performance.now() - startMs) / 1000,
    endedBy: signal.aborted ? abortedBy(signal) : 'count',
  }
  svg?.write(plotLab(report))
  output.report(report, () => ['', ...labText(report)])
}

async function observeAll(
  lab: Lab,
  predictions: readonly LabPrediction[],
  output: Output,
): Promise<LabRow[]> {
  const rows: LabRow[] = []
  for (const prediction of predictions) {
    const row = await lab.observe(prediction)
    rows.push(row)
    if (row.observedEfficiencyPercent === null) continue
    output.say(`  ${formatCount(row.slots)} slots: ${row.observedEfficiencyPercent.toFixed(2)} %`)
  }
  return rows
}
